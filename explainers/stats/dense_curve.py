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


class LadderPoint(NamedTuple):
    """One twin as a curve needs it: its sizes, its training FLOPs, its mean skill and mean `other`."""

    total: float
    active: float
    flops: float
    skill: float
    other: float


class CensoredNumber(NamedTuple):
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


def equal_skill(contender: LadderPoint, dense: Sequence[LadderPoint]) -> CensoredNumber:
    """Base-2 logarithm of the total parameters of the dense model with the contender's skill.

    Where several sizes have just this skill, the middle of them; and where these reach an end of the ladder, larger or
    smaller ones may have it as well.
    """
    sizes, skills = [log2(rung.total) for rung in dense], monotone([rung.skill for rung in dense])
    first, past = bisect_left(skills, contender.skill), bisect_right(skills, contender.skill)
    if first < past:
        return CensoredNumber(
            (sizes[first] + sizes[past - 1]) / 2, first == 0 < past - 1, first < past - 1 == len(skills) - 1
        )
    if past in (0, len(skills)):
        return CensoredNumber(sizes[min(past, len(sizes) - 1)], past == 0, past > 0)
    left, right = skills[past - 1], skills[past]
    return CensoredNumber(sizes[past - 1] + (contender.skill - left) / (right - left) * (sizes[past] - sizes[past - 1]))


_skill, _other = attrgetter("skill"), attrgetter("other")


def at_size(dense: Sequence[LadderPoint], size: float, read: Callable[[LadderPoint], float]) -> float:
    """What the dense curve gives for a size (base-2 logarithm of total parameters), its ends carried on flat."""
    sizes, values = [log2(rung.total) for rung in dense], [read(rung) for rung in dense]
    place = min(max(bisect_right(sizes, size), 1), len(sizes) - 1)
    share = (size - sizes[place - 1]) / (sizes[place] - sizes[place - 1])
    return values[place - 1] + min(max(share, 0.0), 1.0) * (values[place] - values[place - 1])


def _effective_params(contender: LadderPoint, dense: Sequence[LadderPoint]) -> CensoredNumber:
    size = equal_skill(contender, dense)
    return size._replace(value=size.value - log2(contender.total * contender.active) / 2)


def _compute_ratio(contender: LadderPoint, dense: Sequence[LadderPoint]) -> CensoredNumber:
    size = equal_skill(contender, dense)
    flops = at_size(dense, size.value, lambda rung: log2(rung.flops))
    return CensoredNumber(log2(contender.flops) - flops, below=size.above, above=size.below)


def _other_at_equal_skill(contender: LadderPoint, dense: Sequence[LadderPoint]) -> CensoredNumber | None:
    size = equal_skill(contender, dense)
    return None if size.below or size.above else CensoredNumber(contender.other - at_size(dense, size.value, _other))


def _gain_at_equal_total(contender: LadderPoint, dense: Sequence[LadderPoint]) -> CensoredNumber:
    return CensoredNumber(contender.skill - at_size(dense, log2(contender.total), _skill))


def _gain_at_equal_active(contender: LadderPoint, dense: Sequence[LadderPoint]) -> CensoredNumber:
    return CensoredNumber(contender.skill - at_size(dense, log2(contender.active), _skill))


def _gain_difference(contender: LadderPoint, dense: Sequence[LadderPoint]) -> CensoredNumber:
    other = contender.other - at_size(dense, log2(contender.active), _other)
    return CensoredNumber(_gain_at_equal_active(contender, dense).value - other)


def _gain_difference_at_total(contender: LadderPoint, dense: Sequence[LadderPoint]) -> CensoredNumber:
    other = contender.other - at_size(dense, log2(contender.total), _other)
    return CensoredNumber(_gain_at_equal_total(contender, dense).value - other)


def _contender_skill(contender: LadderPoint, dense: Sequence[LadderPoint]) -> CensoredNumber:
    return CensoredNumber(contender.skill)


def _skill_minus_other(contender: LadderPoint, dense: Sequence[LadderPoint]) -> CensoredNumber:
    return CensoredNumber(contender.skill - contender.other)


SIZED = (_effective_params, _compute_ratio, _other_at_equal_skill)
"""Figures that read a size off the dense curve."""

ALONE = (_contender_skill, _skill_minus_other)
"""Figures that need no dense rungs."""


def _power_of_two(logarithm: float) -> float:
    return 2.0**logarithm if logarithm < 1000 else inf


Figure = Callable[[LadderPoint, Sequence[LadderPoint]], CensoredNumber | None]
"""What a contender is beside the dense rungs of one seed; None where that cannot be said."""

FIGURES: Mapping[str, tuple[Figure, Callable[[float], float]]] = {
    "worth": (_effective_params, _power_of_two),
    "compute": (_compute_ratio, _power_of_two),
    "same-skill": (_other_at_equal_skill, float),
    "same-total": (_gain_at_equal_total, float),
    "same-active": (_gain_at_equal_active, float),
    "favours": (_gain_difference, float),
    "favours-at-total": (_gain_difference_at_total, float),
    "own": (_contender_skill, float),
    "change": (_skill_minus_other, float),
}
"""Name of a figure -> what it is within one seed, and how the mean is read."""
