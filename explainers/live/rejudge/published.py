"""Published verdicts as JSON, so that a page can say whether it came to the same, to the last digit."""

from __future__ import annotations

import json
from typing import Any

from ...schema import Finding, Verdict
from .case import key

NAME = "evidence/verdicts.json"
"""The name of the file under `docs/live/`: slug of a claim -> what `verdict_json` says of its verdict."""


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """A verdict as plain values. Numbers stand as the shortest text that reads back as the same bits."""
    return {
        "measured": str(verdict.measured),
        "general": str(verdict.general),
        "reason": verdict.reason,
        "findings": [_finding(one) for one in verdict.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    number = finding.estimate
    counted = [repr(value) for value in (number.value, number.low, number.high)] if number else []
    return {
        "model": key(finding.source),
        "name": finding.source.name,
        "label": finding.label,
        "models": finding.models,
        "questions": finding.questions,
        "outcome": str(finding.outcome),
        "number": counted,
        "of": [number.n, number.clusters, number.method] if number else [],
    }


def read_verdict(content: bytes, slug: str) -> dict[str, Any]:
    """What was published of a claim."""
    return json.loads(content)[slug]
