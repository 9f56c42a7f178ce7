"""The skill index per billion parameters, by the day on which a model's makers released it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..analysis.skills import TESTED, models_with_index
from ..schema import Chart, Estimate, Table
from ..stats.groups import plain, span, written

BILLION = 1e9


def table(rows: Sequence[Any], metrics: Mapping[str, Any]) -> Table:
    """A row for each model whose size and day are on record, the oldest first: points of the index per billion
    parameters."""
    return sorted(
        (
            {"model": model.name, "released": model.released, "parameters": model.parameters, **per_billion}
            for model, known in models_with_index(rows, metrics)
            if model.released and model.parameters
            for per_billion in [plain(_scaled(known, 100 * BILLION / model.parameters))]
        ),
        key=lambda row: (row["released"], row["model"]),
    )


def _scaled(known: Estimate, by: float) -> Estimate:
    return Estimate(known.value * by, known.low * by, known.high * by, known.n, known.clusters, known.method)


def title(table: Table) -> str:
    """The finding, or that a few models make no trend."""
    if not table:
        return "Skill per parameter, by day of release"
    said = f"{span([row['value'] for row in table], _points)} points of skill index per billion parameters"
    first, last = table[0]["released"][:4], table[-1]["released"][:4]
    years = first if first == last else f"{first} to {last}"
    return f"{said}, in {len(table)} models of {years}" if len(table) > 1 else f"{table[0]['model']}: {said}"


def _points(value: float) -> str:
    return f"{value:.0f}"


def alt(table: Table) -> str:
    """Every model as a clause."""
    said = "; ".join(f"{row['model']}, released {row['released']}: {_points(row['value'])}" for row in table)
    return f"Points of skill index per billion parameters, by day of release. {said}."


def draw(table: Table) -> Any:
    """A point for each model with its interval and its name; no line, since nobody chose the models to lie on one."""
    import altair as alt

    base = alt.Chart(alt.Data(values=list(table))).encode(
        x=alt.X("released:T", title="Released", scale=alt.Scale(nice=True, padding=60), axis=alt.Axis(format="%b %Y"))
    )
    y = alt.Y(
        "value:Q",
        title=None,
        scale=alt.Scale(type="log", nice=False, padding=24),
        axis=alt.Axis(format=".2~g", tickCount=5),
    )
    told = [
        alt.Tooltip("model:N", title="Model"),
        alt.Tooltip("released:T", title="Released", format="%d %b %Y"),
        alt.Tooltip("parameters:Q", title="Parameters", format=","),
        alt.Tooltip("value:Q", title="Points per billion", format=".1f"),
        alt.Tooltip("low:Q", title="95% from", format=".1f"),
        alt.Tooltip("high:Q", title="95% to", format=".1f"),
    ]
    interval = base.transform_filter("datum.low > 0").mark_rule(strokeWidth=2)
    interval = interval.encode(y=alt.Y("low:Q", title=None), y2="high:Q")
    point = base.mark_point(filled=True, opacity=1, size=60).encode(y=y, tooltip=told)
    name = base.mark_text(dy=-14).encode(y=y, text="model:N")
    return alt.layer(interval, point, name)


def digest(table: Table) -> Table:
    """The reader's rows: a decimal, and parameters with their thousands apart."""
    return written(written(table, ("value", "low", "high"), "{:.1f}".format), ("parameters",), "{:,}".format)


CHART = Chart(
    slug="skill-by-date",
    nav="Skill by day of release",
    experiment=TESTED[0],
    also=TESTED[1:],
    table=table,
    title=title,
    subtitle="Points of the skill index (mean share right over six skills) per billion parameters (logarithmic), by "
    "day of release. Bars: 95% intervals (MOVER).",
    alt=alt,
    draw=draw,
    digest=digest,
    columns={
        "model": "Model",
        "released": "Released",
        "parameters": "Parameters",
        "value": "Points per billion",
        "low": "95% from",
        "high": "95% to",
        "n": "Replies",
    },
)
