"""How long the contract lasts: the share of replies still whole, by token position."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any

from runners.experiments import arm_label

from ..measurements.dedupe import by_source, one_source_per_model
from ..plotting.marks import facet_by_model
from ..schema import Chart, Table
from ..stats import survival
from ..stats.groups import span, split
from ..text.formatting import share

MARK = 200
"""The token position that the claim names."""


def table(rows: Sequence[Any], metrics: Mapping[str, Any]) -> Table:
    """The survival curve of each model and arm, a row for each token position where something happened.

    `broken` is the plain share of all replies that had broken by then: ended replies stay in its count.
    """
    return [
        {"model": source.name, "held": held, "arm": arm_label("json-fidelity", "held", held), **row}
        for source, heard in by_source(one_source_per_model(rows)).items()
        for (held,), group in split(heard, ("held",)).items()
        for row in _curve(_watched(group))
    ]


def _curve(watched: list[tuple[float, bool]]) -> Table:
    ends = sorted(time for time, broke in watched if broke)
    return [
        {**point._asdict(), "time": int(point.time), "broken": bisect_right(ends, point.time) / len(watched)}
        for point in survival(watched)
    ]


def _watched(rows: Sequence[Any]) -> list[tuple[float, bool]]:
    pairs = [(row.metrics["at_risk"], row.metrics["broken_at"]) for row in rows]
    return [(at_risk, not isnan(broken_at)) for at_risk, broken_at in pairs if not isnan(at_risk)]


def title(table: Table) -> str:
    """The finding: how many had broken by the mark, asked against constrained."""
    asked, grammar = (_at(table, held, "broken") for held in ("asked", "grammar"))
    if not asked:
        return "How long replies keep their schema"
    said = f"By token {MARK}, {asked} of replies asked for JSON had broken their schema"
    return f"{said}; constrained by the grammar, {grammar}" if grammar else said


def _at(table: Table, held: str, name: str, at: int = MARK) -> str:
    """One column at a token position, over the models; empty when no reply of the arm was watched."""
    last = {row["model"]: row[name] for row in table if row["held"] == held and row["time"] <= at}
    return span(last.values(), share) if last else ""


def alt(table: Table) -> str:
    """Each curve at a few positions."""
    lines = [
        f"{arm_label('json-fidelity', 'held', held)}: "
        + ", ".join(f"{_at(table, held, 'value', at)} at token {at}" for at in (0, 50, 100, MARK, 400))
        for held in dict.fromkeys(row["held"] for row in table)
    ]
    return f"Step curves of the estimated share of replies that keep their schema as they run on. {'. '.join(lines)}."


def digest(table: Table) -> Table:
    """The curves every fifty tokens, for a reader's table."""
    kept = []
    for model, held in dict.fromkeys((row["model"], row["held"]) for row in table):
        curve = [row for row in table if (row["model"], row["held"]) == (model, held)]
        for at in range(0, curve[-1]["time"] + 1, 50):
            before = [row for row in curve if row["time"] <= at][-1]
            watched = next(row["at_risk"] for row in curve if row["time"] >= at)
            kept.append({**before, "time": at, "at_risk": watched})
    return kept


def draw(table: Table) -> Any:
    """Steps with their bands, and a mark where the claim puts the break."""
    import altair as alt

    arms = list(dict.fromkeys(row["arm"] for row in table))
    scale = alt.Scale(domain=arms)  # one domain on every channel, or each channel would get a legend of its own
    base = alt.Chart().encode(
        x=alt.X("time:Q", title="Token position in the reply"),
        color=alt.Color("arm:N", scale=scale, legend=alt.Legend(symbolType="stroke", symbolSize=420)),
    )
    y = alt.Y("value:Q", title=None, axis=alt.Axis(format="%", tickCount=5), scale=alt.Scale(domain=[0, 1]))
    band = base.mark_area(interpolate="step-after", opacity=0.14).encode(y=alt.Y("low:Q", title=None), y2="high:Q")
    curve = base.mark_line(interpolate="step-after").encode(y=y, strokeDash=alt.StrokeDash("arm:N", scale=scale))
    told = [
        alt.Tooltip("arm:N", title="Decoder"),
        alt.Tooltip("time:Q", title="Token"),
        alt.Tooltip("value:Q", title="Still whole", format=".1%"),
        alt.Tooltip("low:Q", title="95% from", format=".1%"),
        alt.Tooltip("high:Q", title="95% to", format=".1%"),
        alt.Tooltip("at_risk:Q", title="Still watched"),
    ]
    touch = base.mark_point(opacity=0, size=120, aria=False).encode(y=y, tooltip=told)
    here = alt.Chart(alt.Data(values=[{"at": MARK, "name": f"token {MARK}"}])).encode(x=alt.X("at:Q"))
    mark = here.mark_rule(strokeDash=[2, 3], strokeWidth=1.5)
    name = here.mark_text(align="center", dy=-5, baseline="bottom").encode(y=alt.value(0), text="name:N")
    return facet_by_model([band, curve, mark, name, touch], table)


CHART = Chart(
    slug="json-survival",
    nav="JSON by token",
    experiment="json-fidelity",
    table=table,
    title=title,
    subtitle=(
        "Estimated share of replies that would still keep their schema if all ran on to a token (Kaplan-Meier; bands: "
        "95% intervals). A reply that ends or is cut off whole is watched no further."
    ),
    alt=alt,
    draw=draw,
    columns={
        "model": "Model",
        "arm": "Decoder",
        "time": "Token",
        "value": "Still whole",
        "low": "95% from",
        "high": "95% to",
        "at_risk": "Still watched",
        "broken": "Broken by then",
    },
    digest=digest,
    height=340,
)
