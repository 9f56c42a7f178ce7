"""Facts and puzzles by parameters, a panel for each skill: dense and MoE twins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runners.experiments.twin_skills import SKILLS

from ..analysis.twins import KINDS, kind, label, levels_by_seed
from ..plotting.twin_marks import describe_twins, layer_seeds
from ..schema import Chart, Table
from ..stats.groups import picked, plain, span
from ..text.formatting import share


def table(rows: Sequence[Any], metrics: Mapping[str, Any]) -> Table:
    """A row for each twin, seed and skill: the share of questions answered right. Students are left out."""
    return [
        {
            "twin": label(twin),
            "kind": kind(twin),
            "seed": twin["seed"],
            "skill": said,
            "parameters": twin["parameters"],
            **plain(known),
        }
        for twin, said, known in levels_by_seed(rows, metrics, "correct", "skill", SKILLS)
        if kind(twin) in KINDS
    ]


def title(table: Table) -> str:
    """The finding: how far each skill ranges over the dense rungs."""
    dense = [row for row in table if row["kind"] == "dense"]
    if not dense:
        return "Facts and puzzles that twins answer right, by parameters"
    said = [f"{span(picked(dense, skill=SKILLS[one]), share)} of {one}" for one in ("fact", "story")]
    return f"Dense twins answer {said[0]} questions right, and {said[1]} questions"


def alt(table: Table) -> str:
    """Every rung and skill as a sentence."""
    return f"Share of questions answered right by parameters, for each seed. {describe_twins(table, 'skill', share)}."


def draw(table: Table) -> Any:
    """Points for each seed with their intervals, and a line through the dense ones."""
    import altair as alt

    sizes = alt.Scale(type="log", nice=False, padding=12)
    axis = alt.Axis(format="~s", values=[100_000, 150_000, 200_000])
    y = alt.Y("value:Q", title=None, axis=alt.Axis(format="%", tickCount=5), scale=alt.Scale(domain=[0, 1]))
    base = alt.Chart().encode(x=alt.X("parameters:Q", title="Parameters in all", scale=sizes, axis=axis))
    told = [
        alt.Tooltip("twin:N", title="Twin"),
        alt.Tooltip("seed:O", title="Seed"),
        alt.Tooltip("skill:N", title="Skill"),
        alt.Tooltip("value:Q", title="Right", format=".1%"),
        alt.Tooltip("n:Q", title="Questions"),
    ]
    layers = alt.layer(*layer_seeds(base, y, told), data=alt.Data(values=list(table)))
    return layers.facet(alt.Facet("skill:N", sort=list(SKILLS.values()), title=None), columns=3)


CHART = Chart(
    slug="twin-skills",
    nav="Facts and puzzles",
    experiment="twin-skills",
    table=table,
    title=title,
    subtitle="Share of questions answered right, by parameters (logarithmic). A point for each seed; "
    "bars: 95% intervals.",
    alt=alt,
    draw=draw,
    height=170,
    columns={
        "twin": "Twin",
        "seed": "Seed",
        "skill": "Skill",
        "value": "Right",
        "low": "95% from",
        "high": "95% to",
        "n": "Questions",
    },
)
