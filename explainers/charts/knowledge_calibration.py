"""How sure a model is of its choice among four answers, against how often that choice is right."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from math import fsum
from typing import Any

from .. import stats
from ..measurements.dedupe import by_source, speaking
from ..plotting.marks import faceted
from ..schema import Chart, Sample, Table
from ..stats.groups import plain
from ..text.formatting import share

EDGES = (0.4, 0.6, 0.8, 0.9)
CHOICE = Sample("right", {"asked": "choice"})


def table(rows: Sequence[Any], metrics: Mapping[str, Any]) -> Table:
    """Mean probability of what is chosen and the share that is right, for each model and bin of probability."""
    return [
        {"model": source.name, "bin": _called(place), "sure": _mean(group), **plain(known)}
        for source, heard in by_source(speaking(rows)).items()
        for place, group in _binned(heard)
        for known in [stats.level(group, CHOICE, metrics)]
        if known is not None
    ]


def _binned(rows: Sequence[Any]) -> list[tuple[int, list[Any]]]:
    groups: dict[int, list[Any]] = {}
    for row in rows:
        if CHOICE.picks(row.facts):
            groups.setdefault(bisect_left(EDGES, row.metrics["confidence"]), []).append(row)
    return sorted(groups.items())


def _called(place: int) -> str:
    low, high = ((0.25, *EDGES)[place], (*EDGES, 1.0)[place])
    return f"{share(low)} to {share(high)}"


def _mean(rows: Sequence[Any]) -> float:
    return fsum(row.metrics["confidence"] for row in rows) / len(rows)


def title(table: Table) -> str:
    """The finding: how often the surest choices are right."""
    surest = [row for row in table if row["sure"] > EDGES[-1]]
    if not surest:
        return "How often a choice is right, by how sure the model is of it"
    right = fsum(row["value"] * row["n"] for row in surest) / sum(row["n"] for row in surest)
    return f"Of choices with more than {share(EDGES[-1])} of the probability, {share(right)} are right"


def alt(table: Table) -> str:
    """Every point of the picture as a sentence."""
    said = [f"{row['model']}, {row['bin']}: {share(row['value'])} of {row['n']} right" for row in table]
    return f"Points of the share of choices that are right, by the probability on them. {'. '.join(said)}."


def draw(table: Table) -> Any:
    """A point with its interval for each bin, beside the line on which a model is as often right as it is sure."""
    import altair as alt

    base = alt.Chart().encode(
        x=alt.X(
            "sure:Q",
            title="Probability on the answer chosen",
            axis=alt.Axis(format="%", tickCount=4),
            scale=alt.Scale(domain=[0.2, 1]),
        ),
        color=alt.Color("model:N", legend=None),
    )
    y = alt.Y("value:Q", title=None, axis=alt.Axis(format="%", tickCount=5), scale=alt.Scale(domain=[0, 1]))
    told = [
        alt.Tooltip("bin:N", title="Sure"),
        alt.Tooltip("value:Q", title="Right", format=".1%"),
        alt.Tooltip("low:Q", title="95% from", format=".1%"),
        alt.Tooltip("high:Q", title="95% to", format=".1%"),
        alt.Tooltip("n:Q", title="Replies"),
    ]
    ends = alt.Chart(alt.Data(values=[{"from": 0.25, "to": 1.0}]))
    even = ends.mark_rule(strokeDash=[4, 4]).encode(x="from:Q", x2="to:Q", y="from:Q", y2="to:Q")
    interval = base.mark_rule(strokeWidth=2).encode(y=alt.Y("low:Q", title=None), y2="high:Q")
    point = base.mark_point(opacity=1).encode(y=y, tooltip=told)
    return faceted([even, interval, point], table)


CHART = Chart(
    slug="knowledge-calibration",
    nav="Sure and right",
    experiment="knowledge",
    table=table,
    title=title,
    subtitle="Share of choices among four answers that are right, by the probability on the one chosen. Dashed: as "
    "often right as sure. Bars: 95% intervals (cluster bootstrap or Wilson).",
    alt=alt,
    draw=draw,
    columns={
        "model": "Model",
        "bin": "Probability on the choice",
        "sure": "On average",
        "value": "Right",
        "low": "95% from",
        "high": "95% to",
        "n": "Replies",
    },
)
