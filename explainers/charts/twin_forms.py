"""Forms written without a fault by parameters, a panel for each depth: dense and MoE twins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..analysis.twins import KINDS, kind, label, levels_by_seed
from ..plotting.twin_marks import describe_twins, layer_seeds
from ..schema import Chart, Table
from ..stats.groups import picked, plain, span
from ..text.formatting import share


def table(rows: Sequence[Any], metrics: Mapping[str, Any]) -> Table:
    """A row for each twin, seed and depth: the share of forms that are right in every field."""
    depths = {depth: depth for depth in sorted({row.facts["depth"] for row in rows})}
    return [
        {
            "twin": label(twin),
            "kind": kind(twin),
            "seed": twin["seed"],
            "depth": said,
            "parameters": twin["parameters"],
            **plain(known),
        }
        for twin, said, known in levels_by_seed(rows, metrics, "exact", "depth", depths)
    ]


def title(table: Table) -> str:
    """The finding: the deepest forms, dense against MoE."""
    if not table:
        return "Forms that twins write without a fault, by parameters"
    deepest = max(row["depth"] for row in table)
    ends = {one: picked(table, kind=one, depth=deepest) for one in KINDS}
    said = [f"{one} twins write {span(values, share)}" for one, values in ends.items() if values]
    return f"Of forms of depth {deepest}, {', '.join(said)} without a fault"


def alt(table: Table) -> str:
    """Every rung and depth as a sentence."""
    seeds = describe_twins(table, "depth", share, "depth ")
    return f"Share of forms without a fault by parameters, for each seed. {seeds}."


def draw(table: Table) -> Any:
    """Points for each seed with their intervals, and a line through the dense ones."""
    import altair as alt

    sizes = alt.Scale(type="log", nice=False, padding=12)
    axis = alt.Axis(format="~s", values=[100_000, 200_000, 400_000])
    y = alt.Y("value:Q", title=None, axis=alt.Axis(format="%", tickCount=5), scale=alt.Scale(domain=[0, 1]))
    base = alt.Chart().encode(x=alt.X("parameters:Q", title="Parameters in all", scale=sizes, axis=axis))
    told = [
        alt.Tooltip("twin:N", title="Twin"),
        alt.Tooltip("seed:O", title="Seed"),
        alt.Tooltip("depth:O", title="Depth"),
        alt.Tooltip("value:Q", title="Without a fault", format=".1%"),
        alt.Tooltip("n:Q", title="Forms"),
    ]
    layers = alt.layer(*layer_seeds(base, y, told), data=alt.Data(values=list(table)))
    return layers.facet(
        alt.Facet("depth:O", title=None, header=alt.Header(labelExpr="'depth ' + datum.value")), columns=3
    )


CHART = Chart(
    slug="twin-forms",
    nav="Forms by parameters",
    experiment="twin-json",
    table=table,
    title=title,
    subtitle="Share of forms right in structure and in every field, by parameters (logarithmic). "
    "A point for each seed; bars: 95% intervals (Wilson).",
    alt=alt,
    draw=draw,
    columns={
        "twin": "Twin",
        "seed": "Seed",
        "depth": "Depth",
        "value": "Without a fault",
        "low": "95% from",
        "high": "95% to",
        "n": "Forms",
    },
)
