"""Questions about a story that are answered right, by the events it tells, one line for each way of asking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runners.experiments import arm_label

from ..plotting.marks import describe_arms, draw_arms
from ..schema import Chart, Sample, Table
from ..stats.groups import by, picked, span
from ..text.formatting import share


def table(rows: Sequence[Any], metrics: Mapping[str, Any]) -> Table:
    """Share of right answers for each model, way of asking and number of events."""
    shares = by(rows, Sample("right"), ("asked", "events"), metrics)
    return [{**row, "arm": arm_label("story-state", "asked", row["asked"])} for row in shares]


def title(table: Table) -> str:
    """The finding: the shortest stories against the longest, answered freely."""
    asked = [row for row in table if row["asked"] == "free"]
    if not asked:
        return "Questions about a story that are answered right, by the events it tells"
    ends = [min(row["events"] for row in asked), max(row["events"] for row in asked)]
    few, many = (span(picked(asked, events=end), share) for end in ends)
    return f"Of questions about a story, {few} are answered right after {ends[0]} events, {many} after {ends[1]}"


def alt(table: Table) -> str:
    """Every line of the picture as a sentence."""
    said = describe_arms(table, "events", "{} events")
    return f"Line chart of the share of questions about a story that are answered right. {said}."


def draw(table: Table) -> Any:
    """Lines and points with their intervals, ways of asking side by side within a length."""
    return draw_arms(table, "events", "Events of the story", "Asked", "Right")


CHART = Chart(
    slug="story-length",
    nav="Stories by length",
    experiment="story-state",
    table=table,
    title=title,
    subtitle="Share of questions answered right (a guess: 25%), by events told. Bars: 95% intervals (bootstrap over "
    "stories).",
    alt=alt,
    draw=draw,
    columns={
        "model": "Model",
        "arm": "Asked",
        "events": "Events",
        "value": "Right",
        "low": "95% from",
        "high": "95% to",
        "n": "Replies",
    },
)
