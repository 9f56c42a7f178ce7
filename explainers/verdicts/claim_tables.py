"""Tables that stand on a claim's page: the numbers beside its verdict, every arm, what failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from runners.schema import Kind, Metric

from ..measurements.dedupe import by_source
from ..schema import Claim, Estimate, Level, Row, Sample, Source, Test
from ..stats.groups import split
from ..text.formatting import MISSING, arm_named, count, full, listed, short_unit, size
from .judge import contenders, estimate


@dataclass(frozen=True)
class LabelledNumber:
    """A number as a page shows it: what it is called, whose it is, and the estimate; None where nothing counts.

    `arm` is the way of asking in words, where it is about one.
    """

    label: str
    source: Source
    test: Test
    estimate: Estimate | None
    arm: str = ""

    @property
    def said(self) -> str:
        """Number and interval in words."""
        return full(self.estimate, self.test)


def beside(claim: Claim, rows: Sequence[Row], metrics: Mapping[str, Metric]) -> list[LabelledNumber]:
    """The numbers that a claim wants read next to its verdict, model by model."""
    return [
        LabelledNumber(number.label, source, number.test, estimate(number.test, own, metrics))
        for number in claim.beside
        for source, own in contenders(number.test, rows)
    ]


@dataclass(frozen=True)
class ArmNumbers:
    """One way of asking one model: how many `replies` it got, and a number for each telling metric."""

    source: Source
    arm: str
    replies: int
    cells: tuple[LabelledNumber, ...]


def by_arm(rows: Sequence[Row], axes: Sequence[str], metrics: Mapping[str, Metric]) -> list[ArmNumbers]:
    """Every model by every way of asking, by every metric that tells something: a line each."""
    telling = [metric for metric in metrics.values() if metric.kind in (Kind.SHARE, Kind.BITS, Kind.RATE)]
    return [
        _line(source, arm_named(rows[0].experiment, dict(zip(axes, arm, strict=True))), group, telling, metrics)
        for source, own in by_source(rows).items()
        for arm, group in split(own, axes).items()
    ]


def _line(
    source: Source, arm: str, rows: Sequence[Row], telling: Sequence[Metric], metrics: Mapping[str, Metric]
) -> ArmNumbers:
    tests = {metric.name: Level(rows[0].experiment, Sample(metric.name), short_unit(metric.kind)) for metric in telling}
    cells = (LabelledNumber(name, source, test, estimate(test, rows, metrics), arm) for name, test in tests.items())
    return ArmNumbers(source, arm, len(rows), tuple(cells))


def describe_sources(rows: Sequence[Row], sources: Iterable[Source]) -> str:
    """How many replies, of which models, on which machines. `sources` are those that the rows come from."""
    sources = list(sources)
    who = listed(list(dict.fromkeys(f"{source.name} ({size(source.bytes)})" for source in sources)), "and")
    rigs = listed(list(dict.fromkeys(source.rig for source in sources)), "and")
    if rows[0].twin:
        seeds = {row.twin["seed"] for row in rows}
        who = f"{count(len(sources), 'twin')}, {count(len(seeds), 'seed')}"
    return f"{count(len(rows), 'reply')} · {who} · rig {rigs}"


def count_reasons(failed: Iterable[Row]) -> dict[tuple[str, str], int]:
    """(model, first line of the reason) -> how many cells failed so."""
    return dict(Counter((row.source.name, _first_line(row.error)) for row in failed).most_common())


def _first_line(reason: str) -> str:
    """A reason may come from another machine, and may say nothing at all."""
    return next((said.strip() for said in reason.splitlines() if said.strip()), MISSING)[:200]
