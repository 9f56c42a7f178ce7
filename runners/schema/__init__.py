"""Types of items, requests, replies, experiments and cells. Everything else is built of them, and they need nothing but
the standard library.

    Item -> ask -> Request -> engine -> Reply -> score -> numbers

An `Experiment` holds the items, the arms and the two pure functions; a `Cell` is one question to one model.
"""

from .digests import canonical, digest
from .experiments import Arm, Cell, Experiment, Kind, Metric
from .items import Item, Later
from .replies import FAILED, Reply, failed_reply, reply_from_json, reply_to_json
from .requests import KINDS, Choose, Detour, Generate, Request, Route, Trace, request_from_json, request_to_json

__all__ = [
    "FAILED", "KINDS", "Arm", "Cell", "Choose", "Detour", "Experiment", "Generate", "Item", "Kind", "Later", "Metric",
    "Reply", "Request", "Route", "Trace", "canonical", "digest", "failed_reply", "reply_from_json", "reply_to_json",
    "request_from_json", "request_to_json",
]  # fmt: skip
