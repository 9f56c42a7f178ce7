"""What MoE twins gain over the dense twin of equal active size, skill by skill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..analysis.twin_gains import COLUMNS, EXPERIMENT, alt_text, digest, draw, gain_range, gain_table
from ..schema import Chart, Table


def table(rows: Sequence[Any], metrics: Mapping[str, Any]) -> Table:
    """A row for each MoE twin, skill and seed, and one for all seeds."""
    return gain_table(rows, of="MoE")


def title(table: Table) -> str:
    """The finding: facts beside stories."""
    if not table:
        return "What MoE twins gain over dense twins of equal active size"
    said = f"{gain_range(table, 'fact')} points in facts and {gain_range(table, 'story')} in stories"
    return f"MoE twins gain {said} over dense twins of equal active size"


def alt(table: Table) -> str:
    """Every MoE twin and skill as a sentence."""
    return f"Share right above the dense twin of equal active parameters, in points. {alt_text(table)}."


CHART = Chart(
    slug="twin-gains",
    nav="What experts gain",
    experiment=EXPERIMENT,
    table=table,
    title=title,
    subtitle="Share right, minus that of the dense twin of equal active parameters. A point for each seed; "
    "bars: 95% intervals over seeds and questions.",
    alt=alt,
    draw=draw,
    digest=digest,
    columns=COLUMNS,
)
