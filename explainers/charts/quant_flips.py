"""Answers that quantizing the weights flips, beside what it does to the number of right ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from runners.items.arm_labels import QUANTIZED
from runners.schema import Kind, Metric

from .. import stats
from ..measurements.dedupe import by_source, one_source_per_model
from ..plotting.marks import facet_by_model
from ..schema import Chart, Estimate, Sample, Table
from ..stats.groups import picked, plain, span
from ..text.formatting import share

FLIPPED, FEWER = "flipped: another answer than before", "lost: right before, minus right now"
RIGHT = Sample("right")


def table(rows: Sequence[Any], metrics: Mapping[str, Any]) -> Table:
    """Two rows for each model and type: the share of answers that differ from the model's own before quantizing, and by
    how much the share of right answers fell."""
    return [
        {"model": source.name, "weights": said, "type": kind, "arm": arm, **plain(known)}
        for source, heard in by_source(one_source_per_model(rows)).items()
        for kind, said in QUANTIZED.items()
        for arm, known in _apart(heard, kind, metrics)
        if known is not None
    ]


def _apart(rows: Sequence[Any], kind: str, metrics: Mapping[str, Any]) -> Iterator[tuple[str, Estimate | None]]:
    flips = list(_flips(rows, kind))
    yield FLIPPED, stats.level(flips, Sample("flipped"), {"flipped": Metric("flipped", Kind.SHARE, "share of answers")})
    before, now = (Sample("right", {"weights": arm}) for arm in ("", kind))
    yield FEWER, stats.contrast(rows, before, now, metrics)


def _flips(rows: Sequence[Any], kind: str) -> Iterator[Any]:
    """A row for each question that was answered both before and after."""
    before = {row.item: row.metrics["picked"] for row in rows if row.facts["weights"] == ""}
    for row in rows:
        if row.facts["weights"] == kind and row.item in before:
            flipped = {"flipped": float(row.metrics["picked"] != before[row.item])}
            yield SimpleNamespace(facts={}, metrics=flipped, item=row.item, cluster=row.cluster)


def title(table: Table) -> str:
    """The finding: at Q4_0, flips against what they cost."""
    found = [picked(table, type="Q4_0", arm=arm) for arm in (FLIPPED, FEWER)]
    if not all(found):
        return "Answers that quantizing flips, and right answers that it costs"
    flips, cost = span(found[0], share), span(found[1], _points)
    return f"Quantized to Q4_0, {flips} of answers flip, and right answers fall by {cost} points"


def _points(value: float) -> str:
    return f"{100 * value:.0f}".replace("-", "−").replace("−0", "0")


def alt(table: Table) -> str:
    """Every model and type as a sentence."""
    lines = []
    for model, kind in dict.fromkeys((row["model"], row["type"]) for row in table):
        found = [picked(table, model=model, type=kind, arm=arm) for arm in (FLIPPED, FEWER)]
        lines.append(
            f"{model} at {kind}: {span(found[0], share)} flipped, {span(found[1], _points)} points fewer right"
        )
    return f"Share of answers flipped by quantizing, and right answers lost. {'. '.join(lines)}."


def draw(table: Table) -> Any:
    """Points with their intervals for each type, flips and losses side by side; a panel a model."""
    import altair as alt

    arms, kinds = (list(dict.fromkeys(row[name] for row in table)) for name in ("arm", "type"))
    scale = alt.Scale(domain=arms)
    base = alt.Chart().encode(
        x=alt.X("type:N", sort=kinds, title=None, axis=alt.Axis(labelAngle=0)),
        xOffset=alt.XOffset("arm:N", sort=arms, scale=alt.Scale(paddingOuter=0.5)),
        color=alt.Color("arm:N", scale=scale, legend=alt.Legend(symbolStrokeWidth=0)),
    )
    y = alt.Y("value:Q", title=None, axis=alt.Axis(format="%", tickCount=5), scale=alt.Scale(nice=True))
    told = [
        alt.Tooltip("weights:N", title="Quantized"),
        alt.Tooltip("arm:N", title="Answers"),
        alt.Tooltip("value:Q", title="Share", format=".1%"),
        alt.Tooltip("low:Q", title="95% from", format=".1%"),
        alt.Tooltip("high:Q", title="95% to", format=".1%"),
        alt.Tooltip("n:Q", title="Answers"),
    ]
    interval = base.mark_rule(strokeWidth=2).encode(y=alt.Y("low:Q", title=None), y2="high:Q")
    point = base.mark_point(opacity=1).encode(y=y, shape=alt.Shape("arm:N", scale=scale), tooltip=told)
    return facet_by_model([interval, point], table)


CHART = Chart(
    slug="quant-flips",
    nav="Answers that flip",
    experiment="quant-answers",
    table=table,
    title=title,
    subtitle="Share of answers that differ from the model's own before quantizing, and how much the share of right "
    "ones fell, by type. Bars: 95% intervals (bootstrap).",
    alt=alt,
    draw=draw,
    columns={
        "model": "Model",
        "weights": "Quantized",
        "arm": "Counted",
        "value": "Share",
        "low": "95% from",
        "high": "95% to",
        "n": "Answers",
    },
)
