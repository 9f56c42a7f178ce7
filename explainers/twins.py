"""Replies of controlled twins, sorted by rung and seed, and the picture of many rungs: what charts of ladders share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from . import estimate
from .estimate.ladder import KINDS as EVERY
from .estimate.ladder import kind
from .panels import picked, span
from .schema import Estimate, Sample

KINDS = ["dense", "MoE"]
"""What `kind` says in pictures of ladders, in the order of legends and panels. Students have a picture of their own."""


def seeds_of(rows: Iterable[Any]) -> list[tuple[Mapping[str, Any], list[Any]]]:
    """(facts of a twin, its rows) for each rung and seed: dense ones first, smallest first."""
    groups: dict[tuple, list[Any]] = {}
    for row in rows:
        if row.twin:
            groups.setdefault((row.twin["rung"], row.twin["seed"]), []).append(row)
    return sorted(((own[0].twin, own) for own in groups.values()), key=lambda pair: order(pair[0]))


def levels(
    rows: Iterable[Any], metrics: Mapping[str, Any], metric: str, name: str, ways: Mapping[Any, Any]
) -> Iterator[tuple[Mapping[str, Any], Any, Estimate]]:
    """(facts of a twin, way in words, level of a metric) for each rung, seed and value of the arm or tag `name` that
    was asked. `ways` has the values in order, each with its words."""
    for twin, heard in seeds_of(rows):
        for value, said in ways.items():
            known = estimate.level(heard, Sample(metric, {name: value}), metrics)
            if known is not None:
                yield twin, said, known


def against_dense(rows: Iterable[Any], of: str) -> Iterator[tuple[Mapping[str, Any], list[tuple[str, list[Any]]]]]:
    """For each rung of a kind, its facts and (seed, its rows and those of the dense rungs) for each seed, and for all
    seeds together (seed "all")."""
    twins = seeds_of(rows)
    dense = [row for twin, own in twins if kind(twin) == "dense" for row in own]
    rungs: dict[str, list[Any]] = {}
    for twin, own in twins:
        if kind(twin) == of:
            rungs.setdefault(twin["rung"], []).extend(own)
    for own in rungs.values():
        both = [*own, *dense]
        seeds = sorted({row.twin["seed"] for row in own})
        parts = [(str(seed), [row for row in both if row.twin["seed"] == seed]) for seed in seeds]
        yield own[0].twin, [*parts, ("all", both)]


def order(twin: Mapping[str, Any]) -> tuple:
    """Where a twin stands in tables and legends."""
    return EVERY.index(kind(twin)), twin["parameters"], twin["rung"], twin["seed"]


def label(twin: Mapping[str, Any]) -> str:
    """A rung as a reader names it: "dense f128", "MoE 16x32", "f64 taught by replies"."""
    if kind(twin) == "student":
        return f"{twin['rung'].partition('-')[0]} taught by {twin['learns']}"
    return f"{kind(twin)} {twin['rung']}"


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
