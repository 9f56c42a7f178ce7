"""One source per model: which of several measurements of the same weights counts.

Greedy replies of one model on two machines are not independent draws, so they are never pooled. Of one experiment's
sources for the same weights, the one with the most items answered speaks; then the one with the most replies; then the
newest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, groupby
from operator import attrgetter

from ..schema import AnyRow, Row, Source


def speaking(rows: Iterable[AnyRow]) -> tuple[AnyRow, ...]:
    """The rows of one source for each (experiment, weights); order is kept."""
    rows = tuple(rows)
    groups: dict[tuple[str, str], dict[Source, list[AnyRow]]] = defaultdict(lambda: defaultdict(list))
    for (experiment, source), heard in groupby(rows, lambda row: (row.experiment, row.source)):
        groups[experiment, source.sha256][source].extend(heard)
    chosen = {(experiment, _loudest(heard)) for (experiment, _), heard in groups.items()}
    parts = groupby(rows, lambda row: (row.experiment, row.source))
    return tuple(chain.from_iterable(heard for who, heard in parts if who in chosen))


def _loudest(heard: Mapping[Source, Sequence[Row]]) -> Source:
    return max(heard, key=lambda source: _weight(source, heard[source]))


def _weight(source: Source, rows: Sequence[Row]) -> tuple[int, int, str, str, str]:
    return len({row.item for row in rows}), len(rows), max(row.at for row in rows), source.rig, source.setup


def by_source(rows: Iterable[AnyRow]) -> dict[Source, list[AnyRow]]:
    """Rows grouped by who answered, smallest weights first: the order that every page and chart uses."""
    groups: dict[Source, list[AnyRow]] = defaultdict(list)
    for source, heard in groupby(rows, attrgetter("source")):  # asks for a hash once where many rows follow one another
        groups[source].extend(heard)
    return dict(sorted(groups.items(), key=lambda pair: (pair[0].bytes, pair[0].name, pair[0].sha256, pair[0].rig)))
