"""Kaplan-Meier survival (Kaplan & Meier 1958), Greenwood's variance on the log-minus-log scale.

The interval follows Kalbfleisch & Prentice 2002, "The Statistical Analysis of Failure Time Data", section 1.4: it
stays within [0, 1] and is never narrower than it should be near the ends. Where the estimate is still exactly 1, or
exactly 0, Greenwood has no variance to give; there the Clopper-Pearson end for the number still watched stands in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import exp, log, sqrt
from typing import NamedTuple

from .wilson import Z


class Survival(NamedTuple):
    """The share still whole just after `time`, its interval, and how many were still watched just before it."""

    time: float
    value: float
    low: float
    high: float
    at_risk: int


def survival(times: Iterable[tuple[float, bool]]) -> list[Survival]:
    """The curve of (time, broke) pairs: one point at time 0 and one at each time that something broke or left.

    Times are in any unit, not negative. Nothing watched gives an empty curve.
    """
    watched = list(times)
    leaving, breaking = Counter(time for time, _ in watched), Counter(time for time, broke in watched if broke)
    at_risk, value, spread, curve = len(watched), 1.0, 0.0, []
    for time in sorted({0.0, *leaving}) if watched else ():
        broken = breaking[time]
        value *= 1 - broken / at_risk
        spread += broken / (at_risk * (at_risk - broken)) if at_risk > broken else 0.0
        curve.append(Survival(time, value, *_ends(value, spread, at_risk), at_risk))
        at_risk -= leaving[time]
    return curve


def _ends(value: float, spread: float, at_risk: int) -> tuple[float, float]:
    unseen = 0.025 ** (1 / at_risk)
    if value == 1:
        return _steady(unseen), 1.0
    if value == 0:
        return 0.0, _steady(1 - unseen)
    reach = Z * sqrt(spread) / abs(log(value))
    return _steady(value ** exp(reach)), _steady(value ** exp(-reach))


def _steady(number: float) -> float:
    """Twelve digits: more than anyone reads, and few enough that every libm agrees on them."""
    return round(number, 12)
