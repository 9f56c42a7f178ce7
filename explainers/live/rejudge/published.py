"""Published verdicts as JSON, so that a page can say whether it came to the same, to the last digit."""

from __future__ import annotations

import json
from typing import Any

from ...schema import Finding, Verdict
from .case import key

NAME = "evidence/verdicts.json"
"""The name of the file under `docs/live/`: slug of a claim -> what `told` says of its verdict."""


def told(verdict: Verdict) -> dict[str, Any]:
    """A verdict as plain values. Numbers stand as the shortest text that reads back as the same bits."""
    return {
        "measured": str(verdict.measured),
        "general": str(verdict.general),
        "reason": verdict.reason,
        "findings": [_finding(one) for one in verdict.findings],
    }


def _finding(one: Finding) -> dict[str, Any]:
    number = one.estimate
    counted = [repr(value) for value in (number.value, number.low, number.high)] if number else []
    return {
        "model": key(one.source),
        "name": one.source.name,
        "label": one.label,
        "models": one.models,
        "questions": one.questions,
        "outcome": str(one.outcome),
        "number": counted,
        "of": [number.n, number.clusters, number.method] if number else [],
    }


def published(content: bytes, slug: str) -> dict[str, Any]:
    """What was published of a claim."""
    return json.loads(content)[slug]
