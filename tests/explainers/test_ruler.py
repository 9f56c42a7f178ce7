"""The ruler under a verdict: its ends are round, hold what was measured, and are numbers that could be."""

import pytest

from explainers.plotting.interval_bar import axis_ends
from explainers.schema import Estimate


def estimate(value, low, high):
    return Estimate(value, low, high, n=10, clusters=10, method="Wilson")


@pytest.mark.parametrize(
    ("unit", "interval", "ends"),
    [
        ("share", (0.5, 0.4, 0.6), (0, 1)),
        ("points", (1.0, 0.5, 1.0), (-0.5, 1)),
        ("points", (-1.0, -1.0, -0.6), (-1, 0.5)),
        ("points", (0.01, -0.02, 0.03), (-0.05, 0.15)),
        ("points", (1.4, 1.2, 1.6), (-0.5, 2)),
        ("times", (1.5, 1.0, 2.2), (0, 2.5)),
        ("tokens", (100.0, 80.0, 130.0), (-50, 150)),
    ],
)
def test_the_ends_are_round_and_none_is_beyond_what_its_unit_allows(unit, interval, ends):
    bound = {"points": 0.1, "share": 0.5, "times": 1.0, "tokens": 100.0}[unit]
    assert axis_ends([estimate(*interval)], (bound,), unit) == pytest.approx(ends)
