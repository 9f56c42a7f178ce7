"""What each model keeps, skill by skill, and the index that weighs all of them alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..analysis.skills import SKILLS, TESTED, skilled
from ..plotting.marks import lines_told
from ..schema import Chart, Table
from ..stats.groups import picked, plain, span
from ..text.formatting import share

INDEX = "all six"


def table(rows: Sequence[Any], metrics: Mapping[str, Any]) -> Table:
    """A row for each model and skill, and one for the model's index where it has one."""
    return [
        {"model": model.name, "skill": skill, **plain(known)}
        for model in skilled(rows, metrics)
        for skill, known in [*model.skills.items(), (INDEX, model.index)]
        if known is not None
    ]


def title(table: Table) -> str:
    """The finding: the skills that tell models apart most and least."""
    spread = {skill: max(found) - min(found) for skill in SKILLS if len(found := picked(table, skill=skill)) > 1}
    if len(spread) < 2:
        return "What models keep, skill by skill"
    most, least = max(spread, key=spread.__getitem__), min(spread, key=spread.__getitem__)
    said = [f"{span(picked(table, skill=skill), share)} right in {skill}" for skill in (most, least)]
    return f"Models lie furthest apart in {most} and least in {least}: {said[0]}, {said[1]}"


def alt(table: Table) -> str:
    """Every model as a sentence."""
    told = lines_told([{**row, "arm": row["model"]} for row in table], "skill", "{}")
    return f"Share of answers that are right, by skill. {told}."


def draw(table: Table) -> Any:
    """A point with its interval for each model, models side by side within a skill."""
    import altair as alt

    models = list(dict.fromkeys(row["model"] for row in table))
    scale = alt.Scale(domain=models)
    base = alt.Chart(alt.Data(values=list(table))).encode(
        x=alt.X("skill:N", sort=[*SKILLS, INDEX], title=None, axis=alt.Axis(labelAngle=0)),
        xOffset=alt.XOffset("model:N", sort=models, scale=alt.Scale(paddingOuter=0.5)),
        color=alt.Color("model:N", title=None, scale=scale, legend=alt.Legend(columns=1, labelLimit=300)),
    )
    y = alt.Y("value:Q", title=None, axis=alt.Axis(format="%", tickCount=5), scale=alt.Scale(domain=[0, 1]))
    told = [
        alt.Tooltip("model:N", title="Model"),
        alt.Tooltip("skill:N", title="Skill"),
        alt.Tooltip("value:Q", title="Right", format=".1%"),
        alt.Tooltip("low:Q", title="95% from", format=".1%"),
        alt.Tooltip("high:Q", title="95% to", format=".1%"),
        alt.Tooltip("n:Q", title="Replies"),
    ]
    interval = base.mark_rule(strokeWidth=2).encode(y=alt.Y("low:Q", title=None), y2="high:Q")
    point = base.mark_point(opacity=1, size=60).encode(y=y, shape=alt.Shape("model:N", scale=scale), tooltip=told)
    return alt.layer(interval, point)


CHART = Chart(
    slug="skill-profile",
    nav="Skill by skill",
    experiment=TESTED[0],
    also=TESTED[1:],
    table=table,
    title=title,
    subtitle="Share right in each of six skills, and their mean, the skill index. Bars: 95% intervals (Wilson, "
    "bootstrap; MOVER for the mean).",
    alt=alt,
    draw=draw,
    columns={
        "model": "Model",
        "skill": "Skill",
        "value": "Right",
        "low": "95% from",
        "high": "95% to",
        "n": "Replies",
    },
)
