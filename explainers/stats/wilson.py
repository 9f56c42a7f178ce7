"""Wilson's interval for a share (Wilson 1927, doi:10.1080/01621459.1927.10502953).

Chosen over the textbook p +/- 1.96 se because it keeps its coverage for few questions and never has width zero.
"""

from __future__ import annotations

from math import sqrt

from ..schema import Estimate

Z = 1.959963984540054
"""The normal quantile of a two-sided 95 % interval."""


def wilson(successes: int, n: int) -> Estimate | None:
    """The share `successes`/`n` of independent questions; None when there are none.

    Raises `ValueError` unless 0 <= successes <= n.
    """
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n} is no share")
    if n == 0:
        return None
    share, shrink = successes / n, 1 + Z * Z / n
    centre = (share + Z * Z / (2 * n)) / shrink
    reach = Z * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n)) / shrink
    low = 0.0 if successes == 0 else centre - reach
    high = 1.0 if successes == n else centre + reach
    return Estimate(share, low, high, n, n, "Wilson")
