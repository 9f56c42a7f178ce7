"""Placement on a Ray cluster: which nodes have room for an actor, from what Ray says of them. Needs no Ray."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

MARK = "incompressible"
"""A resource of Ray by which nodes are chosen: where any node has it, only those that have it are used."""


class Place(NamedTuple):
    """Room for one actor on a node: processors that are its own, and whether a GPU is."""

    node: str
    address: str
    number: int
    cpus: int
    gpus: int


def read_address(text: str) -> str:
    """The address that Ray knows a cluster by, from what --on takes. Raises `ValueError`."""
    if text == "ray":
        return "auto"
    if re.fullmatch(r"ray://(\[[0-9a-fA-F:]+\]|[\w.-]+):\d{1,5}", text, re.ASCII):
        return text
    raise ValueError(
        f"{text!r} is no cluster; give ray for the one that runs here or that RAY_ADDRESS names, or ray://HOST:PORT"
    )


def places(nodes: Iterable[Mapping[str, Any]], threads: int | None, gpu: bool) -> list[Place]:
    """One place for each GPU; without GPUs one for each node, or as many as have `threads` processors each. `nodes` are
    as `ray.nodes()` lists them."""
    alive = [node for node in nodes if node["Alive"]]
    chosen = [node for node in alive if MARK in node["Resources"]] or alive
    return [place for node in chosen for place in _room(node, threads, gpu)]


def _room(node: Mapping[str, Any], threads: int | None, gpu: bool) -> list[Place]:
    cpus, gpus = (int(node["Resources"].get(name, 0)) for name in ("CPU", "GPU"))
    many = gpus if gpu else cpus // (threads or max(cpus, 1))
    each = min(threads or cpus // max(many, 1), cpus)
    return [Place(node["NodeID"], node["NodeManagerAddress"], number, each, int(gpu)) for number in range(many)]
