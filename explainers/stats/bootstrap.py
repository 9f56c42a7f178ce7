"""Cluster bootstrap for levels, rates and paired contrasts: 2,000 resamples of whole clusters, percentile interval.

Sources: Efron & Tibshirani 1993, "An Introduction to the Bootstrap", ch. 13; whole clusters are drawn because answers
within one are not independent (Miller 2024, arXiv:2411.00640). Mean and rate are both a ratio of sums, so one statistic
serves.

Plain resampling cannot show what no question happened to show: 40 right of 40 would get an interval of width zero. So
one *unseen cluster* joins the resampling: for the low end it lies as low as the metric can, for the high end as high.
That is the bootstrap's kin of adding pseudo-observations (Agresti & Coull 1998; for paired shares Bonett & Price 2012,
doi:10.3102/1076998611411915). A resample that leaves nothing to divide by could have come out anywhere, and counts
towards both ends. Fewer than ten clusters on a side bound nothing at all.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from math import fsum, inf, isnan
from random import Random
from typing import Any, NamedTuple

from runners.schema import Kind, Metric

from ..schema import Estimate, Observation, Sample
from .wilson import wilson

RESAMPLES = 2000
SEED = 20261124
FEWEST = 10
"""With fewer clusters than this the percentile interval is known to be too narrow, so none is given."""
_TAIL = RESAMPLES // 40  # 2.5 % of the resamples lie beyond each end
BLOCK = 256
"""Clusters to a block: places within one fit a byte, and bytes are quickly counted."""
FEW = 8
"""Up to so many different values it is quicker to count them than to add them up."""


class Tally(NamedTuple):
    """What one cluster adds to a ratio of sums."""

    total: float
    weight: float


Span = tuple[float, float]
"""The least and the most that one unseen reply could add."""

Statistic = Callable[..., float | None]
"""Of total and weight of each side, one after the other."""


def level(rows: Iterable[Observation], sample: Sample, metrics: Mapping[str, Metric]) -> Estimate | None:
    """How high a sample stands, over rows with `facts`, `metrics`, `item` and `cluster`; None when nothing was counted.

    `metrics` (name -> Metric) tells which metrics are shares, and so lie between 0 and 1. A metric of only 0s and 1s,
    one reply a cluster, gets Wilson's interval; everything else the bootstrap's.
    """
    picked = [row for row in rows if sample.picks(row.facts)]
    counted = sum(not isnan(row.metrics[sample.metric]) for row in picked)
    clusters = [_tally(group, sample) for group in _group(picked, "cluster").values()]
    clusters = [tally for tally in clusters if tally.weight > 0]
    if sample.per is None and sample.times == 1 and set(clusters) <= {Tally(0.0, 1.0), Tally(1.0, 1.0)}:
        return wilson(int(fsum(tally.total for tally in clusters)), len(clusters))
    return _interval([(tally,) for tally in clusters], _level, [_span(sample, metrics)], sample.times, counted)


def contrast(
    rows: Iterable[Observation],
    treated: Sample,
    control: Sample,
    metrics: Mapping[str, Metric],
    ratio: bool = False,
    paired_by: str = "item",
) -> Estimate | None:
    """Treated minus control, or over it; None when nothing can be paired or a side has nothing to divide by.

    Paired: an item (or a cluster: `paired_by`) counts only where both samples have a reply to it, and for means only
    where both have a value. A cluster's two sides are always resampled together.
    """
    rows = list(rows)
    sides = [
        _group([row for row in rows if side.picks(row.facts)], paired_by, side.together) for side in (treated, control)
    ]
    paired = [item for item in sides[0] if item in sides[1] and _usable(sides, item, treated, control)]
    pairs: dict[str, list[list[Observation]]] = defaultdict(lambda: [[], []])
    for item in paired:
        for place, side in enumerate(sides):
            pairs[side[item][0].cluster][place].extend(side[item])
    clusters = [(_tally(left, treated), _tally(right, control)) for left, right in pairs.values()]
    spans = [_span(treated, metrics), _span(control, metrics)]
    times = 1.0 if ratio else treated.times
    return _interval(clusters, _over if ratio else _minus, spans, times, sum(len(sides[0][item]) for item in paired))


def mean(rows: Iterable[Observation], sample: Sample) -> float | None:
    """A sample's mean or rate without an interval; None when nothing was counted."""
    return _level(*_tally([row for row in rows if sample.picks(row.facts)], sample))


def _usable(sides: Sequence[Mapping[Any, list[Observation]]], item: Any, *samples: Sample) -> bool:
    pairs = zip(sides, samples, strict=True)
    return all(sample.per is not None or _tally(side[item], sample).weight > 0 for side, sample in pairs)


def _group(rows: Iterable[Observation], name: str, tag: str = "") -> dict[Any, list[Observation]]:
    """Rows by a tag where one is given, else by one of their own names."""
    groups: dict[Any, list[Observation]] = defaultdict(list)
    for row in rows:
        groups[row.facts[tag] if tag else getattr(row, name)].append(row)
    return dict(sorted(groups.items()))


def _tally(rows: Sequence[Observation], sample: Sample) -> Tally:
    if sample.together:
        groups = _group(rows, "", sample.together).values()
        worst = [min(row.metrics[sample.metric] for row in group) for group in groups if _complete(group, sample)]
        return Tally(fsum(worst), float(len(worst)))
    pairs = [(row.metrics[sample.metric], row.metrics[sample.per] if sample.per else 1.0) for row in rows]
    pairs = [(total, weight) for total, weight in pairs if not isnan(total) and not isnan(weight)]
    return Tally(fsum(total for total, _ in pairs), fsum(weight for _, weight in pairs))


def _complete(group: Sequence[Observation], sample: Sample) -> bool:
    """Whether a pair has both its members: one alone, or one that the metric does not apply to, says nothing."""
    return len(group) > 1 and not any(isnan(row.metrics[sample.metric]) for row in group)


def _span(sample: Sample, metrics: Mapping[str, Metric]) -> Span | None:
    """The least and the most that one unseen reply could add; None when the metric has no such ends."""
    if sample.per is not None:
        return 0.0, 1.0  # events: it adds none, or one
    metric = metrics.get(sample.metric)
    return (0.0, 1.0) if metric is not None and metric.kind is Kind.SHARE else None


def _level(total: float, weight: float) -> float | None:
    return total / weight if weight else None


def _minus(total: float, weight: float, other_total: float, other_weight: float) -> float | None:
    return total / weight - other_total / other_weight if weight and other_weight else None


def _over(total: float, weight: float, other_total: float, other_weight: float) -> float | None:
    ratio = other_total / other_weight if other_weight else 0.0
    return total / weight / ratio if weight and ratio else None


def _interval(
    clusters: Sequence[tuple[Tally, ...]], statistic: Statistic, spans: Sequence[Span | None], times: float, n: int
) -> Estimate | None:
    """The statistic of all clusters, and its percentile interval where there are clusters enough for one."""
    value = statistic(*(fsum(column) for column in _columns(clusters))) if clusters else None
    if value is None:
        return None
    low, high = -inf, inf
    if min(len(weights) for weights in _weights(clusters)) >= FEWEST:
        low = _resample([*clusters, *_unseen(clusters, spans, low=True)], statistic, otherwise=-inf)[_TAIL - 1]
        high = _resample([*clusters, *_unseen(clusters, spans, low=False)], statistic, otherwise=inf)[-_TAIL]
        # Nothing varied, and no end of the metric is known: the replies show no spread to judge by.
        low, high = (-inf, inf) if low == high else (min(low, value), max(high, value))
    return Estimate(value * times, low * times, high * times, n, len(clusters), "cluster bootstrap")


def _weights(clusters: Sequence[tuple[Tally, ...]]) -> list[list[float]]:
    """The weights above zero of each side: a cluster with nothing at risk tells nothing about that side."""
    return [[tally.weight for tally in side if tally.weight > 0] for side in zip(*clusters, strict=True)]


def _columns(clusters: Iterable[tuple[Tally, ...]]) -> list[Sequence[float]]:
    """Totals and weights of each side, one after the other."""
    return [column for side in zip(*clusters, strict=True) for column in zip(*side, strict=True)]


def _unseen(clusters: Sequence[tuple[Tally, ...]], spans: Sequence[Span | None], low: bool) -> list[tuple[Tally, ...]]:
    """One more cluster, weighing what those that weigh anything do on average, at the metric's low or high end."""
    known = [span for span in spans if span is not None]
    if len(known) < len(spans):
        return []
    weights = [fsum(weights) / len(weights) for weights in _weights(clusters)]
    ends = [span[place if low else 1 - place] for place, span in enumerate(known)]
    return [tuple(Tally(end, weight) for end, weight in zip(ends, weights, strict=True))]


def _resample(clusters: Sequence[tuple[Tally, ...]], statistic: Statistic, otherwise: float) -> list[float]:
    """The statistic of every resample, in order; `otherwise` where there was nothing to divide by."""
    draws = _draws(len(clusters))
    values = map(statistic, *(_sums(column, draws) for column in _columns(clusters)))
    return sorted(otherwise if value is None else value for value in values)


def _sums(column: Sequence[float], draws: Draws) -> list[float]:
    """What the drawn places of a column add up to, each sum rounded once: `sum` of floats rounds differently from one
    Python to the next. Most columns hold few values, and then it is enough to count how often each was drawn."""
    values = set(column)
    if len(values) == 1:
        return [column[0] * len(column)] * RESAMPLES
    if len(values) > FEW:
        pick = list(column).__getitem__  # a tuple's takes twice as long
        return [fsum(map(pick, places)) for places in draws.places]
    return _sums_by_counting(column, draws, *sorted(values, key=column.count, reverse=True))


def _sums_by_counting(column: Sequence[float], draws: Draws, usual: float, *others: float) -> list[float]:
    """The same, with every place taken for the usual value, and the others for what sets them apart."""
    (base, *integers), parts = _as_integers((usual, *others))
    sums = [base * len(column)] * RESAMPLES
    for value, integer in zip(others, integers, strict=True):
        marked = bytes(entry == value for entry in column)
        for at, block in zip(range(0, len(column), BLOCK), draws.blocks, strict=True):
            counts = _count_marked(block, marked[at : at + BLOCK].ljust(BLOCK, b"\0"))
            sums = [before + (integer - base) * count for before, count in zip(sums, counts, strict=True)]
    return [total / parts for total in sums]


def _as_integers(values: Sequence[float]) -> tuple[list[int], int]:
    """Values as whole numbers of equal parts, and into how many parts one is cut: sums of these are exact."""
    ratios = [value.as_integer_ratio() for value in values]
    parts = max(under for _, under in ratios)  # powers of two, so that each divides the largest
    return [over * (parts // under) for over, under in ratios], parts


def _count_marked(block: Iterable[bytes], marks: bytes) -> Iterator[int]:
    """How many marked places (1, the others 0) each resample takes. The bits of a whole number are quickly counted."""
    return (int.from_bytes(places.translate(marks)).bit_count() for places in block)


class Draws(NamedTuple):
    """The clusters that each resample takes: by their places, and by their places within each block."""

    places: tuple[array[int], ...]
    blocks: tuple[tuple[bytes, ...], ...]


@lru_cache(maxsize=64)
def _draws(n: int) -> Draws:
    """Which clusters each resample takes: fixed by `n` alone, so that an estimate never changes between builds."""
    rng = Random(SEED)
    places = tuple(array("I", (int(rng.random() * n) for _ in range(n))) for _ in range(RESAMPLES))
    return Draws(places, tuple(tuple(_within(draw, at) for draw in places) for at in range(0, n, BLOCK)))


def _within(draw: Iterable[int], at: int) -> bytes:
    return bytes([place - at for place in draw if at <= place < at + BLOCK])
