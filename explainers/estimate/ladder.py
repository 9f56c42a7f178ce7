"""A mixture of experts, or a taught student, against the dense rungs of its ladder: what dense model is it worth?

Everything is worked out within one seed and then averaged over seeds, ratios as their logarithms. The dense rungs of a
seed, made monotone (pool adjacent violators: Barlow et al. 1972) and joined by straight lines over the logarithm of
their parameters, are a curve of skill by size; the *dense size of equal skill* is where the mixture's skill lies on it.

Interval: Student's t over the seeds, widened by the delete-one jackknife over the questions (Efron & Tibshirani 1993,
ch. 11), which all seeds share: sqrt(s2 / seeds + jackknife variance), times the t quantile of seeds - 1 degrees of
freedom. Fewer than three seeds bound nothing, and nothing is bounded that is read off a curve which does not rise.
Where the mixture lies beyond the ladder's first or last rung, that end is open.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from math import fsum, inf, isnan, log2, sqrt
from statistics import variance
from typing import Any, NamedTuple

from ..schema import Estimate, Ladder, Sample
from .student import t

FEWEST = 3
KINDS = ("dense", "MoE", "student")


def kind(twin: Mapping[str, Any]) -> str:
    """Which of `KINDS` a twin is: a dense twin that learned from the text is a rung to measure others by."""
    return "MoE" if twin["experts"] else "student" if twin.get("teacher") else "dense"


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


def ladder(rows: Iterable[Any], test: Ladder) -> Estimate | None:
    """The figure of a test. `rows` are those of one contender and of the dense rungs, all seeds; None when no seed has
    both. Rows have `twin`, `facts`, `metrics`, `cluster`."""
    heard = [row for row in rows if any(_counts(row, sample) for sample in (test.skill, test.other))]
    seeds = _seeds(heard, test)
    figure, scale = FIGURES[test.figure]
    numbers = _numbers(seeds, figure)
    if not numbers:
        return None
    value, n = _middle(numbers), len(heard)
    clusters = sorted({row.cluster for row in heard})
    said = f"t over {len(numbers)} seeds, jackknife over questions"
    if figure in SIZED and not _rises(seeds):
        return Estimate(scale(value), -inf, inf, n, len(clusters), "dense twins of all sizes do alike on this skill")
    if len(numbers) < FEWEST:
        return Estimate(scale(value), -inf, inf, n, len(clusters), said)
    without = [_middle(left) for cluster in clusters if (left := _numbers(seeds, figure, cluster))]
    wide = _half_width(numbers, without)
    low = -inf if any(number.below for number in numbers) else value - wide
    high = inf if any(number.above for number in numbers) else value + wide
    if test.unit == "share":
        low, high = max(low, 0.0), min(high, 1.0)
    return Estimate(scale(value), scale(low), scale(high), n, len(clusters), said)


def _rises(seeds: Mapping[int, Mapping[str, _Book]]) -> bool:
    """Whether the largest dense twin does better than the smallest, beyond what seeds differ by. Where it does not, no
    size can be read off the curve: the skill is learned by all, by none, or by chance."""
    ends = [(dense[0], dense[-1]) for one in seeds.values() if (found := _rungs(one)) for dense in [found[1]]]
    gains = [last.skill - first.skill for first, last in ends]
    if len(gains) < 2:
        return True
    return fsum(gains) / len(gains) > t(len(gains) - 1) * sqrt(variance(gains) / len(gains))


class _Column:
    """Values by cluster, and their mean with or without one of the clusters."""

    def __init__(self) -> None:
        self.values: dict[str, list[float]] = defaultdict(list)

    @cached_property
    def _whole(self) -> tuple[float, int]:
        return fsum(value for part in self.values.values() for value in part), sum(map(len, self.values.values()))

    def mean(self, left_out: str | None) -> float:
        total, count = self._whole
        part = self.values.get(left_out, ())
        return (total - fsum(part)) / (count - len(part)) if count > len(part) else 0.0


class _Book:
    """The replies of one twin: its skill and its `other`."""

    def __init__(self, twin: Mapping[str, Any]) -> None:
        self.twin, self.skill, self.other = twin, _Column(), _Column()

    def rung(self, left_out: str | None = None) -> Rung:
        facts = (float(self.twin[name]) for name in ("parameters", "active", "training_flops"))
        return Rung(*facts, self.skill.mean(left_out), self.other.mean(left_out))


def _counts(row: Any, sample: Sample | None) -> bool:
    return sample is not None and sample.picks(row.facts) and not isnan(row.metrics[sample.metric])


def _seeds(rows: Iterable[Any], test: Ladder) -> dict[int, dict[str, _Book]]:
    """Seed -> rung -> replies."""
    seeds: dict[int, dict[str, _Book]] = defaultdict(dict)
    for row in rows:
        rung = seeds[row.twin["seed"]].setdefault(row.twin["rung"], _Book(row.twin))
        for sample, column in ((test.skill, rung.skill), (test.other, rung.other)):
            if _counts(row, sample):
                column.values[row.cluster].append(row.metrics[sample.metric])
    return {seed: _whole(books, test) for seed, books in sorted(seeds.items())}


def _whole(books: Mapping[str, _Book], test: Ladder) -> dict[str, _Book]:
    """The twins that answered all that a test looks at: nothing heard is not the same as nothing known."""
    return {rung: book for rung, book in books.items() if book.skill.values and (book.other.values or not test.other)}


def _rungs(books: Mapping[str, _Book], left_out: str | None = None, fewest: int = 2) -> tuple[Rung, list[Rung]] | None:
    """The contender, and the dense rungs by size; None where a seed lacks the one or has not enough of the others."""
    contenders = [book.rung(left_out) for book in books.values() if kind(book.twin) != "dense"]
    dense = sorted(book.rung(left_out) for book in books.values() if kind(book.twin) == "dense")
    return (contenders[0], dense) if contenders and len(dense) >= fewest else None


def _numbers(seeds: Mapping[int, Mapping[str, _Book]], figure: Callable, left_out: str | None = None) -> list[Number]:
    """The figure of every seed that has one, with or without one of the questions."""
    rungs = [found for one in seeds.values() if (found := _rungs(one, left_out, fewest=0 if figure in ALONE else 2))]
    return [number for found in rungs if (number := figure(*found)) is not None]


def _middle(numbers: Sequence[Number]) -> float:
    return fsum(number.value for number in numbers) / len(numbers)


def _half_width(numbers: Sequence[Number], without: Sequence[float]) -> float:
    spread = variance(number.value for number in numbers) / len(numbers)
    return t(len(numbers) - 1) * sqrt(spread + _jackknife(without))


def _jackknife(values: Sequence[float]) -> float:
    middle = fsum(values) / len(values)
    return (len(values) - 1) / len(values) * fsum((value - middle) ** 2 for value in values)


# -- figures of one seed ------------------------------------------------------------------------------------------


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


def at_size(dense: Sequence[Rung], size: float, name: str) -> float:
    """What the dense curve gives for a size (base-2 logarithm of total parameters), its ends carried on flat."""
    sizes, values = [log2(one.total) for one in dense], [getattr(one, name) for one in dense]
    place = min(max(bisect_right(sizes, size), 1), len(sizes) - 1)
    share = (size - sizes[place - 1]) / (sizes[place] - sizes[place - 1])
    return values[place - 1] + min(max(share, 0.0), 1.0) * (values[place] - values[place - 1])


def _worth(mixture: Rung, dense: Sequence[Rung]) -> Number:
    size = equal_skill(mixture, dense)
    return size._replace(value=size.value - log2(mixture.total * mixture.active) / 2)


def _compute(mixture: Rung, dense: Sequence[Rung]) -> Number:
    size = equal_skill(mixture, dense)
    logs = [one._replace(flops=log2(one.flops)) for one in dense]
    return Number(log2(mixture.flops) - at_size(logs, size.value, "flops"), below=size.above, above=size.below)


def _same_skill(mixture: Rung, dense: Sequence[Rung]) -> Number | None:
    size = equal_skill(mixture, dense)
    return None if size.below or size.above else Number(mixture.other - at_size(dense, size.value, "other"))


def _same_total(mixture: Rung, dense: Sequence[Rung]) -> Number:
    return Number(mixture.skill - at_size(dense, log2(mixture.total), "skill"))


def _same_active(mixture: Rung, dense: Sequence[Rung]) -> Number:
    return Number(mixture.skill - at_size(dense, log2(mixture.active), "skill"))


def _favours(mixture: Rung, dense: Sequence[Rung]) -> Number:
    other = mixture.other - at_size(dense, log2(mixture.active), "other")
    return Number(_same_active(mixture, dense).value - other)


def _favours_at_total(mixture: Rung, dense: Sequence[Rung]) -> Number:
    other = mixture.other - at_size(dense, log2(mixture.total), "other")
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


FIGURES: Mapping[str, tuple[Callable[..., Number | None], Callable[[float], float]]] = {
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
