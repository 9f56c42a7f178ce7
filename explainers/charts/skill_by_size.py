"""What a model knows and what it can work out, by the bytes of its weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..analysis.skills import SKILLS, skilled
from ..plotting.marks import lines_told
from ..schema import Chart, Table
from ..stats.groups import picked, plain, span
from ..text.formatting import share, size

SHOWN = {"facts": "facts: places, closed book", "chains": "chains: dependent steps"}


def table(rows: Sequence[Any], metrics: Mapping[str, Any]) -> Table:
    """A row for each model and skill, the smallest model first."""
    return [
        {
            "model": model.name,
            "bytes": model.bytes,
            "file": size(model.bytes),
            "arm": said,
            **plain(model.skills[skill]),
        }
        for model in skilled(rows, metrics)
        for skill, said in SHOWN.items()
        if skill in model.skills
    ]


def title(table: Table) -> str:
    """The finding: both skills of the smallest and of the largest model."""
    sizes = sorted({row["bytes"] for row in table})
    if len(sizes) < 2:
        return "Facts and chains of steps, by the size of the weights"
    said = [
        f"{name} from {span(picked(table, bytes=sizes[0], arm=arm), share)} to "
        f"{span(picked(table, bytes=sizes[-1], arm=arm), share)}"
        for name, arm in SHOWN.items()
        if picked(table, bytes=sizes[0], arm=arm) and picked(table, bytes=sizes[-1], arm=arm)
    ]
    return f"From {size(sizes[0])} of weights to {size(sizes[-1])}, right answers go: {', '.join(said)}"


def alt(table: Table) -> str:
    """Both lines of the picture, a sentence each."""
    told = lines_told(table, "file", "{}")
    return f"Share of answers that are right, by bytes of the weights. {told}."


def draw(table: Table) -> Any:
    """A point for each model and skill with its interval; the points of a skill joined by a thin line."""
    import altair as alt

    scale = alt.Scale(domain=list(SHOWN.values()))
    axis = alt.Axis(format="~s", tickCount=6)
    wide = alt.Scale(type="log", nice=False, padding=40)
    base = alt.Chart(alt.Data(values=list(table))).encode(
        x=alt.X("bytes:Q", title="Bytes of the weights", scale=wide, axis=axis),
        color=alt.Color("arm:N", title=None, scale=scale),
    )
    y = alt.Y("value:Q", title=None, axis=alt.Axis(format="%", tickCount=5), scale=alt.Scale(domain=[0, 1]))
    told = [
        alt.Tooltip("model:N", title="Model"),
        alt.Tooltip("arm:N", title="Skill"),
        alt.Tooltip("value:Q", title="Right", format=".1%"),
        alt.Tooltip("low:Q", title="95% from", format=".1%"),
        alt.Tooltip("high:Q", title="95% to", format=".1%"),
        alt.Tooltip("n:Q", title="Replies"),
    ]
    line = base.mark_line(strokeWidth=1.5, opacity=0.5).encode(y=y, strokeDash=alt.StrokeDash("arm:N", scale=scale))
    interval = base.mark_rule(strokeWidth=2).encode(y=alt.Y("low:Q", title=None), y2="high:Q")
    point = base.mark_point(opacity=1, size=60).encode(y=y, shape=alt.Shape("arm:N", scale=scale), tooltip=told)
    return alt.layer(line, interval, point)


CHART = Chart(
    slug="skill-by-size",
    nav="Facts and chains by size",
    experiment=SKILLS["facts"].experiment,
    also=(SKILLS["chains"].experiment,),
    table=table,
    title=title,
    subtitle="Share right, by bytes of the weights (logarithmic). The models differ in age and makers as well. Bars: "
    "95% intervals (Wilson, bootstrap).",
    alt=alt,
    draw=draw,
    columns={
        "model": "Model",
        "file": "Weights",
        "arm": "Skill",
        "value": "Right",
        "low": "95% from",
        "high": "95% to",
        "n": "Replies",
    },
)
