"""Judging again, with what is known already: the same test of the same rows gives the same number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from ...schema import Estimate, Finding, Test, Verdict
from ...stats.identity_cache import Known
from ...verdicts.judge import estimated, held, judge
from .apply_form import AppliedForm


@lru_cache(maxsize=64)
def _cached_estimate(question: Known) -> Estimate | None:
    return estimated(*question.what)


def _estimate(test: Test, rows: Sequence[Any], metrics: Mapping[str, Any]) -> Estimate | None:
    """The number of a test, counted once for the very same rows."""
    return _cached_estimate(Known((repr(test), *metrics.items(), *map(id, rows)), (test, rows, metrics)))


@lru_cache(maxsize=8)
def _findings(asked: Known) -> tuple[Finding, ...]:
    chosen = asked.what
    return judge(chosen.claim, chosen.keep(chosen.case.rows), chosen.case.metrics, _estimate).findings


def judge_again(chosen: AppliedForm) -> Verdict:
    """The verdict on what was chosen, by the judge of the guide. Another bound asks for no number again."""
    key = chosen.case, repr(chosen.claim.tests), frozenset(chosen.left_out.items())
    return held(chosen.claim, _findings(Known(key, chosen)))
