"""What statistics and verdicts read of a scored reply, so that they need not know where it comes from."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, Protocol, TypeVar

from .verdicts import Source


class Observation(Protocol):
    """What one number is made of: the metrics of a reply, and what they are picked, paired and resampled by."""

    @property
    def item(self) -> Hashable:
        """Which question it answers: the id of an item, in most cases."""

    @property
    def cluster(self) -> str:
        """What is resampled whole: questions of one cluster are not independent."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """Tags and arm together: what samples pick by."""

    @property
    def metrics(self) -> Mapping[str, float]:
        """What the score gave; NaN where a metric does not apply."""


class Row(Observation, Protocol):
    """One scored reply, and who gave it: `measurements.score.Row` is what builds make."""

    @property
    def source(self) -> Source:
        """Who answered."""

    @property
    def experiment(self) -> str:
        """The slug of the experiment that it belongs to."""

    @property
    def key(self) -> str:
        """The digest of everything that could change the answer."""

    @property
    def at(self) -> str:
        """When it was given (RFC 3339)."""

    @property
    def twin(self) -> Mapping[str, Any]:
        """Which rung and seed of a ladder answered, and how large it is; empty for other models."""

    @property
    def run(self) -> Mapping[str, Any]:
        """What is on record of the model, the engine and the machine."""

    @property
    def error(self) -> str:
        """Why there is no answer; empty where there is one."""


AnyRow = TypeVar("AnyRow", bound=Row)
"""Rows of one kind, for functions that give back the very rows that they were given."""
