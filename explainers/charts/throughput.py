"""Tokens per second that models write, one reply at a time and eight at once, with the bytes that each token reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..schema import Chart, Sample, Table
from ..stats.groups import by, picked, span, written
from ..text.formatting import arm_name, size


def table(rows: Sequence[Any], metrics: Mapping[str, Any]) -> Table:
    """A row for each model and width: rates of writing with their intervals, and of reading. `bytes` are those of the
    weights that one token reads, 0 where a run did not record them."""
    reading = by(rows, Sample("prompt_per_second"), ("width",), metrics)
    read = {row.source.name: row.run.get("model", {}).get("bytes_per_token") or 0 for row in rows}
    return [
        {
            **row,
            "arm": arm_name("throughput", "width", row["width"]),
            "prompt": next(iter(picked(reading, model=row["model"], width=row["width"])), None),
            "bytes": read[row["model"]],
        }
        for row in by(rows, Sample("generated_per_second"), ("width",), metrics)
    ]


def title(table: Table) -> str:
    """The finding: one reply at a time against eight."""
    said = [
        f"{span(picked(table, width=width), _rate)} {arm_name('throughput', 'width', width)}"
        for width in sorted({row["width"] for row in table})
    ]
    who = {row["model"] for row in table}
    name = who.pop() if len(who) == 1 else f"{len(who)} models"
    return f"Tokens per second that {name} wrote: {', '.join(said)}" if said else "Tokens per second that models write"


def _rate(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def alt(table: Table) -> str:
    """Every bar as a clause."""
    said = [f"{row['model']}, {row['arm']}: {_rate(row['value'])}" for row in table]
    return f"Bar chart of tokens written per second. {'; '.join(said)}."


def draw(table: Table) -> Any:
    """A bar for each width within a model, named at its foot, with the interval where there is one."""
    import altair as alt

    arms, models = (list(dict.fromkeys(row[name] for row in table)) for name in ("arm", "model"))
    base = alt.Chart(alt.Data(values=list(table))).encode(
        y=alt.Y("model:N", sort=models, title=None), yOffset=alt.YOffset("arm:N", sort=arms)
    )
    rate = alt.X("value:Q", title="Tokens per second", scale=alt.Scale(zero=True))
    told = [
        alt.Tooltip("model:N", title="Model"),
        alt.Tooltip("arm:N", title="Batch"),
        alt.Tooltip("value:Q", title="Written per second", format=".1f"),
        alt.Tooltip("prompt:Q", title="Read per second", format=".1f"),
        alt.Tooltip("n:Q", title="Replies"),
    ]
    bar = base.mark_bar(opacity=0.3).encode(
        x=rate, color=alt.Color("arm:N", title=None, scale=alt.Scale(domain=arms)), tooltip=told
    )
    interval = base.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q"), x2="high:Q")
    name = base.mark_text(align="left", dx=8).encode(x=alt.datum(0), text="arm:N")
    return alt.layer(bar, interval, name)


def digest(table: Table) -> Table:
    """The reader's rows: rates with a decimal, bytes as a reader counts them."""
    rows = [{**row, "read": size(row["bytes"])} for row in table]
    return written(rows, ("value", "low", "high", "prompt"), "{:.1f}".format)


CHART = Chart(
    slug="throughput",
    nav="Tokens per second",
    experiment="throughput",
    table=table,
    title=title,
    subtitle="Tokens written per second, all replies of a batch together. "
    "Rules: 95% intervals (bootstrap over prompts).",
    alt=alt,
    draw=draw,
    digest=digest,
    columns={
        "model": "Model",
        "arm": "Batch",
        "value": "Written per second",
        "low": "95% from",
        "high": "95% to",
        "prompt": "Read per second",
        "read": "Weights read per token",
        "n": "Replies",
    },
)
