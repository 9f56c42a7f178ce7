"""Right answers by length of the text, one line for each kind of question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runners.experiments import arm_label

from ..plotting.marks import describe_arms, draw_arms
from ..schema import Chart, Sample, Table
from ..stats.groups import by, picked, span
from ..text.formatting import share


def table(rows: Sequence[Any], metrics: Mapping[str, Any]) -> Table:
    """Share of right answers for each model, kind of question and length."""
    shares = by(rows, Sample("right"), ("kind", "length"), metrics)
    return [{**row, "arm": arm_label("context-gap", "kind", row["kind"])} for row in shares]


def title(table: Table) -> str:
    """The finding: a needle asked for in its own words, in the shortest and the longest texts."""
    asked = [row for row in table if row["kind"] == "literal"]
    if not asked:
        return "Right answers by length of the text"
    ends = [min(row["length"] for row in asked), max(row["length"] for row in asked)]
    said = [span(picked(asked, length=end), share) for end in ends]
    return f"One needle is found in {said[0]} of texts of {ends[0]} tokens, in {said[1]} of texts of {ends[1]}"


def alt(table: Table) -> str:
    """Every line of the picture as a sentence."""
    said = describe_arms(table, "length", "{} tokens")
    return f"Line chart of the share of right answers. {said}."


def draw(table: Table) -> Any:
    """Lines and points with their intervals, kinds of question side by side within a length."""
    return draw_arms(table, "length", "Tokens of the text, about", "Asked", "Right")


CHART = Chart(
    slug="context-length",
    nav="Text by length",
    experiment="context-gap",
    table=table,
    title=title,
    subtitle="Share of right answers, by length: the same needles, more hay. Bars: 95% intervals over texts.",
    alt=alt,
    draw=draw,
    columns={
        "model": "Model",
        "arm": "Asked",
        "length": "Tokens",
        "value": "Right",
        "low": "95% from",
        "high": "95% to",
        "n": "Replies",
    },
)
