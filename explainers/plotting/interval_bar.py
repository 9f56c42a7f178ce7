"""A verdict as a picture: each model's interval laid along the bound. Positions only; the style sheet draws it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, inf, isfinite, log10

from ..schema import Estimate, Finding, Test, Verdict
from ..text.formatting import full, round_number, rule, who


@dataclass(frozen=True)
class Track:
    """One model's line, in per cent of the ruler's width; `open` when no interval bounds the number."""

    finding: Finding
    label: str
    said: str
    left: float
    width: float
    dot: float
    open: bool


@dataclass(frozen=True)
class Ruler:
    """The ruler: its two ends in words, where the claim holds (from `zone` for `zone_width`), and a track a model."""

    start: str
    end: str
    bounds: tuple[float, ...]
    bound_label: str
    zone: float
    zone_width: float
    tracks: tuple[Track, ...]


def ruler(verdict: Verdict) -> Ruler | None:
    """The ruler of a verdict; None when no model gave a number."""
    counted = [(one, one.estimate) for one in verdict.findings if one.estimate is not None]
    if not counted:
        return None
    bound, test = verdict.claim.holds_if, verdict.claim.test
    start, end = reach([estimate for _, estimate in counted], bound.ends, test.unit)
    at = lambda value: round(100 * (min(max(value, start), end) - start) / (end - start), 2)  # noqa: E731
    zone = at(bound.low), round(at(bound.high) - at(bound.low), 2)
    tracks = tuple(_track(*pair, test, at) for pair in counted)
    first, last = (round_number(one, test, bare=True) for one in (start, end))
    return Ruler(first, last, tuple(map(at, bound.ends)), rule(bound, test), *zone, tracks)


def _track(finding: Finding, shown: Estimate, test: Test, at: Callable[[float], float]) -> Track:
    left, right = at(shown.low), at(shown.high)
    return Track(
        finding=finding,
        label=who(finding),
        said=full(shown, test),
        left=left,
        width=round(right - left, 2),
        dot=at(shown.value),
        open=not shown.bounded,
    )


def reach(estimates: list[Estimate], bounds: Sequence[float], unit: str) -> tuple[float, float]:
    """Round ends that hold every interval, the bounds and, where it makes sense, zero; none that no number can have."""
    if unit == "share":
        return 0.0, 1.0
    finite = (end for one in estimates for end in (one.low, one.value, one.high) if isfinite(end))
    edges = [0.0, *bounds, *finite]
    apart = max(map(abs, edges)) > 1  # of two differences, which may be more than 100 points
    limits = {"times": (0.0, inf), "points": (-inf, inf) if apart else (-1.0, 1.0)}
    least, most = limits.get(unit, (-inf, inf))
    step = 10 ** floor(log10((max(edges) - min(edges)) or 1)) / 2
    return max(step * floor(min(edges) / step - 0.2), least), min(step * ceil(max(edges) / step + 0.2), most)
