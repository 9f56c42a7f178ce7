"""Student's t: how much wider an interval has to be when its spread is known from a few values only."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum

_QUANTILES = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262}


def t(freedom: int) -> float:
    """The 97.5 % quantile for so many degrees of freedom, 1 or more; beyond nine that of nine, which is a little
    wider."""
    return _QUANTILES[min(freedom, max(_QUANTILES))]


def squared_error(values: Sequence[float]) -> float:
    """The square of the standard error of the mean of two or more values."""
    average = fsum(values) / len(values)
    return fsum((value - average) ** 2 for value in values) / (len(values) - 1) / len(values)
