"""Dense-equivalent size of an MoE or a student, on the dense rungs of its ladder.

Everything is worked out within one seed (`dense_curve.py`) and then averaged over seeds, ratios as their logarithms.

Interval: Student's t over the seeds, widened by the delete-one jackknife over the questions (Efron & Tibshirani 1993,
ch. 11), which all seeds share: sqrt(s2 / seeds + jackknife variance), times the t quantile of seeds - 1 degrees of
freedom. Fewer than three seeds bound nothing, and nothing is bounded that is read off a curve which does not rise.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from math import fsum, inf, isnan, sqrt
from typing import Any, NamedTuple

from ..schema import Estimate, Ladder, Row, Sample
from .dense_curve import ALONE, FIGURES, SIZED, CensoredNumber, Figure, LadderPoint
from .identity_cache import Keyed
from .student_t import squared_error, t

FEWEST = 3
KINDS = ("dense", "MoE", "student")


def kind(twin: Mapping[str, Any]) -> str:
    """Which of `KINDS` a twin is: a dense twin that learned from the text is a rung to measure others by."""
    return "MoE" if twin["experts"] else "student" if twin.get("teacher") else "dense"


class Against(list[Row]):
    """The replies of a contender, then those of the dense rungs. Where several contenders are held against the very
    same list of these, it is read once."""

    def __init__(self, own: Sequence[Row], dense: Sequence[Row]) -> None:
        super().__init__([*own, *dense])
        self.own, self.dense = own, dense


def ladder(rows: Iterable[Row], test: Ladder) -> Estimate | None:
    """The figure of a test. `rows` are those of one contender and of the dense rungs, all seeds; None when no seed has
    both."""
    seeds, asked = _read(rows, test)
    comparisons = [seed for _, twins in sorted(seeds.items()) if (seed := _compared(_complete(twins.values(), test)))]
    figure, scale = FIGURES[test.figure]
    numbers = _numbers(comparisons, figure)
    if not numbers:
        return None
    value, n = _mean(numbers), asked.total()
    clusters = sorted(asked)
    method = f"t over {len(numbers)} seeds, jackknife over questions"
    if figure in SIZED and not _rises(comparisons):
        return Estimate(scale(value), -inf, inf, n, len(clusters), "dense twins of all sizes do alike on this skill")
    if len(numbers) < FEWEST:
        return Estimate(scale(value), -inf, inf, n, len(clusters), method)
    without = [_mean(left) for cluster in clusters if (left := _numbers(comparisons, figure, cluster))]
    wide = _half_width(numbers, without)
    low = -inf if any(number.below for number in numbers) else value - wide
    high = inf if any(number.above for number in numbers) else value + wide
    if test.unit == "share":
        low, high = max(low, 0.0), min(high, 1.0)
    return Estimate(scale(value), scale(low), scale(high), n, len(clusters), method)


def _rises(comparisons: Sequence[_SeedLadder]) -> bool:
    """Whether the largest dense twin does better than the smallest, beyond what seeds differ by. Where it does not, no
    size can be read off the curve: the skill is learned by all, by none, or by chance."""
    ends = [(seed.dense[0].rung(), seed.dense[-1].rung()) for seed in comparisons if len(seed.dense) > 1]
    gains = [last.skill - first.skill for first, last in ends]
    if len(gains) < 2:
        return True
    return fsum(gains) / len(gains) > t(len(gains) - 1) * sqrt(squared_error(gains))


class _Column:
    """Values by cluster, and their mean with or without one of the clusters."""

    def __init__(self) -> None:
        self.values: dict[str, list[float]] = defaultdict(list)

    def add(self, row: Row, sample: Sample | None) -> bool:
        """Take in what a sample counts of a reply; whether it counts anything."""
        if sample is None or not sample.picks(row.facts) or isnan(value := row.metrics[sample.metric]):
            return False
        self.values[row.cluster].append(value)
        return True

    @cached_property
    def _total(self) -> tuple[float, int]:
        return fsum(value for part in self.values.values() for value in part), sum(map(len, self.values.values()))

    def mean(self, left_out: str | None) -> float:
        total, count = self._total
        part = () if left_out is None else self.values.get(left_out, ())
        return (total - fsum(part)) / (count - len(part)) if count > len(part) else 0.0


class _Twin:
    """The replies of one twin: its skill and its `other`."""

    def __init__(self, twin: Mapping[str, Any]) -> None:
        self.kind, self.skill, self.other = kind(twin), _Column(), _Column()
        self.sizes = float(twin["parameters"]), float(twin["active"]), float(twin["training_flops"])
        self._rungs: dict[str | None, LadderPoint] = {}

    def rung(self, left_out: str | None = None) -> LadderPoint:
        """The twin with or without one of the questions."""
        if left_out not in self._rungs:
            self._rungs[left_out] = LadderPoint(*self.sizes, self.skill.mean(left_out), self.other.mean(left_out))
        return self._rungs[left_out]


class _SeedLadder(NamedTuple):
    """The contender of one seed, and the dense rungs it is held against, by size."""

    contender: _Twin
    dense: list[_Twin]


TwinsBySeed = tuple[dict[int, dict[str, _Twin]], Counter[str]]
"""Seed -> rung -> replies; and how many of the replies count in each cluster."""


def _read(rows: Iterable[Row], test: Ladder) -> TwinsBySeed:
    if not isinstance(rows, Against):
        return _read_rows(rows, test)
    seeds, asked = _read_rows(rows.own, test)
    dense, theirs = _read_once(Keyed((id(rows.dense), repr(test.skill), repr(test.other)), (rows.dense, test)))
    return {seed: {**dense.get(seed, {}), **twins} for seed, twins in seeds.items()}, asked + theirs


@lru_cache(maxsize=1)  # contenders in one test are looked at one after the other
def _read_once(asked: Keyed) -> TwinsBySeed:
    return _read_rows(*asked.value)


def _read_rows(rows: Iterable[Row], test: Ladder) -> TwinsBySeed:
    seeds: dict[int, dict[str, _Twin]] = defaultdict(dict)
    asked: Counter[str] = Counter()
    for row in rows:
        rungs, rung = seeds[row.twin["seed"]], row.twin["rung"]
        twin = rungs.get(rung) or rungs.setdefault(rung, _Twin(row.twin))
        skilled, compared = twin.skill.add(row, test.skill), twin.other.add(row, test.other)
        if skilled or compared:
            asked[row.cluster] += 1
    return seeds, asked


def _complete(twins: Iterable[_Twin], test: Ladder) -> list[_Twin]:
    """The twins that answered all that a test looks at: nothing heard is not the same as nothing known."""
    return [twin for twin in twins if twin.skill.values and (twin.other.values or not test.other)]


def _compared(twins: Iterable[_Twin]) -> _SeedLadder | None:
    contenders = [twin for twin in twins if twin.kind != "dense"]
    dense = sorted((twin for twin in twins if twin.kind == "dense"), key=lambda twin: twin.sizes)
    return _SeedLadder(contenders[0], dense) if contenders else None


def _numbers(comparisons: Sequence[_SeedLadder], figure: Figure, left_out: str | None = None) -> list[CensoredNumber]:
    """The figure of every seed that has one, with or without one of the questions."""
    fewest = 0 if figure in ALONE else 2
    enough = [seed for seed in comparisons if len(seed.dense) >= fewest]
    rungs = [(seed.contender.rung(left_out), [twin.rung(left_out) for twin in seed.dense]) for seed in enough]
    return [number for found in rungs if (number := figure(*found)) is not None]


def _mean(numbers: Sequence[CensoredNumber]) -> float:
    return fsum(number.value for number in numbers) / len(numbers)


def _half_width(numbers: Sequence[CensoredNumber], without: Sequence[float]) -> float:
    spread = squared_error([number.value for number in numbers])
    return t(len(numbers) - 1) * sqrt(spread + _jackknife(without))


def _jackknife(values: Sequence[float]) -> float:
    middle = fsum(values) / len(values)
    return (len(values) - 1) / len(values) * fsum((value - middle) ** 2 for value in values)
