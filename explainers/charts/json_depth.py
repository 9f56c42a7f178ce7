"""Schema-valid replies by nesting depth, one line for each way of constraining the decoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runners.experiments import arm_label

from ..plotting.marks import draw_arms
from ..schema import Chart, Sample, Table
from ..stats.groups import by, span
from ..text.formatting import share


def table(rows: Sequence[Any], metrics: Mapping[str, Any]) -> Table:
    """Valid share for each model, arm and depth."""
    shares = by(rows, Sample("schema_valid"), ("held", "depth"), metrics)
    return [{**row, "arm": arm_label("json-fidelity", "held", row["held"])} for row in shares]


def title(table: Table) -> str:
    """The finding: shallow against deep, asked against constrained."""
    asked, grammar = _ends(table, "asked"), _ends(table, "grammar")
    if not asked:
        return "Replies that keep their schema, by nesting depth"
    shallow, deep = min(asked), max(asked)
    fall = f"{asked[shallow]} of replies at depth {shallow}, {asked[deep]} at depth {deep}"
    said = f"Asked for JSON, {_who(table)} the schema in {fall}"
    if shallow not in grammar or deep not in grammar:
        return said
    same = grammar[shallow] == grammar[deep]
    return f"{said}; constrained by the grammar, in {grammar[shallow]} {'at both' if same else f'and {grammar[deep]}'}"


def _who(table: Table) -> str:
    models = {row["model"] for row in table}
    return f"{models.pop()} keeps" if len(models) == 1 else f"{len(models)} models keep"


def _ends(table: Table, held: str) -> dict[int, str]:
    depths = sorted({row["depth"] for row in table if row["held"] == held})
    return {
        depth: span((row["value"] for row in table if row["held"] == held and row["depth"] == depth), share)
        for depth in depths
    }


def alt(table: Table) -> str:
    """Every line of the picture as a sentence."""
    lines = []
    for held in dict.fromkeys(row["held"] for row in table):
        points = ", ".join(f"depth {depth} {said}" for depth, said in _ends(table, held).items())
        lines.append(f"{arm_label('json-fidelity', 'held', held)}: {points}")
    return f"Line chart of the share of replies valid against their schema. {'. '.join(lines)}."


def draw(table: Table) -> Any:
    """Lines and points with their intervals, arms side by side within a depth so that none hides another."""
    return draw_arms(table, "depth", "Nesting depth of the schema", "Decoder", "Valid")


CHART = Chart(
    slug="json-depth",
    nav="JSON by depth",
    experiment="json-fidelity",
    table=table,
    title=title,
    subtitle="Share of replies valid against their schema, by nesting depth. Bars: 95% intervals (Wilson).",
    alt=alt,
    draw=draw,
    columns={
        "model": "Model",
        "arm": "Decoder",
        "depth": "Depth",
        "value": "Valid",
        "low": "95% from",
        "high": "95% to",
        "n": "Replies",
    },
)
