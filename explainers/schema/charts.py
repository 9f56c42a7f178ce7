"""Chart: a table, how it is drawn, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runners.schema import Metric

Table = Sequence[Mapping[str, Any]]
"""What a chart draws and its data table shows: rows of plain values under the same names."""


@dataclass(frozen=True)
class Chart:
    """One picture: pure functions from measured rows to a table, and from the table to words and a drawing.

    `table(rows, metrics)` gives the rows that are drawn; `title(table)` states the finding; `subtitle` says what the
    axes show; `alt(table)` says the same to a reader who cannot see it; `draw(table)` gives an Altair chart without
    title, colours or size, which the theme adds. `columns` names what the reader's data table shows, in order, of the
    rows that `digest(table)` keeps; the CSV has them all. `also` names further experiments that it draws on. `nav` is
    its name in the navigation. `redraws` says whether a reader's browser can draw it again with other rows in its
    spec; a chart that draws something else than the rows of its table cannot.
    """

    slug: str
    nav: str
    experiment: str
    table: Callable[[Sequence[Any], Mapping[str, Metric]], Table]
    title: Callable[[Table], str]
    subtitle: str
    alt: Callable[[Table], str]
    draw: Callable[[Table], Any]
    columns: Mapping[str, str]
    digest: Callable[[Table], Table] = lambda table: table
    height: int = 300
    also: tuple[str, ...] = ()
    redraws: bool = True

    @property
    def experiments(self) -> tuple[str, ...]:
        """All experiments whose replies it draws."""
        return (self.experiment, *self.also)
