"""Rows of the published table of figures: the numbers that pages show outside verdicts and charts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..schema import Estimate, Source, Test
from ..verdicts.guidance import judge_cards


def figures(guide: Any) -> list[dict[str, Any]]:
    """A row for each number beside a verdict, for each way of asking, for each question of a card's own, and for each
    seed of the twins that run in a page."""
    return [*_beside(guide), *_arms(guide), *_cards(guide), *_seeds(guide)]


def _beside(guide: Any) -> Iterator[dict[str, Any]]:
    for slug, shown in guide.beside.items():
        for one in shown:
            yield _row("beside a verdict", slug, one.label, one.source, one.test, one.estimate)


def _arms(guide: Any) -> Iterator[dict[str, Any]]:
    for lines in guide.arms.values():
        for line in lines:
            for one in line.cells:
                told = _row("by way of asking", "", one.label, one.source, one.test, one.estimate)
                yield {**told, "arm": line.arm, "replies": line.replies}


def _cards(guide: Any) -> Iterator[dict[str, Any]]:
    for one in (one for _, lines in judge_cards(guide) for kept in lines.values() for one in kept):
        if (test := one.line.test) is not None:
            for found in one.verdict.findings:
                yield _row("on a card", one.line.claim, one.line.says, found.source, test, found.estimate)


def _seeds(guide: Any) -> Iterator[dict[str, Any]]:
    for one in guide.answered:
        what = {"place": "on the mixture's page", "claim": "", "experiment": one.experiment, "unit": "share"}
        for seed, share in one.shares.items():
            whose = {"label": f"seed {seed}", "model": one.twin, "sha256": "", "rig": "", "arm": one.way}
            yield {**what, **whose, "replies": one.questions, "value": share, "n": one.questions}


def _row(place: str, claim: str, label: str, source: Source, test: Test, estimate: Estimate | None) -> dict[str, Any]:
    whose = {"model": source.name, "sha256": source.sha256, "rig": source.rig}
    what = {"place": place, "claim": claim, "experiment": test.experiment, "label": label, "unit": test.unit}
    return {**what, **whose, "arm": "", "replies": None, **(vars(estimate) if estimate else {})}
