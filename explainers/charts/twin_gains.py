"""What mixtures of experts gain over the dense twin of equal active size, skill by skill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..analysis.twin_gains import COLUMNS, EXPERIMENT, digest, draw, ends, gains, told
from ..schema import Chart, Table


def table(rows: Sequence[Any], metrics: Mapping[str, Any]) -> Table:
    """A row for each mixture, skill and seed, and one for all seeds."""
    return gains(rows, of="MoE")


def title(table: Table) -> str:
    """The finding: facts beside stories."""
    if not table:
        return "What mixtures of experts gain over dense twins of equal active size"
    said = f"{ends(table, 'fact')} points in facts and {ends(table, 'story')} in stories"
    return f"Over dense twins of equal active size, mixtures of experts gain {said}"


def alt(table: Table) -> str:
    """Every mixture and skill as a sentence."""
    return f"Share right above the dense twin of equal active parameters, in points. {told(table)}."


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
