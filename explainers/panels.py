"""Estimates by model and by whatever else splits the replies: the tables under charts and pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import Any

from . import estimate
from .schema import Estimate, Sample, Table
from .voices import by_source, speaking
from .words import ARMS, share


def split(rows: Iterable[Any], names: Sequence[str]) -> dict[tuple, list[Any]]:
    """Rows grouped by the values of some arms or tags, arms in their declared order. Rows without them are dropped."""
    groups: dict[tuple, list[Any]] = {}
    for row in rows:
        facts = row.facts
        if all(name in facts for name in names):
            groups.setdefault(tuple(facts[name] for name in names), []).append(row)
    return dict(sorted(groups.items(), key=lambda pair: list(map(order, names, pair[0]))))


def order(name: str, value: Any) -> tuple:
    """Where an arm or tag sorts: known arms as declared, then numbers, then words."""
    known = list(ARMS)
    if (name, value) in known:
        return 0, known.index((name, value)), ""
    return (1, value, "") if isinstance(value, int | float) else (2, 0, str(value))


def by(rows: Iterable[Any], sample: Sample, names: Sequence[str], metrics: Mapping[str, Any]) -> Table:
    """One row for each model and each combination of `names`: model, names, value, low, high, n."""
    return [
        {"model": source.name, **dict(zip(names, values, strict=True)), **plain(known)}
        for source, heard in by_source(speaking(rows)).items()
        for values, group in split(heard, names).items()
        for known in [estimate.level(group, sample, metrics)]
        if known is not None
    ]


def plain(known: Estimate) -> dict[str, Any]:
    """An estimate as plain values; an end that is not bounded is None."""
    low, high = (end if isfinite(end) else None for end in (known.low, known.high))
    return {"value": known.value, "low": low, "high": high, "n": known.n}


def written(table: Table, names: Iterable[str], write: Any) -> Table:
    """The rows as a reader's table has them: these numbers as text, an end that is not bounded still None."""
    names = tuple(names)
    return [{**row, **{name: write(row[name]) for name in names if row[name] is not None}} for row in table]


def picked(table: Table, **wanted: Any) -> list[float]:
    """The values of the rows that say all of this."""
    return [row["value"] for row in table if all(row[name] == value for name, value in wanted.items())]


def span(values: Iterable[float], write: Any) -> str:
    """One value as it is, several as their range: "3% to 12%"."""
    ends = sorted(values)
    first, last = write(ends[0]), write(ends[-1])
    return first if first == last else f"{first} to {last}"


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
