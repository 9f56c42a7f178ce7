"""Marks that many charts share: small multiples, shares over a few numbers or kinds, and both in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..schema import Table
from ..stats.groups import picked, span
from ..text.formatting import share


def lines_told(table: Table, name: str, said: str) -> str:
    """A picture of `arms_over` in words, a sentence an arm. `said` words a place on its axis, as in "{} steps"."""
    lines = []
    for arm in dict.fromkeys(row["arm"] for row in table):
        places = list(dict.fromkeys(row[name] for row in table if row["arm"] == arm))
        if not any(isinstance(place, str) for place in places):
            places.sort()
        points = (f"{said.format(one)} {span(picked(table, arm=arm, **{name: one}), share)}" for one in places)
        lines.append(f"{arm.partition(':')[0]}: {', '.join(points)}")
    return ". ".join(lines)


def faceted(layers: Sequence[Any], table: Table) -> Any:
    """Layers over one table: a single picture for one model, small multiples for more."""
    import altair as alt

    models = list(dict.fromkeys(row["model"] for row in table))
    picture = alt.layer(*layers, data=alt.Data(values=list(table)))
    if len(models) < 2:
        return picture
    panels = picture.facet(alt.Facet("model:N", sort=models, title=None), columns=2)
    return panels.resolve_axis(x="independent")


def arms_over(table: Table, name: str, x: str, arm: str, share: str, joined: bool = True) -> Any:
    """Shares over a few numbers or kinds: points with their intervals for each `arm`, side by side so that none hides
    another, `joined` by lines where they have an order; a panel a model. `arm` and `share` say what these are to a
    reader who points at one."""
    import altair as alt

    arms = list(dict.fromkeys(row["arm"] for row in table))
    scale = alt.Scale(domain=arms)  # one domain on every channel, or each channel would get a legend of its own
    base = alt.Chart().encode(
        x=alt.X(f"{name}:O", title=x, axis=alt.Axis(labelAngle=0)),
        xOffset=alt.XOffset("arm:N", sort=arms, scale=alt.Scale(paddingOuter=0.5)),
        color=alt.Color("arm:N", scale=scale, legend=alt.Legend(symbolStrokeWidth=0)),
    )
    y = alt.Y("value:Q", title=None, axis=alt.Axis(format="%", tickCount=5), scale=alt.Scale(domain=[0, 1]))
    told = [
        alt.Tooltip("arm:N", title=arm),
        alt.Tooltip(f"{name}:O", title=name.capitalize()),
        alt.Tooltip("value:Q", title=share, format=".1%"),
        alt.Tooltip("low:Q", title="95% from", format=".1%"),
        alt.Tooltip("high:Q", title="95% to", format=".1%"),
        alt.Tooltip("n:Q", title="Replies"),
    ]
    dashed, shaped = alt.StrokeDash("arm:N", scale=scale), alt.Shape("arm:N", scale=scale)
    line = base.mark_line(strokeWidth=1.5, opacity=0.55).encode(y=y, strokeDash=dashed)
    interval = base.mark_rule(strokeWidth=2).encode(y=alt.Y("low:Q", title=None), y2="high:Q")
    point = base.mark_point(opacity=1).encode(y=y, shape=shaped, tooltip=told)
    return faceted([line, interval, point] if joined else [interval, point], table)
