"""Where in a text a model finds what it is asked for: right answers by fifth of the text, one line a length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..plotting.marks import arms_over, lines_told
from ..schema import Chart, Sample, Table
from ..stats.groups import by, picked, span
from ..text.formatting import PLACES, share


def table(rows: Sequence[Any], metrics: Mapping[str, Any]) -> Table:
    """Share of right answers for each model, length and fifth of the text in which the answer stands."""
    shares = by(rows, Sample("right"), ("length", "fifth"), metrics)
    return [{**row, "arm": f"{row['length']} tokens"} for row in shares]


def title(table: Table) -> str:
    """The finding: the fifths of the longest texts."""
    if not table:
        return "Right answers by where in the text they stand"
    longest = max(row["length"] for row in table)
    said = [f"{share_of(table, longest, place)} in the {PLACES[place - 1]} fifth" for place in (1, 3, 5)]
    return f"In texts of {longest} tokens found: {said[0]}, {said[1]}, {said[2]}"


def share_of(table: Table, length: int, fifth: int) -> str:
    """The share of one length and fifth, or the range where there are several models."""
    found = picked(table, length=length, fifth=fifth)
    return span(found, share) if found else "nothing asked"


def alt(table: Table) -> str:
    """Every line of the picture as a sentence."""
    said = lines_told(table, "fifth", "fifth {}")
    return f"Line chart of the share of right answers. {said}."


def draw(table: Table) -> Any:
    """Points with their intervals over the fifths of a text, lengths side by side."""
    return arms_over(table, "fifth", "Fifth of the text that holds the answer", "Text", "Right")


CHART = Chart(
    slug="context-places",
    nav="Text by place",
    experiment="context-gap",
    table=table,
    title=title,
    subtitle="Share of right answers about one needle, by the fifth of the text in which it stands. Bars: "
    "95% intervals over texts.",
    alt=alt,
    draw=draw,
    columns={
        "model": "Model",
        "arm": "Text",
        "fifth": "Fifth",
        "value": "Right",
        "low": "95% from",
        "high": "95% to",
        "n": "Replies",
    },
)
