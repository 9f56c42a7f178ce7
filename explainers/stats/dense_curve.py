"""The dense rungs of one seed as a curve of skill by size, and what a contender is worth on it.

The rungs, made monotone (pool adjacent violators: Barlow et al. 1972) and joined by straight lines over the logarithm
of their parameters, are the curve; the *dense size of equal skill* is where the contender's skill lies on it. Where it
lies beyond the first or the last rung, that end is open.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from math import inf, log2
from operator import attrgetter
from typing import NamedTuple


class Rung(NamedTuple):
    """One twin as a curve needs it: its sizes, its training FLOPs, its mean skill and mean `other`."""

    total: float
    active: float
    flops: float
    skill: float
    other: float


class Number(NamedTuple):
    """A figure of one seed. `below` and `above` say that the truth may lie any distance further down or up."""

    value: float
    below: bool = False
    above: bool = False


def monotone(values: Sequence[float]) -> list[float]:
    """The nearest sequence that never falls (pool adjacent violators)."""
    pools: list[list[float]] = []
    for value in values:
        pools.append([value, 1])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            last, count = pools.pop()
            first, before = pools[-1]
            pools[-1] = [(first * before + last * count) / (before + count), before + count]
    return [mean for mean, count in pools for _ in range(int(count))]


def equal_skill(mixture: Rung, dense: Sequence[Rung]) -> Number:
    """Base-2 logarithm of the total parameters of the dense model with the mixture's skill.

    Where several sizes have just this skill, the middle of them; and where these reach an end of the ladder, larger or
    smaller ones may have it as well.
    """
    sizes, skills = [log2(one.total) for one in dense], monotone([one.skill for one in dense])
    first, past = bisect_left(skills, mixture.skill), bisect_right(skills, mixture.skill)
    if first < past:
        return Number((sizes[first] + sizes[past - 1]) / 2, first == 0 < past - 1, first < past - 1 == len(skills) - 1)
    if past in (0, len(skills)):
        return Number(sizes[min(past, len(sizes) - 1)], past == 0, past > 0)
    left, right = skills[past - 1], skills[past]
    return Number(sizes[past - 1] + (mixture.skill - left) / (right - left) * (sizes[past] - sizes[past - 1]))


_skill, _other = attrgetter("skill"), attrgetter("other")


def at_size(dense: Sequence[Rung], size: float, read: Callable[[Rung], float]) -> float:
    """What the dense curve gives for a size (base-2 logarithm of total parameters), its ends carried on flat."""
    sizes, values = [log2(one.total) for one in dense], [read(one) for one in dense]
    place = min(max(bisect_right(sizes, size), 1), len(sizes) - 1)
    share = (size - sizes[place - 1]) / (sizes[place] - sizes[place - 1])
    return values[place - 1] + min(max(share, 0.0), 1.0) * (values[place] - values[place - 1])


def _worth(mixture: Rung, dense: Sequence[Rung]) -> Number:
    size = equal_skill(mixture, dense)
    return size._replace(value=size.value - log2(mixture.total * mixture.active) / 2)


def _compute(mixture: Rung, dense: Sequence[Rung]) -> Number:
    size = equal_skill(mixture, dense)
    flops = at_size(dense, size.value, lambda one: log2(one.flops))
    return Number(log2(mixture.flops) - flops, below=size.above, above=size.below)


def _same_skill(mixture: Rung, dense: Sequence[Rung]) -> Number | None:
    size = equal_skill(mixture, dense)
    return None if size.below or size.above else Number(mixture.other - at_size(dense, size.value, _other))


def _same_total(mixture: Rung, dense: Sequence[Rung]) -> Number:
    return Number(mixture.skill - at_size(dense, log2(mixture.total), _skill))


def _same_active(mixture: Rung, dense: Sequence[Rung]) -> Number:
    return Number(mixture.skill - at_size(dense, log2(mixture.active), _skill))


def _favours(mixture: Rung, dense: Sequence[Rung]) -> Number:
    other = mixture.other - at_size(dense, log2(mixture.active), _other)
    return Number(_same_active(mixture, dense).value - other)


def _favours_at_total(mixture: Rung, dense: Sequence[Rung]) -> Number:
    other = mixture.other - at_size(dense, log2(mixture.total), _other)
    return Number(_same_total(mixture, dense).value - other)


def _own(mixture: Rung, dense: Sequence[Rung]) -> Number:
    return Number(mixture.skill)


def _change(mixture: Rung, dense: Sequence[Rung]) -> Number:
    return Number(mixture.skill - mixture.other)


SIZED = (_worth, _compute, _same_skill)
"""Figures that read a size off the dense curve."""

ALONE = (_own, _change)
"""Figures that need no dense rungs."""


def _times(logarithm: float) -> float:
    return 2.0**logarithm if logarithm < 1000 else inf


Figure = Callable[[Rung, Sequence[Rung]], Number | None]
"""What a contender is beside the dense rungs of one seed; None where that cannot be said."""

FIGURES: Mapping[str, tuple[Figure, Callable[[float], float]]] = {
    "worth": (_worth, _times),
    "compute": (_compute, _times),
    "same-skill": (_same_skill, float),
    "same-total": (_same_total, float),
    "same-active": (_same_active, float),
    "favours": (_favours, float),
    "favours-at-total": (_favours_at_total, float),
    "own": (_own, float),
    "change": (_change, float),
}
"""Name of a figure -> what it is within one seed, and how the mean is read."""
