"""The replies of an unfinished run that count: those to the first few items of every stratum, equally many of each.

A run asks long questions first and one load after the other, so whatever it has got through when it is cut off is no
fair sample of what it set out to ask. A profile is one: it takes the first items of every stratum, equally many.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping
from math import inf
from typing import Any

from runners.schema import Experiment

UNFINISHED = "its run is not finished"


class Asked:
    """Which items of an experiment each model, under each arm and setup of each machine, has been asked so far."""

    def __init__(self, experiment: Experiment) -> None:
        self._quick = experiment.quick
        self._places = experiment.places()
        self._items: dict[Hashable, set[str]] = defaultdict(set)
        self._depths: dict[Hashable, float] = {}

    def add(self, run: Mapping[str, Any], arm: Mapping[str, Any], item: str) -> None:
        """Note that an item was asked, whatever became of it. `run` is what stands in its `.run.json`."""
        self._items[_group(run, arm)].add(item)

    def counts(self, run: Mapping[str, Any], arm: Mapping[str, Any], item: str) -> bool:
        """Whether a reply belongs to what is whole: as many items of every stratum, the quick profile's at least.
        Every item must have been added by then."""
        group = _group(run, arm)
        if group not in self._depths:
            self._depths[group] = self._depth(self._items[group])
        return self._places[item] < self._depths[group]

    def _depth(self, asked: set[str]) -> float:
        missing = min((place for item, place in self._places.items() if item not in asked), default=inf)
        return missing if missing >= self._quick else 0


def _group(run: Mapping[str, Any], arm: Mapping[str, Any]) -> tuple:
    model, engine = run.get("model", {}), run.get("engine", {})
    return run.get("rig"), model.get("sha256"), tuple(sorted(engine.items())), tuple(sorted(arm.items()))
