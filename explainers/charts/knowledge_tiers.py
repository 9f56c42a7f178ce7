"""Facts that are right, from the best known places to the least known, one line for each way of asking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runners.experiments import arm_label

from ..plotting.marks import describe_arms, draw_arms
from ..schema import Chart, Sample, Table
from ..stats.groups import by, picked, span
from ..text.formatting import share


def table(rows: Sequence[Any], metrics: Mapping[str, Any]) -> Table:
    """Share of right answers for each model, way of asking and tier."""
    shares = by(rows, Sample("right"), ("asked", "tier"), metrics)
    return [{**row, "arm": arm_label("knowledge", "asked", row["asked"])} for row in shares]


def title(table: Table) -> str:
    """The finding: the best known places against the least known, without and with the text."""
    closed = [row for row in table if row["asked"] == "closed"]
    if not closed:
        return "Facts that are right, by how well known the place is"
    ends = [min(row["tier"] for row in closed), max(row["tier"] for row in closed)]
    known = [span(picked(closed, tier=end), share) for end in ends]
    said = f"Closed book, {known[0]} of facts about the best known places are right, {known[1]} about the least known"
    read = picked(table, asked="open", tier=ends[1])
    return f"{said}; with the fact before it, {span(read, share)}" if read else said


def alt(table: Table) -> str:
    """Every line of the picture as a sentence."""
    said = describe_arms(table, "tier", "tier {}")
    return f"Line chart of the share of facts that are right. {said}."


def draw(table: Table) -> Any:
    """Lines and points with their intervals, ways of asking side by side within a tier."""
    return draw_arms(table, "tier", "Tier, 1 the best known", "Asked", "Right")


CHART = Chart(
    slug="knowledge-tiers",
    nav="Facts by tier",
    experiment="knowledge",
    table=table,
    title=title,
    subtitle="Share of facts that are right, by tier of popularity. Bars: 95% intervals (cluster bootstrap or Wilson).",
    alt=alt,
    draw=draw,
    columns={
        "model": "Model",
        "arm": "Asked",
        "tier": "Tier",
        "value": "Right",
        "low": "95% from",
        "high": "95% to",
        "n": "Replies",
    },
)
