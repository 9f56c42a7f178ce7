"""A map of a model's texts: right answers by length and by fifth, every field with its number and its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..plotting.marks import faceted, lines_told
from ..schema import Chart, Sample, Table
from ..stats.groups import by, span
from ..text.formatting import share


def table(rows: Sequence[Any], metrics: Mapping[str, Any]) -> Table:
    """Share of right answers for each model, length and fifth, with what is written into its field."""
    found = by(rows, Sample("right"), ("length", "fifth"), metrics)
    return [
        {**row, "arm": f"{row['length']} tokens", "said": share(row["value"]), "within": _within(row)} for row in found
    ]


def _within(row: Mapping[str, Any]) -> str:
    """The interval as it fits into a field: "40–81"; nothing where there is none."""
    ends = [row["low"], row["high"]]
    return "" if None in ends else "–".join(f"{100 * end:.0f}" for end in ends)


def title(table: Table) -> str:
    """The finding: the worst and the best field of all."""
    if not table:
        return "Right answers by length and place"
    ends = [pick(row["value"] for row in table) for pick in (min, max)]
    who = {row["model"] for row in table}
    name = who.pop() if len(who) == 1 else f"{len(who)} models"
    return f"By length of the text and place in it, {name} gave {span(ends, share)} right answers"


def alt(table: Table) -> str:
    """Every row of the map as a sentence, models together as a range."""
    told = lines_told(table, "fifth", "fifth {}")
    return f"Map of the share of right answers by length of the text and fifth that holds the answer. {told}."


def draw(table: Table) -> Any:
    """A field for each length and fifth, darker the more is found there; a panel a model."""
    import altair as alt

    base = alt.Chart().encode(
        x=alt.X("fifth:O", title="Fifth of the text that holds the answer", axis=alt.Axis(labelAngle=0)),
        y=alt.Y("length:O", title="Tokens of the text", sort="descending"),
    )
    told = [
        alt.Tooltip("length:O", title="Tokens"),
        alt.Tooltip("fifth:O", title="Fifth"),
        alt.Tooltip("value:Q", title="Right", format=".1%"),
        alt.Tooltip("low:Q", title="95% from", format=".1%"),
        alt.Tooltip("high:Q", title="95% to", format=".1%"),
        alt.Tooltip("n:Q", title="Replies"),
    ]
    # Never so dark that what is written on it cannot be read, on either ground.
    dark = alt.Opacity("value:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=[0.04, 0.45]))
    field = base.mark_rect().encode(opacity=dark, tooltip=told)
    said = base.mark_text(dy=-6).encode(text="said:N")
    small = base.mark_text(dy=9, fontSize=10).encode(text="within:N")
    return faceted([field, said, small], table)


CHART = Chart(
    slug="context-map",
    nav="Map of texts",
    experiment="context-gap",
    table=table,
    title=title,
    subtitle="Share of right answers about one needle, by length of the text and fifth that holds it. Small: 95% "
    "intervals over texts, in per cent.",
    alt=alt,
    draw=draw,
    columns={
        "model": "Model",
        "length": "Tokens",
        "fifth": "Fifth",
        "value": "Right",
        "low": "95% from",
        "high": "95% to",
        "n": "Replies",
    },
)
