"""Experiments and their cells: a cell is one question to one model, known by its key."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from .digests import digest
from .items import Item
from .replies import Reply
from .requests import Request, request_to_json

Arm = Mapping[str, str | int | float | bool]
"""One setting of what an experiment varies, as in `{"held": "grammar"}`."""


class Kind(StrEnum):
    """What a metric's numbers are, which decides how they are counted and shown."""

    SHARE = "share"  # from 0 to 1
    RATE = "rate"  # something in a second
    SECONDS = "seconds"
    BITS = "bits"
    NATS = "nats"
    COUNT = "count"
    POSITION = "position"  # a place in a row of things
    DIFFERENCE = "difference"  # of two numbers that have no unit


@dataclass(frozen=True)
class Metric:
    """One number that `score` gives for a reply; NaN means "does not apply here".

    `unit` says to a reader what is counted, and decides nothing. `label` says it where two units are alike.
    """

    name: str
    kind: Kind
    unit: str
    better: str = "higher"
    label: str = ""


@dataclass(frozen=True)
class Experiment:
    """An experiment is data plus two pure functions.

    `ask(item, arm)` says what to send a model; `score(item, arm, reply)` judges a stored reply. `varies` are arms that
    one loaded model can answer; `loads` are arms that need another load, named after the engine's settings
    (`engine.protocol.Load`). `strata` name the tags that the quick profile
    keeps in balance: it takes the first `quick` items of each stratum, so quick cells are a subset of the full ones.
    `context` is how many tokens each sequence may use. An experiment on controlled twins names their `ladder`, and is
    asked of no other model; a `sparse` one is asked only of models that have experts.

    `labels` has the values of arms and tags in words, in the order in which tables and legends show them; what stands
    before a colon names the value in running text. `tags` has tags in words, where their name does not say what they
    are.
    """

    slug: str
    version: int
    question: str
    items: Sequence[Item]
    varies: Mapping[str, tuple[Any, ...]]
    ask: Callable[[Item, Arm], Request]
    score: Callable[[Item, Arm, Reply], dict[str, float]]
    metrics: tuple[Metric, ...]
    loads: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    strata: tuple[str, ...] = ()
    quick: int = 6
    context: int = 2048
    seed: int = 0
    ladder: str = ""
    sparse: bool = False
    labels: Mapping[str, Mapping[Any, str]] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)

    def label(self, name: str, value: Any) -> str:
        """The value of an arm or a tag in words, or as it stands."""
        return self.labels.get(name, {}).get(value, f"{name} {value}")

    def arms(self) -> Iterator[dict[str, Any]]:
        """Every combination of what varies, in the order it was declared."""
        axes = {**self.loads, **self.varies}
        for values in itertools.product(*axes.values()):
            yield dict(zip(axes, values, strict=True))

    def loading(self) -> Iterator[dict[str, Any]]:
        """Every combination of what needs another load; one empty combination where nothing does."""
        for values in itertools.product(*self.loads.values()):
            yield dict(zip(self.loads, values, strict=True))

    def chosen(self, profile: str) -> tuple[Item, ...]:
        """The items of a profile: all for "full", the first `quick` of each stratum for "quick"."""
        if profile == "full":
            return tuple(self.items)
        places = self.places()
        return tuple(item for item in self.items if places[item.id] < self.quick)

    def places(self) -> dict[str, int]:
        """How many items of its stratum come before each item, by the item's id."""
        taken: Counter[tuple[Any, ...]] = Counter()
        places = {}
        for item in self.items:
            stratum = tuple(item.tags.get(tag) for tag in self.strata)
            places[item.id] = taken[stratum]
            taken[stratum] += 1
        return places


@dataclass(frozen=True)
class Cell:
    """One question to one model: the unit that is planned, asked, kept and resumed.

    `model` is the SHA-256 of the weights; `engine` holds every setting of engine and load that can change an answer
    (build, backend, batch width, context, cache types). The key covers these and the request itself, and nothing
    else: no name and no date ever makes a stored reply fit.
    """

    experiment: str
    version: int
    model: str
    engine: Mapping[str, Any]
    arm: Arm
    item: Item
    request: Request
    seed: int = 0

    @cached_property
    def key(self) -> str:
        """The digest of exactly what can change the answer."""
        return digest(
            {
                "experiment": self.experiment,
                "version": self.version,
                "model": self.model,
                "engine": dict(self.engine),
                "arm": dict(self.arm),
                "item": self.item.hash,
                "request": request_to_json(self.request),
                "seed": self.seed,
            }
        )
