"""Share of right answers, by seed, of the twins on the page of the small MoE, from stored replies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from runners.twins import web_demo

from ..measurements.score import ReplyRow
from ..text.formatting import arm_named
from .twins import group_by_seed, label

EXPERIMENTS = ("twin-sparsity", "twin-quantization")
"""Where the page's twins were asked: by experts used, and by type of their weights."""


@dataclass(frozen=True)
class DemoAccuracy:
    """A twin in one setting: the share of right answers by seed, over `questions` questions to each."""

    experiment: str
    twin: str
    way: str
    shares: Mapping[int, float]
    questions: int


def measure_demo_accuracy(rows: Sequence[ReplyRow]) -> list[DemoAccuracy]:
    """The accuracy of the MoE by experts used, then of every twin by type of its weights; empty without replies.

    `rows` are those of `EXPERIMENTS`.
    """
    settings = {"experts_used": range(1, 17), "weights": ("", *web_demo.TYPES)}
    return [
        entry
        for experiment, (arm, values) in zip(EXPERIMENTS, settings.items(), strict=True)
        for entry in _accuracy_by_arm([row for row in rows if row.experiment == experiment], arm, values)
    ]


def _accuracy_by_arm(rows: Sequence[ReplyRow], arm: str, values: Iterable[object]) -> Iterator[DemoAccuracy]:
    questions = {question.id for question in web_demo.questions()}
    answers = [row for row in rows if row.item in questions and row.twin["rung"] in web_demo.RUNGS]
    for rung in web_demo.RUNGS:
        for value in values:
            own = [row for row in answers if row.twin["rung"] == rung and row.arm[arm] == value]
            if own:
                yield _accuracy_by_seed(own, arm_named(own[0].experiment, {arm: value}))


def _accuracy_by_seed(rows: Sequence[ReplyRow], way: str) -> DemoAccuracy:
    seeds = {twin["seed"]: [row.metrics["correct"] for row in own] for twin, own in group_by_seed(rows)}
    shares = {seed: fmean(right) for seed, right in seeds.items()}
    return DemoAccuracy(rows[0].experiment, label(rows[0].twin), way, shares, max(map(len, seeds.values())))
