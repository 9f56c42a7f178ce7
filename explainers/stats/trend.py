"""Skill against size or age: the slope of the least-squares line through one point for each model.

Interval: Student's t over the models, n - 2 degrees of freedom (any textbook on simple regression). Fewer than three
models bound nothing, and three bound little: the point is that many models have to agree. What the questions add to the
spread of the points is in their scatter about the line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from math import fsum, inf, log2, sqrt
from typing import NamedTuple

from ..schema import Estimate, Row, Sample, Trend
from .bootstrap import mean
from .student_t import t

FEWEST = 3
YEAR = 365.25


class Point(NamedTuple):
    """One model: where it stands, and what it can do."""

    x: float
    y: float


def trend(models: Sequence[Sequence[Row]], test: Trend) -> Estimate | None:
    """The slope of a test. `models` are the rows of one model each; None when fewer than two of them can be placed."""
    points = [point for rows in models if (point := _point(rows, test))]
    if len({point.x for point in points}) < 2:
        return None
    rows = [row for model in models for row in model]
    n, clusters = len(rows), len({(row.experiment, row.cluster) for row in rows})
    slope, wide = _slope(points)
    return Estimate(slope, slope - wide, slope + wide, n, clusters, f"t over {len(points)} models")


def _slope(points: Sequence[Point]) -> tuple[float, float]:
    """The slope, and half the width of its interval."""
    centre = Point(*(fsum(values) / len(points) for values in zip(*points, strict=True)))
    square = fsum((x - centre.x) ** 2 for x, _ in points)
    slope = fsum((x - centre.x) * (y - centre.y) for x, y in points) / square
    if len(points) < FEWEST:
        return slope, inf
    residual = fsum((y - centre.y - slope * (x - centre.x)) ** 2 for x, y in points)
    return slope, t(len(points) - 2) * sqrt(residual / (len(points) - 2) / square)


def _point(rows: Sequence[Row], test: Trend) -> Point | None:
    """A model that answered all that is asked about, and whose size or day is on record."""
    x, y = _place(rows[0], test.against), _skill(rows, test.experiment, test.skill)
    if test.other is not None and y is not None:
        other = _skill(rows, test.other_experiment or test.experiment, test.other)
        y = None if other is None else y - other
    if test.per_parameter:
        parameters = rows[0].run.get("model", {}).get("parameters")
        y = log2(y / parameters) if y and parameters else None
    return None if x is None or y is None else Point(x, y)


def _place(row: Row, against: str) -> float | None:
    if against == "bytes":
        return log2(row.source.bytes) if row.source.bytes else None
    released = row.run.get("model", {}).get("released")
    return date.fromisoformat(released).toordinal() / YEAR if released else None


def _skill(rows: Iterable[Row], experiment: str, sample: Sample) -> float | None:
    return mean((row for row in rows if row.experiment == experiment), sample)
