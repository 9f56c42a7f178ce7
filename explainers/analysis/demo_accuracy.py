"""Share of right answers, by seed, of the twins on the mixture-of-experts page, from stored replies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from runners.twins import web_demo

from ..text.formatting import arm_named
from .twins import label, seeds_of


@dataclass(frozen=True)
class Answered:
    """A twin in one setting: the share of right answers by seed, over `questions` questions to each."""

    experiment: str
    twin: str
    way: str
    shares: Mapping[int, float]
    questions: int


def answered(guide: Any) -> list[Answered]:
    """The mixture by experts used, then every twin by type of its weights; empty where nothing was measured."""
    settings = {"experts_used": range(1, 17), "weights": ("", *web_demo.TYPES)}
    experiments = {"experts_used": "twin-sparsity", "weights": "twin-quantization"}
    return [one for arm, values in settings.items() for one in _lines(guide.rows(experiments[arm]), arm, values)]


def _lines(rows: list[Any], arm: str, values: Any) -> Iterator[Answered]:
    asked = {one.id for one in web_demo.questions()}
    heard = [row for row in rows if row.item in asked and row.twin["rung"] in web_demo.RUNGS]
    for rung in web_demo.RUNGS:
        for value in values:
            own = [row for row in heard if row.twin["rung"] == rung and row.arm[arm] == value]
            if own:
                yield _answered(own, arm_named(own[0].experiment, {arm: value}))


def _answered(rows: list[Any], way: str) -> Answered:
    seeds = {twin["seed"]: [row.metrics["correct"] for row in own] for twin, own in seeds_of(rows)}
    shares = {seed: fmean(right) for seed, right in seeds.items()}
    return Answered(rows[0].experiment, label(rows[0].twin), way, shares, max(map(len, seeds.values())))
