"""The intervals laid along the bound, as a bare Vega-Lite spec."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...plotting.interval_bar import reach
from ...plotting.svg_text import drawable
from ...schema import Estimate, Finding, Outcome, Test, Verdict
from ...text.formatting import full, rule, who
from ..form import Picture
from .form_fields import scale

ROW = 34
"""The height of a model's row, in pixels."""


def picture(verdict: Verdict) -> Picture | None:
    """A row a model: its interval, its number, and a zone where the claim holds; None where there is no number."""
    counted = [(one, one.estimate) for one in verdict.findings if one.estimate is not None]
    if not counted:
        return None
    claim, test = verdict.claim, verdict.claim.test
    ends = reach([number for _, number in counted], claim.holds_if.ends, test.unit)
    said = "; ".join(f"{who(one)}: {full(number, test)}, {one.outcome}" for one, number in counted)
    alt = f"Intervals along the bound: the claim holds for numbers {rule(claim.holds_if, test)}. {said}."
    return Picture(drawable(_spec(verdict, counted, ends)), alt, "Numbers and 95% intervals along the bound")


def _spec(verdict: Verdict, counted: Sequence[tuple[Finding, Estimate]], ends: tuple[float, float]) -> dict[str, Any]:
    test, bound = verdict.claim.test, verdict.claim.holds_if
    factor, _, _, unit = scale(test)
    within = lambda value: factor * min(max(value, ends[0]), ends[1])  # noqa: E731
    x = {"type": "quantitative", "scale": {"domain": [factor * end for end in ends], "nice": False}, "title": unit}
    y = {"field": "model", "type": "nominal", "sort": None, "title": None}
    told = [{"field": name, "type": "nominal", "title": title} for name, title in TOLD.items()]
    zone = [{"from": within(bound.low), "to": within(bound.high)}]
    return {
        "height": ROW * len(counted),
        "data": {"values": [_row(*pair, test, within) for pair in counted]},
        "layer": [
            {
                "data": {"values": zone},
                "mark": {"type": "rect", "opacity": 0.15},
                "encoding": {"x": {**x, "field": "from"}, "x2": {"field": "to"}},
            },
            *(
                {
                    "data": {"values": [{"end": factor * end}]},
                    "mark": {"type": "rule", "strokeDash": [4, 3]},
                    "encoding": {"x": {**x, "field": "end"}},
                }
                for end in bound.ends
            ),
            {
                "mark": {"type": "rule", "strokeWidth": 3, "opacity": 0.6},
                "encoding": {"y": y, "x": {**x, "field": "low"}, "x2": {"field": "high"}},
            },
            {
                "mark": {"type": "point", "opacity": 1, "size": 80},
                "encoding": {
                    "y": y,
                    "x": {**x, "field": "value"},
                    "shape": {"field": "outcome", "type": "nominal", "scale": {"domain": OUTCOMES}, "title": None},
                    "color": {"field": "outcome", "type": "nominal", "scale": {"domain": OUTCOMES}, "title": None},
                    "tooltip": told,
                },
            },
        ],
    }


OUTCOMES = [str(outcome) for outcome in Outcome if outcome is not Outcome.NOT_MEASURED]
TOLD = {"model": "Model", "said": "Number", "outcome": "Outcome"}


def _row(one: Finding, number: Estimate, test: Test, within: Any) -> dict[str, Any]:
    """A row that is drawn; what lies beyond the picture ends at its edge."""
    value, low, high = (within(end) for end in (number.value, number.low, number.high))
    return {
        "model": who(one),
        "value": value,
        "low": low,
        "high": high,
        "said": full(number, test),
        "outcome": str(one.outcome),
    }
