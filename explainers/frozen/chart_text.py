"""A chart in words: title, subtitle, source, description and table, as plain text that can be kept without its code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ..schema import Chart, Table
from ..text.formatting import cell
from ..text.json_text import indented_json


@dataclass(frozen=True)
class ChartText:
    """A drawn chart in words. `day` is that of the newest reply behind it (UTC, "2026-11-24"), empty where there is
    none; `heads` and `rows` are the table that a reader sees."""

    title: str
    subtitle: str
    alt: str
    source: str
    day: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def plain(self) -> dict[str, Any]:
        """The same as values of JSON."""
        return asdict(self)


def describe_chart(chart: Chart, table: Table, source: str, day: str) -> ChartText:
    """A chart with a table that is not empty."""
    return ChartText(
        title=chart.title(table),
        subtitle=chart.subtitle,
        alt=chart.alt(table),
        source=source,
        day=day,
        heads=tuple(chart.columns.values()),
        rows=tuple(tuple(cell(row.get(name)) for name in chart.columns) for row in chart.digest(table)),
    )


def parse_chart_text(plain: Mapping[str, Any]) -> ChartText:
    """What `plain` gave."""
    return ChartText(**{**plain, "heads": tuple(plain["heads"]), "rows": tuple(map(tuple, plain["rows"]))})


def chart_texts_json(version: str, charts: Mapping[str, ChartText]) -> bytes:
    """What a build says of all charts, for who freezes them."""
    texts = {"version": version, "charts": {slug: text.plain for slug, text in charts.items()}}
    return indented_json(texts)
