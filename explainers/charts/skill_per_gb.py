"""The skill index against the memory that a model takes: its file, and the file with a cache beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..analysis.skills import TESTED, WINDOW, ModelSkills, models_with_index
from ..schema import Chart, Table
from ..stats.groups import picked, plain, span, written
from ..text.formatting import share, size

KINDS = {"file": "file", "resident": f"file and cache of {WINDOW:,} tokens"}


def table(rows: Sequence[Any], metrics: Mapping[str, Any]) -> Table:
    """A row for each model and way to count its memory, in GB of 10^9 bytes; `per_gb` is the index over it."""
    return [
        {
            "model": model.name,
            "counted": KINDS[kind],
            "kind": kind,
            "gb": gb,
            "per_gb": known.value / gb,
            **plain(known),
        }
        for model, known in models_with_index(rows, metrics)
        for kind, gb in _memory(model)
    ]


def _memory(model: ModelSkills) -> Iterator[tuple[str, float]]:
    for kind, taken in (("file", model.bytes), ("resident", model.resident)):
        if taken:
            yield kind, taken / 1e9


def title(table: Table) -> str:
    """The finding: the index of the smallest and of the largest file."""
    files = [row for row in table if row["kind"] == "file"]
    if not files:
        return "Skill by the memory it takes"
    ends = [min(files, key=_gb), max(files, key=_gb)]
    said = [f"{share(row['value'])} with {size(1e9 * row['gb'])} ({row['model']})" for row in ends]
    return f"Skill index: {said[0]}" if len(files) == 1 else f"Skill index: {said[0]}, {said[1]}"


def _gb(row: Mapping[str, Any]) -> float:
    return row["gb"]


def alt(table: Table) -> str:
    """Every model as a sentence."""
    lines = [
        f"{model}: index {span(picked(table, model=model), share)}, "
        + ", ".join(f"{size(1e9 * row['gb'])} {row['counted']}" for row in table if row["model"] == model)
        for model in dict.fromkeys(row["model"] for row in table)
    ]
    return f"Skill index by gigabytes. {'. '.join(lines)}."


def draw(table: Table) -> Any:
    """Each model at its file's size and at what is resident, joined by a line, with the index's interval."""
    import altair as alt

    axis = alt.Axis(format=".2~g", tickCount=6)
    wide = alt.Scale(type="log", nice=False, padding=60)
    base = alt.Chart(alt.Data(values=list(table))).encode(x=alt.X("gb:Q", title="GB", scale=wide, axis=axis))
    y = alt.Y("value:Q", title=None, axis=alt.Axis(format="%", tickCount=5), scale=alt.Scale(domain=[0, 1]))
    told = [
        alt.Tooltip("model:N", title="Model"),
        alt.Tooltip("counted:N", title="Counted"),
        alt.Tooltip("gb:Q", title="GB", format=".3f"),
        alt.Tooltip("value:Q", title="Index", format=".1%"),
        alt.Tooltip("low:Q", title="95% from", format=".1%"),
        alt.Tooltip("high:Q", title="95% to", format=".1%"),
    ]
    scale = alt.Scale(domain=list(KINDS.values()))
    kind, shape = alt.Color("counted:N", title=None, scale=scale), alt.Shape("counted:N", title=None, scale=scale)
    across = base.mark_line(strokeWidth=1.5, opacity=0.5).encode(y=y, detail="model:N")
    interval = base.mark_rule(strokeWidth=2).encode(y=alt.Y("low:Q", title=None), y2="high:Q", color=kind)
    point = base.mark_point(opacity=1, size=60).encode(y=y, color=kind, shape=shape, tooltip=told)
    files = base.transform_filter("datum.kind == 'file'")
    name = files.mark_text(align="left", dx=8, dy=-12).encode(y=y, text="model:N")
    return alt.layer(across, interval, point, name)


def digest(table: Table) -> Table:
    """The reader's rows: gigabytes as such, and points of the index a gigabyte."""
    rows = [{**row, "per_gb": f"{100 * row['per_gb']:.0f} points"} for row in table]
    return written(rows, ("gb",), "{:.3f}".format)


CHART = Chart(
    slug="skill-per-gb",
    nav="Skill by gigabytes",
    experiment=TESTED[0],
    also=TESTED[1:],
    table=table,
    title=title,
    subtitle="Mean share right over six skills, by gigabytes (logarithmic): the file's, and the file's with an F16 "
    f"cache of {WINDOW:,} tokens. Bars: 95% intervals (MOVER).",
    alt=alt,
    draw=draw,
    digest=digest,
    columns={
        "model": "Model",
        "counted": "Counted",
        "gb": "GB",
        "value": "Index",
        "low": "95% from",
        "high": "95% to",
        "per_gb": "Index per GB",
        "n": "Replies",
    },
)
