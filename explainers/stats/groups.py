"""Estimates by model and by whatever else splits the replies: the tables under charts and pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isfinite
from typing import Any

from runners.experiments import named
from runners.schema import Metric

from .. import stats
from ..measurements.dedupe import by_source, speaking
from ..schema import AnyRow, Estimate, Row, Sample, Table


def split(rows: Iterable[AnyRow], names: Sequence[str]) -> dict[tuple[Any, ...], list[AnyRow]]:
    """Rows grouped by the values of some arms or tags, arms in their declared order. Rows without them are dropped."""
    groups: dict[tuple[Any, ...], list[AnyRow]] = {}
    for row in rows:
        facts = row.facts
        if all(name in facts for name in names):
            groups.setdefault(tuple(facts[name] for name in names), []).append(row)
    experiment = next((group[0].experiment for group in groups.values()), "")
    return dict(sorted(groups.items(), key=lambda pair: _place(experiment, names, pair[0])))


def _place(experiment: str, names: Sequence[str], values: Sequence[Any]) -> list[tuple[int, float, str]]:
    return [order(experiment, name, value) for name, value in zip(names, values, strict=True)]


def order(experiment: str, name: str, value: Any) -> tuple[int, float, str]:
    """Where an arm or tag of an experiment sorts: those that it labels as it does, then numbers, then words."""
    asked = named(experiment)
    labelled = list(asked.labels.get(name, ())) if asked else []
    if value in labelled:
        return 0, labelled.index(value), ""
    return (1, value, "") if isinstance(value, int | float) else (2, 0, str(value))


def by(rows: Iterable[Row], sample: Sample, names: Sequence[str], metrics: Mapping[str, Metric]) -> Table:
    """One row for each model and each combination of `names`: model, names, value, low, high, n."""
    return [
        {"model": source.name, **dict(zip(names, values, strict=True)), **plain(known)}
        for source, heard in by_source(speaking(rows)).items()
        for values, group in split(heard, names).items()
        for known in [stats.level(group, sample, metrics)]
        if known is not None
    ]


def plain(known: Estimate) -> dict[str, Any]:
    """An estimate as plain values; an end that is not bounded is None."""
    low, high = (end if isfinite(end) else None for end in (known.low, known.high))
    return {"value": known.value, "low": low, "high": high, "n": known.n}


def written(table: Table, names: Iterable[str], write: Callable[[Any], str]) -> Table:
    """The rows as a reader's table has them: these numbers as text, an end that is not bounded still None."""
    names = tuple(names)
    return [{**row, **{name: write(row[name]) for name in names if row[name] is not None}} for row in table]


def picked(table: Table, **wanted: Any) -> list[float]:
    """The values of the rows that say all of this."""
    return [row["value"] for row in table if all(row[name] == value for name, value in wanted.items())]


def span(values: Iterable[float], write: Callable[[float], str]) -> str:
    """One value as it is, several as their range: "3% to 12%"."""
    ends = sorted(values)
    first, last = write(ends[0]), write(ends[-1])
    return first if first == last else f"{first} to {last}"
