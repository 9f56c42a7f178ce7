"""Marks that charts of ladders share: rungs by size, shares in rows, values over steps, and these in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..analysis.twins import KINDS
from ..stats.groups import picked, span


def told_by(table: Sequence[Mapping[str, Any]], column: str, write: Any, before: str = "") -> str:
    """Each twin as a sentence: how far its seeds range for each value of a column."""
    lines = []
    for twin in dict.fromkeys(row["twin"] for row in table):
        ways = dict.fromkeys(row[column] for row in table if row["twin"] == twin)
        said = (f"{before}{way} {span(picked(table, twin=twin, **{column: way}), write)}" for way in ways)
        lines.append(f"{twin}: {', '.join(said)}")
    return ". ".join(lines)


def scattered(base: Any, y: Any, told: Sequence[Any]) -> list[Any]:
    """Layers over a `base` that has x: a line through the means of the dense rungs, the intervals, a point for each
    seed. `kind` is told by colour and by shape."""
    import altair as alt

    kinds = alt.Scale(domain=KINDS)
    base = base.encode(color=alt.Color("kind:N", title=None, scale=kinds))
    through = base.transform_filter("datum.kind == 'dense'").mark_line(opacity=0.5).encode(y="mean(value):Q")
    interval = base.mark_rule(strokeWidth=1, opacity=0.6).encode(y=alt.Y("low:Q", title=None), y2="high:Q")
    shape = alt.Shape("kind:N", scale=kinds)
    point = base.mark_point(opacity=1, filled=True).encode(y=y, shape=shape, tooltip=list(told))
    return [through, interval, point]


def rows_of_points(table: Sequence[Mapping[str, Any]], name: str, order: Sequence[str], x: str) -> Any:
    """Shares as points with their intervals, a row for each value of `name`, side by side for each `twin`."""
    import altair as alt

    twins = alt.Scale(domain=list(dict.fromkeys(row["twin"] for row in table)))
    told = [
        alt.Tooltip("twin:N", title="Twin"),
        alt.Tooltip("seed:O", title="Seed"),
        alt.Tooltip("value:Q", title="Share", format=".1%"),
        alt.Tooltip("low:Q", title="95% from", format=".1%"),
        alt.Tooltip("high:Q", title="95% to", format=".1%"),
    ]
    base = alt.Chart(alt.Data(values=list(table))).encode(
        y=alt.Y(f"{name}:N", title=None, sort=list(order)),
        yOffset=alt.YOffset("twin:N", scale=twins),
        color=alt.Color("twin:N", title=None, scale=twins),
    )
    bar = base.mark_rule(opacity=0.5).encode(x=alt.X("low:Q", title=None), x2="high:Q")
    axis = alt.Axis(format="%", tickCount=5)
    shape = alt.Shape("twin:N", scale=twins)
    point = base.mark_point(filled=True, opacity=1).encode(
        x=alt.X("value:Q", title=x, axis=axis), shape=shape, tooltip=told
    )
    return alt.layer(bar, point)


def banded(table: Sequence[Mapping[str, Any]], x: Any, told: Sequence[Any]) -> Any:
    """A panel for dense twins and one for mixtures: `value` over `x` as a line for each `twin`, and a band from the
    `lowest` seed to the `highest`."""
    import altair as alt

    scale = alt.Scale(domain=list(dict.fromkeys(row["twin"] for row in table)))
    free = alt.Scale(zero=False)
    legend = alt.Legend(symbolType="stroke", columns=3)
    base = alt.Chart().encode(x=x, color=alt.Color("twin:N", title=None, scale=scale, legend=legend))
    band = base.mark_area(opacity=0.2).encode(y=alt.Y("lowest:Q", title=None, scale=free), y2="highest:Q")
    dash = alt.StrokeDash("twin:N", scale=scale)
    line = base.mark_line(strokeWidth=1.5).encode(y=alt.Y("value:Q", title=None, scale=free), strokeDash=dash)
    dots = base.mark_point(size=60, opacity=0).encode(y=alt.Y("value:Q", title=None, scale=free), tooltip=list(told))
    layers = alt.layer(band, line, dots, data=alt.Data(values=list(table)))
    return layers.facet(alt.Facet("kind:N", sort=KINDS, title=None), columns=2)
