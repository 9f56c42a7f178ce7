"""The mean of several estimates, all weighing the same, with an interval made of theirs.

MOVER, the method of variance estimates recovery (Zou & Donner 2008, "Construction of confidence limits about effect
measures: a general approach", doi:10.1002/sim.3095): each end lies as far from the mean as the root of the summed
squares of the parts' own distances to that end. It asks that the parts be independent, as different questions are.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum, sqrt

from ..schema import Estimate


def average(parts: Sequence[Estimate]) -> Estimate:
    """The mean of at least one estimate, in their unit. A part that is not bounded leaves the mean without a bound."""
    many = len(parts)
    value = fsum(part.value for part in parts) / many
    down = sqrt(fsum((part.value - part.low) ** 2 for part in parts)) / many
    up = sqrt(fsum((part.high - part.value) ** 2 for part in parts)) / many
    n, clusters = sum(part.n for part in parts), sum(part.clusters for part in parts)
    return Estimate(value, value - down, value + up, n, clusters, f"MOVER over {many} skills")
