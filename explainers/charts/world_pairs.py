"""Matched pairs of everyday scenes with both members right, by kind of scene, one line for each way of asking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runners.experiments import arm_label

from ..plotting.marks import describe_arms, draw_arms
from ..schema import Chart, Sample, Table
from ..stats.groups import by, picked, span
from ..text.formatting import share


def table(rows: Sequence[Any], metrics: Mapping[str, Any]) -> Table:
    """Share of pairs with both members right for each model, kind of scene and way of asking."""
    shares = by(rows, Sample("right", together="pair"), ("domain", "asked"), metrics)
    return [{**row, "arm": arm_label("world-model", "asked", row["asked"])} for row in shares]


def title(table: Table) -> str:
    """The finding: from the worst kind of scene to the best, when yes or no is chosen."""
    asked = picked(table, asked="choice")
    if not asked:
        return "Pairs of everyday scenes with both members right"
    return f"Both scenes of a pair right in {span(asked, share)} of pairs, by kind of scene; guessing gives a quarter"


def alt(table: Table) -> str:
    """Every line of the picture as a sentence."""
    said = describe_arms(table, "domain", "{}")
    return f"Chart of the share of pairs with both members right. {said}."


def draw(table: Table) -> Any:
    """Points with their intervals, ways of asking side by side within a kind of scene."""
    return draw_arms(table, "domain", "Kind of scene", "Asked", "Both right", joined=False)


CHART = Chart(
    slug="world-pairs",
    nav="Scenes in pairs",
    experiment="world-model",
    table=table,
    title=title,
    subtitle="Share of matched pairs with both members right, by kind of scene. Bars: 95% intervals over scenes.",
    alt=alt,
    draw=draw,
    columns={
        "model": "Model",
        "domain": "Scene",
        "arm": "Asked",
        "value": "Both right",
        "low": "95% from",
        "high": "95% to",
        "n": "Replies",
    },
)
