"""Replies of controlled twins, sorted by rung and seed, and the picture of many rungs: what charts of ladders share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def seeds_of(rows: Iterable[Any]) -> list[tuple[Mapping[str, Any], list[Any]]]:
    """(facts of a twin, its rows) for each rung and seed: dense ones first, smallest first."""
    groups: dict[tuple, list[Any]] = {}
    for row in rows:
        if row.twin:
            groups.setdefault((row.twin["rung"], row.twin["seed"]), []).append(row)
    return sorted(((own[0].twin, own) for own in groups.values()), key=lambda pair: order(pair[0]))


def order(twin: Mapping[str, Any]) -> tuple:
    """Where a twin stands in tables and legends."""
    return bool(twin["experts"]), twin["parameters"], twin["rung"], twin["seed"]


def kind(twin: Mapping[str, Any]) -> str:
    """Dense or MoE."""
    return "MoE" if twin["experts"] else "dense"


def label(twin: Mapping[str, Any]) -> str:
    """A rung as a reader names it: "dense f128", "MoE 16x32"."""
    return f"{kind(twin)} {twin['rung']}"


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
    return layers.facet(alt.Facet("kind:N", sort=["dense", "MoE"], title=None), columns=2)
