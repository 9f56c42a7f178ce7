"""What a student gains by learning from a teacher instead of the text, skill by skill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..analysis.twin_gains import COLUMNS, EXPERIMENT, digest, draw, ends, gains, told
from ..schema import Chart, Table


def table(rows: Sequence[Any], metrics: Mapping[str, Any]) -> Table:
    """A row for each student, skill and seed, and one for all seeds."""
    return gains(rows, of="student")


def title(table: Table) -> str:
    """The finding: facts beside stories."""
    if not table:
        return "What students gain over twins of their size that read the text"
    said = f"{ends(table, 'fact')} points in facts and {ends(table, 'story')} in stories"
    return f"Over twins of their size that read the text, students of a larger twin gain {said}"


def alt(table: Table) -> str:
    """Every student and skill as a sentence."""
    return f"Share right above the twin of the same size that read the text, in points. {told(table)}."


CHART = Chart(
    slug="twin-students",
    nav="What students gain",
    experiment=EXPERIMENT,
    table=table,
    title=title,
    subtitle="Share right, minus that of the twin of the same size that read as many tokens of text. A point for each "
    "seed; bars: 95% intervals over seeds and questions.",
    alt=alt,
    draw=draw,
    digest=digest,
    columns=COLUMNS,
    height=200,
)
