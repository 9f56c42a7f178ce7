"""What MoE twins and taught students gain, skill by skill, over the dense twin of equal active size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from runners.experiments.twin_skills import SKILLS

from .. import stats
from ..schema import Estimate, Ladder, Sample, Table
from ..stats.groups import plain, span, written
from .twins import against_dense, label

EXPERIMENT = "twin-skills"
COLUMNS = {
    "twin": "Twin",
    "skill": "Skill",
    "seed": "Seed",
    "value": "Gain in points",
    "low": "95% from",
    "high": "95% to",
    "n": "Replies",
}


def gain_table(rows: Sequence[Any], of: str) -> Table:
    """For each contender and skill a row a seed, and one for all seeds with the interval (seed "all"); shares."""
    return [
        {"twin": label(twin), "skill": words, "seed": seed, **plain(gain)}
        for twin, parts in against_dense(rows, of)
        for skill, words in SKILLS.items()
        for seed, part in parts
        if (gain := _gain(part, skill)) is not None
    ]


def _gain(rows: Sequence[Any], skill: str) -> Estimate | None:
    return stats.ladder(rows, Ladder(EXPERIMENT, Sample("correct", {"skill": skill}), "same-active"))


def gain_range(table: Table, skill: str) -> str:
    """The gains of all contenders in one skill, as a range in points; empty where there is none."""
    found = [row["value"] for row in table if row["skill"] == SKILLS[skill] and row["seed"] == "all"]
    return span(found, format_points) if found else ""


def format_points(value: float) -> str:
    """A difference of shares in whole points, with its sign: "+12", "−3", "0"."""
    text = f"{100 * value:+.0f}".replace("-", "−")
    return "0" if text[1:] == "0" else text


def alt_text(table: Table) -> str:
    """The chart in words: a sentence for each contender, with its gain in every skill."""
    lines = []
    for twin in dict.fromkeys(row["twin"] for row in table):
        own = [row for row in table if row["twin"] == twin and row["seed"] == "all"]
        lines.append(f"{twin}: " + ", ".join(f"{row['skill']} {format_points(row['value'])}" for row in own))
    return ". ".join(lines)


def digest(table: Table) -> Table:
    """The reader's rows: all seeds together, in points."""
    return written([row for row in table if row["seed"] == "all"], ("value", "low", "high"), format_points)


def draw(table: Table) -> Any:
    """A panel a contender: a point a seed, the mean over seeds as a tick and its interval as a bar."""
    import altair as alt

    axis = alt.Axis(format="+%", tickCount=5)
    skill = alt.Y("skill:N", title=None, sort=list(SKILLS.values()))
    tooltip = [
        alt.Tooltip("skill:N", title="Skill"),
        alt.Tooltip("seed:N", title="Seed"),
        alt.Tooltip("value:Q", title="Gain", format="+.1%"),
        alt.Tooltip("low:Q", title="95% from", format="+.1%"),
        alt.Tooltip("high:Q", title="95% to", format="+.1%"),
    ]
    base = alt.Chart().encode(y=skill, x=alt.X("value:Q", title="Gain in points", axis=axis))
    zero = alt.Chart().mark_rule(strokeDash=[3, 3], opacity=0.6).encode(x=alt.datum(0))
    whole = base.transform_filter("datum.seed == 'all'")
    bar = whole.mark_rule(strokeWidth=3, opacity=0.5, clip=True).encode(x=alt.X("low:Q", title=None), x2="high:Q")
    tick = whole.mark_tick(thickness=3, size=16).encode(tooltip=tooltip)
    dots = base.transform_filter("datum.seed != 'all'").mark_point(filled=True, size=30, opacity=0.7)
    layers = alt.layer(zero, bar, dots.encode(tooltip=tooltip), tick, data=alt.Data(values=list(table)))
    return layers.facet(
        alt.Facet("twin:N", sort=list(dict.fromkeys(row["twin"] for row in table)), title=None), columns=2
    )
