"""Rows of the published table of figures: the numbers that pages show outside verdicts and charts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..schema import Estimate, Source, Test
from ..verdicts.claim_tables import ArmNumbers, LabelledNumber
from ..verdicts.guidance import JudgedCard
from .demo_accuracy import DemoAccuracy


def list_page_numbers(
    beside: Mapping[str, Sequence[LabelledNumber]],
    arms: Iterable[Sequence[ArmNumbers]],
    cards: Iterable[JudgedCard],
    accuracy: Iterable[DemoAccuracy],
) -> list[dict[str, Any]]:
    """A row for each number beside a verdict (by the claim's slug), for each way of asking, for each question of a
    card's own, and for each seed of the twins that run in a page."""
    return [*_beside(beside), *_arms(arms), *_cards(cards), *_seeds(accuracy)]


def _beside(beside: Mapping[str, Sequence[LabelledNumber]]) -> Iterator[dict[str, Any]]:
    for slug, shown in beside.items():
        for number in shown:
            yield _row("beside a verdict", slug, number.label, number.source, number.test, number.estimate)


def _arms(arms: Iterable[Sequence[ArmNumbers]]) -> Iterator[dict[str, Any]]:
    for lines in arms:
        for line in lines:
            for cell in line.cells:
                row = _row("by way of asking", "", cell.label, cell.source, cell.test, cell.estimate)
                yield {**row, "arm": line.arm, "replies": line.replies}


def _cards(cards: Iterable[JudgedCard]) -> Iterator[dict[str, Any]]:
    lists = (questions for _, lines in cards for questions in lines.values())
    for question in (question for questions in lists for question in questions):
        if (test := question.line.test) is not None:
            for finding in question.verdict.findings:
                yield _row("on a card", question.line.claim, question.line.says, finding.source, test, finding.estimate)


def _seeds(accuracy: Iterable[DemoAccuracy]) -> Iterator[dict[str, Any]]:
    for twin in accuracy:
        what = {"place": "on the page of the small MoE", "claim": "", "experiment": twin.experiment, "unit": "share"}
        for seed, share in twin.shares.items():
            whose = {"label": f"seed {seed}", "model": twin.twin, "sha256": "", "rig": "", "arm": twin.way}
            yield {**what, **whose, "replies": twin.questions, "value": share, "n": twin.questions}


def _row(place: str, claim: str, label: str, source: Source, test: Test, estimate: Estimate | None) -> dict[str, Any]:
    whose = {"model": source.name, "sha256": source.sha256, "rig": source.rig}
    what = {"place": place, "claim": claim, "experiment": test.experiment, "label": label, "unit": test.unit}
    return {**what, **whose, "arm": "", "replies": None, **(vars(estimate) if estimate else {})}
