"""One machine's replies beside those of the others: paired where the same items were answered, never pooled.

Every comparison is of two machines. Values that do not depend on the machine are subtracted, item by item, where both
sides have the same weights (or where the user asks for another model). A speed belongs to its machine: it is shown
beside the other one with both machines named, and there is no way here to subtract, merge or average two of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import isnan
from typing import Any

from runners.schema import Experiment, Kind, Metric

from .. import claims, stats
from ..measurements.dedupe import by_source, speaking
from ..measurements.score import Row
from ..schema import Estimate, Sample, Source, Test, Trend
from ..stats.bootstrap import mean
from ..stats.groups import split
from ..verdicts.judge import samples

SIDE = "~side"


class MergedSpeed(ValueError):
    """Speeds of two machines were about to become one number."""


@dataclass(frozen=True)
class Value:
    """A sample's mean on one machine, over `n` replies; None when nothing was counted."""

    rig: str
    value: float | None
    n: int


@dataclass(frozen=True)
class Compared:
    """One number of one model and arm on two machines. `theirs` is None where no other machine answered for it.

    `matched` counts the questions that both sides answered, of all that either did. `difference` is mine minus theirs
    on those; None where there are none, and always for a speed. Raises `MergedSpeed` for a speed with a difference.
    """

    experiment: str
    model: str
    other: str
    arm: Mapping[str, Any]
    sample: Sample
    unit: str
    kind: Kind
    speed: bool
    same_weights: bool
    mine: Value
    theirs: Value | None
    matched: int
    answered: int
    difference: Estimate | None

    def __post_init__(self) -> None:
        if self.speed and self.difference is not None:
            raise MergedSpeed("a speed of one machine is not subtracted from another's")


@dataclass(frozen=True)
class _Answer:
    """A reply as the bootstrap reads it: which side it is on, and which question it answers."""

    facts: Mapping[str, Any]
    metrics: Mapping[str, float]
    item: tuple
    cluster: str


def is_speed(metric: Metric) -> bool:
    """Whether a metric tells of the machine: a rate by time, or a time."""
    return metric.kind in (Kind.RATE, Kind.SECONDS)


def compare(
    rows: Iterable[Row], experiments: Mapping[str, Experiment], mine: str, others: Iterable[str], against: str = ""
) -> list[Compared]:
    """The replies of the rig `mine` beside those of each of `others`; one entry for each model, arm and number.

    `rows` were measured, so they answer today's version of each experiment. With `against` (a model's slug) every
    model of mine is also set beside that one of theirs, whatever its weights.
    """
    rows, others = list(rows), [rig for rig in others if rig != mine]
    return [
        entry
        for slug, experiment in experiments.items()
        for there in [[one for rig in others for one in _models(rows, slug, rig)]]
        for own in _models(rows, slug, mine)
        for theirs in _counterparts(own, there, against)
        for entry in _entries(experiment, own, theirs)
    ]


def each_once(rows: Iterable[Row], experiments: Mapping[str, Experiment]) -> list[Compared]:
    """Every two rigs beside each other, once: the one with fewer replies is "mine"."""
    rows = list(rows)
    many = rigs(rows)
    return [
        entry
        for place, mine in enumerate(many)
        if place  # the first has nobody before it to be compared with
        for entry in compare(rows, experiments, mine, many[:place])
        if entry.theirs is not None
    ]


def rigs(rows: Iterable[Row]) -> list[str]:
    """Every rig, the one with the most replies first."""
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.source.rig] = counts.get(row.source.rig, 0) + 1
    return sorted(counts, key=lambda rig: (-counts[rig], rig))


def measures(experiment: Experiment) -> list[Sample]:
    """The numbers by which claims decide on an experiment, or all its shares where none does; then its speeds."""
    known = {metric.name: metric for metric in experiment.metrics}
    asked = [sample for slug, sample in _decisive() if slug == experiment.slug]
    deciding = [sample for sample in asked if {sample.metric, sample.per or sample.metric} <= known.keys()]
    shares = [Sample(metric.name) for metric in experiment.metrics if metric.kind is Kind.SHARE]
    speeds = [Sample(metric.name) for metric in experiment.metrics if is_speed(metric)]
    return _distinct([*(deciding or shares), *speeds])


@cache
def _decisive() -> tuple[tuple[str, Sample], ...]:
    """(experiment, sample) of all that claims decide by; which arms and tags they look at makes no other number."""
    tests = [test for claim in claims.find().values() for test in (claim.test, *claim.also)]
    pairs = [pair for test in tests for pair in zip(_asked(test), samples(test), strict=False)]
    return tuple((slug, replace(sample, where={})) for slug, sample in pairs)


def _asked(test: Test) -> tuple[str, str]:
    """The experiment of each of a test's samples."""
    return test.experiment, (isinstance(test, Trend) and test.other_experiment) or test.experiment


def _distinct(wanted: Sequence[Sample]) -> list[Sample]:
    return [sample for place, sample in enumerate(wanted) if sample not in wanted[:place]]


_Model = tuple[Source, list[Row]]


def _models(rows: Iterable[Row], experiment: str, rig: str) -> list[_Model]:
    """What one rig has to say, one voice a model."""
    own = [row for row in rows if row.experiment == experiment and row.source.rig == rig]
    return list(by_source(speaking(own)).items())


def _weights(rows: Iterable[Row]) -> set[str]:
    return {str(row.run.get("model", {}).get("sha256") or "") for row in rows} - {""}


def _counterparts(own: _Model, others: Sequence[_Model], against: str) -> list[_Model | None]:
    weights = _weights(own[1])
    found = [one for one in others if weights & _weights(one[1]) or one[0].model == against]
    return [*found] or [None]


def _entries(experiment: Experiment, own: _Model, theirs: _Model | None) -> Iterator[Compared]:
    axes = [*experiment.loads, *experiment.varies]
    there = split(theirs[1], axes) if theirs else {}
    for arm, rows in split(own[1], axes).items():
        for sample in measures(experiment):
            entry = _entry(experiment, dict(zip(axes, arm, strict=True)), sample, (own[0], rows),
                           (theirs[0], there.get(arm, [])) if theirs else None)  # fmt: skip
            if entry.mine.value is not None or (entry.theirs and entry.theirs.value is not None):
                yield entry


def _entry(
    experiment: Experiment, arm: Mapping[str, Any], sample: Sample, own: _Model, theirs: _Model | None
) -> Compared:
    metrics = {metric.name: metric for metric in experiment.metrics}
    speed = any(is_speed(metrics[name]) for name in (sample.metric, sample.per) if name)
    rows, others = own[1], theirs[1] if theirs else []
    same = bool(_weights(rows) & _weights(others))
    keys, other_keys = {_key(row, same) for row in rows}, {_key(row, same) for row in others}
    return Compared(
        experiment=experiment.slug,
        model=own[0].name,
        other=theirs[0].name if theirs else "",
        arm=arm,
        sample=sample,
        unit=metrics[sample.metric].unit,
        kind=metrics[sample.metric].kind,
        speed=speed,
        same_weights=same,
        mine=_value(own, sample),
        theirs=_value(theirs, sample) if theirs else None,
        matched=len(keys & other_keys),
        answered=len(keys | other_keys),
        difference=None if speed else difference(rows, others, sample, metrics, same),
    )


def _value(model: _Model, sample: Sample) -> Value:
    """Of one machine: rows of two never meet here. Raises `MergedSpeed`."""
    source, rows = model
    if any(row.source.rig != source.rig for row in rows):
        raise MergedSpeed(f"replies of another machine among those of {source.rig}")
    counted = sum(not isnan(row.metrics[sample.metric]) for row in rows)
    return Value(source.rig, mean(rows, sample), counted)


def difference(
    mine: Sequence[Row], theirs: Sequence[Row], sample: Sample, metrics: Mapping[str, Metric], same_weights: bool = True
) -> Estimate | None:
    """Mine minus theirs on the questions that both answered, in one arm; None where there are none.

    With the same weights an answer is paired with that of the very same file, which for twins means the same seed.
    Raises `MergedSpeed` for a metric of speed.
    """
    if any(is_speed(metrics[name]) for name in (sample.metric, sample.per) if name):
        raise MergedSpeed(f"{sample.metric} is a speed, and is not subtracted across machines")
    both = {_key(row, same_weights) for row in mine} & {_key(row, same_weights) for row in theirs}
    answers = [
        _Answer({**row.tags, SIDE: side}, row.metrics, _key(row, same_weights), row.cluster)
        for side, rows in (("mine", mine), ("theirs", theirs))
        for row in rows
        if _key(row, same_weights) in both
    ]
    mine_side, their_side = (replace(sample, where={SIDE: side}) for side in ("mine", "theirs"))
    return stats.contrast(answers, mine_side, their_side, metrics)


def _key(row: Row, same_weights: bool) -> tuple:
    """Which question of which weights a reply answers. Measured rows are of today's items, so a name will do."""
    return str(row.run.get("model", {}).get("sha256")) if same_weights else "", row.item, row.seed
