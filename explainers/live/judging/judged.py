"""Judging again, with what is known already: the same test of the same rows gives the same number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from ...judge import estimated, held, judge
from ...schema import Estimate, Finding, Test, Verdict
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


class _Asked:
    """Tests put to the rows that stay, whatever the bound."""

    def __init__(self, chosen: Chosen) -> None:
        self.chosen = chosen
        self._key = chosen.case, repr(chosen.claim.tests), frozenset(chosen.left_out.items())

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Asked) and self._key == other._key


@lru_cache(maxsize=8)
def _findings(asked: _Asked) -> tuple[Finding, ...]:
    case, chosen = asked.chosen.case, asked.chosen
    count = lambda *question: _number(_Question(*question))  # noqa: E731
    return judge(chosen.claim, chosen.of(case.rows), case.metrics, count).findings


def verdict(chosen: Chosen) -> Verdict:
    """The verdict on what was chosen, by the judge of the guide. Another bound asks for no number again."""
    return held(chosen.claim, _findings(_Asked(chosen)))
