"""Verdicts with a cache of estimates: the same test of the same rows is estimated once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from ...schema import Estimate, Finding, Test, Verdict
from ...stats.identity_cache import Keyed
from ...verdicts.judge import apply_bound, estimate, judge
from .apply_form import Chosen


@lru_cache(maxsize=64)
def _number(question: Keyed) -> Estimate | None:
    return estimate(*question.value)


def _counted(test: Test, rows: Sequence[Any], metrics: Mapping[str, Any]) -> Estimate | None:
    """The number of a test, counted once for the very same rows."""
    return _number(Keyed((repr(test), *metrics.items(), *map(id, rows)), (test, rows, metrics)))


@lru_cache(maxsize=8)
def _findings(asked: Keyed) -> tuple[Finding, ...]:
    chosen = asked.value
    return judge(chosen.claim, chosen.of(chosen.case.rows), chosen.case.metrics, _counted).findings


def verdict(chosen: Chosen) -> Verdict:
    """The verdict on what was chosen, by the judge of the guide. Another bound asks for no number again."""
    key = chosen.case, repr(chosen.claim.tests), frozenset(chosen.left_out.items())
    return apply_bound(chosen.claim, _findings(Keyed(key, chosen)))
