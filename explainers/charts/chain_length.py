"""Chains of steps that end right, by their length, one line for each way of asking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runners.experiments import arm_label

from ..plotting.marks import describe_arms, draw_arms
from ..schema import Chart, Sample, Table
from ..stats.groups import by, picked, span
from ..text.formatting import share


def table(rows: Sequence[Any], metrics: Mapping[str, Any]) -> Table:
    """Share of right answers for each model, way of asking and number of steps."""
    shares = by(rows, Sample("final_right"), ("asked", "steps"), metrics)
    return [{**row, "arm": arm_label("reasoning-chain", "asked", row["asked"])} for row in shares]


def title(table: Table) -> str:
    """The finding: short chains against long ones, step by step."""
    asked = [row for row in table if row["asked"] == "steps"]
    if not asked:
        return "Chains of steps that end right, by their length"
    ends = [min(row["steps"] for row in asked), max(row["steps"] for row in asked)]
    said = [span(picked(asked, steps=end), share) for end in ends]
    return f"Step by step, {said[0]} of chains of {ends[0]} end right, {said[1]} of chains of {ends[1]}"


def alt(table: Table) -> str:
    """Every line of the picture as a sentence."""
    said = describe_arms(table, "steps", "{} steps")
    return f"Line chart of the share of chains that end right. {said}."


def draw(table: Table) -> Any:
    """Lines and points with their intervals, ways of asking side by side within a length."""
    return draw_arms(table, "steps", "Steps of the chain", "Asked", "Right")


CHART = Chart(
    slug="chain-length",
    nav="Chains by length",
    experiment="reasoning-chain",
    table=table,
    title=title,
    subtitle="Share of chains whose answer is right, by number of dependent steps. Bars: 95% intervals (Wilson).",
    alt=alt,
    draw=draw,
    columns={
        "model": "Model",
        "arm": "Asked",
        "steps": "Steps",
        "value": "Right",
        "low": "95% from",
        "high": "95% to",
        "n": "Replies",
    },
)
