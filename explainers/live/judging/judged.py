"""Judging again, with what is known already: the same test of the same rows gives the same number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from ...judge import estimated, judge
from ...schema import Estimate, Test, Verdict
from .choices import Chosen


class _Question:
    """A test and the very rows it is put to. It holds the rows, so that no others can take their place in memory."""

    def __init__(self, test: Test, rows: Sequence[Any], metrics: Mapping[str, Any]) -> None:
        self.test, self.rows, self.metrics = test, rows, metrics
        self._key = repr(test), tuple(metrics.items()), tuple(map(id, rows))

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Question) and self._key == other._key


@lru_cache(maxsize=64)
def _number(question: _Question) -> Estimate | None:
    return estimated(question.test, question.rows, question.metrics)


def verdict(chosen: Chosen) -> Verdict:
    """The verdict on what was chosen, by the judge of the guide."""
    case = chosen.case
    return judge(chosen.claim, chosen.of(case.rows), case.metrics, lambda *asked: _number(_Question(*asked)))
