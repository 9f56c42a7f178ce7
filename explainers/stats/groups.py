"""Estimates by model and by whatever else splits the replies: the tables under charts and pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import Any

from .. import stats
from ..measurements.dedupe import by_source, one_source_per_model
from ..schema import Estimate, Sample, Table
from ..text.formatting import ARMS


def split(rows: Iterable[Any], names: Sequence[str]) -> dict[tuple, list[Any]]:
    """Rows grouped by the values of some arms or tags, arms in their declared order. Rows without them are dropped."""
    groups: dict[tuple, list[Any]] = {}
    for row in rows:
        facts = row.facts
        if all(name in facts for name in names):
            groups.setdefault(tuple(facts[name] for name in names), []).append(row)
    return dict(sorted(groups.items(), key=lambda pair: list(map(order, names, pair[0]))))


def order(name: str, value: Any) -> tuple:
    """Where an arm or tag sorts: known arms as declared, then numbers, then words."""
    known = list(ARMS)
    if (name, value) in known:
        return 0, known.index((name, value)), ""
    return (1, value, "") if isinstance(value, int | float) else (2, 0, str(value))


def by(rows: Iterable[Any], sample: Sample, names: Sequence[str], metrics: Mapping[str, Any]) -> Table:
    """One row for each model and each combination of `names`: model, names, value, low, high, n."""
    return [
        {"model": source.name, **dict(zip(names, values, strict=True)), **plain(known)}
        for source, heard in by_source(one_source_per_model(rows)).items()
        for values, group in split(heard, names).items()
        for known in [stats.level(group, sample, metrics)]
        if known is not None
    ]


def plain(known: Estimate) -> dict[str, Any]:
    """An estimate as plain values; an end that is not bounded is None."""
    low, high = (end if isfinite(end) else None for end in (known.low, known.high))
    return {"value": known.value, "low": low, "high": high, "n": known.n}


def written(table: Table, names: Iterable[str], write: Any) -> Table:
    """The rows as a reader's table has them: these numbers as text, an end that is not bounded still None."""
    names = tuple(names)
    return [{**row, **{name: write(row[name]) for name in names if row[name] is not None}} for row in table]


def picked(table: Table, **wanted: Any) -> list[float]:
    """The values of the rows that say all of this."""
    return [row["value"] for row in table if all(row[name] == value for name, value in wanted.items())]


def span(values: Iterable[float], write: Any) -> str:
    """One value as it is, several as their range: "3% to 12%"."""
    ends = sorted(values)
    first, last = write(ends[0]), write(ends[-1])
    return first if first == last else f"{first} to {last}"
