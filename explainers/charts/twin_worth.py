"""The dense size that each MoE twin is worth, beside its active size, its total size and the rule between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite, sqrt
from typing import Any

from .. import stats
from ..analysis.twins import against_dense, label
from ..schema import Chart, Ladder, Sample, Table
from ..stats.groups import span, written
from ..text.formatting import listed

TEST = Ladder("twin-knowledge", Sample("known_bits", {"form": "card"}), "worth")


def table(rows: Sequence[Any], metrics: Mapping[str, Any]) -> Table:
    """For each MoE twin a row a seed, and one for all seeds with the interval (seed "all"); sizes in parameters."""
    lines = (_line(seed, twin, part) for twin, parts in against_dense(rows, "MoE") for seed, part in parts)
    return [line for line in lines if line]


def _line(seed: str, twin: Mapping[str, Any], rows: list[Any]) -> dict[str, Any] | None:
    worth = stats.ladder(rows, TEST)
    if worth is None:
        return None
    rule = sqrt(twin["parameters"] * twin["active"])
    low, high = (rule * end if isfinite(end) else None for end in (worth.low, worth.high))
    sizes = {"active": twin["active"], "rule": round(rule), "parameters": twin["parameters"]}
    return {"twin": label(twin), "seed": seed, "value": rule * worth.value, "low": low, "high": high, **sizes}


def title(table: Table) -> str:
    """The finding: what each MoE twin is worth as a multiple of the rule's size."""
    whole = [row for row in table if row["seed"] == "all"]
    if not whole:
        return "The dense size that an MoE twin is worth"
    times = [row["value"] / row["rule"] for row in whole]
    said = listed([f"{row['twin']} {one:.2f}" for row, one in zip(whole, times, strict=True)], "and")
    return f"MoE twins are worth {span(times, '{:.2f}'.format)} times what the square-root rule says: {said}"


def alt(table: Table) -> str:
    """Every MoE twin as a sentence."""
    lines = [
        f"{row['twin']}: worth a dense twin of {row['value']:,.0f} parameters{_interval(row)}; "
        f"it has {row['active']:,} active and {row['parameters']:,} in all, and the rule says {row['rule']:,}"
        for row in table
        if row["seed"] == "all"
    ]
    return f"Dense size of equal knowledge for each MoE twin. {'. '.join(lines)}."


def _interval(row: Mapping[str, Any]) -> str:
    if row["low"] is None and row["high"] is None:
        return ", without an interval"
    low = "at most" if row["low"] is None else f"{row['low']:,.0f}"
    high = "more than the ladder spans" if row["high"] is None else f"{row['high']:,.0f}"
    return f" ({low} to {high})"


def draw(table: Table) -> Any:
    """A band for each MoE twin: from active to total, with the rule between, the seeds as dots and the interval."""
    import altair as alt

    sizes = [
        {"twin": row["twin"], "what": what, "size": row[name]}
        for row in table
        if row["seed"] == "all"
        for what, name in (("active", "active"), ("rule: √(total × active)", "rule"), ("total", "parameters"))
    ]
    scale = alt.Scale(type="log", nice=False, padding=16)
    axis = alt.Axis(format="~s", values=[30_000, 50_000, 100_000, 200_000])
    kinds = alt.Scale(domain=["active", "rule: √(total × active)", "total", "worth, each seed"])
    x = alt.X("size:Q", title="Parameters of a dense twin (logarithmic)", scale=scale, axis=axis)
    y = alt.Y("twin:N", title=None, sort=None, scale=alt.Scale(paddingInner=0.4, paddingOuter=0.4))
    marks = alt.Chart(alt.Data(values=sizes)).encode(
        x=x, y=y, color=alt.Color("what:N", title=None, scale=kinds), shape=alt.Shape("what:N", title=None, scale=kinds)
    )
    seeds = [{**row, "size": row["value"], "what": "worth, each seed"} for row in table if row["seed"] != "all"]
    whole = [row for row in table if row["seed"] == "all" and row["low"] is not None]
    told = [
        alt.Tooltip("twin:N", title="Twin"),
        alt.Tooltip("what:N", title="Size"),
        alt.Tooltip("size:Q", title="Parameters", format=",.0f"),
    ]
    interval = alt.Chart(alt.Data(values=whole)).mark_rule(strokeWidth=6, opacity=0.25).encode(
        x=alt.X("low:Q", title=None, scale=scale, axis=axis), x2="high:Q", y=y
    )  # fmt: skip
    dots = alt.Chart(alt.Data(values=seeds)).mark_point(filled=True, size=50, opacity=1).encode(
        x=x, y=y, color=alt.Color("what:N", scale=kinds), shape=alt.Shape("what:N", scale=kinds), tooltip=told
    )  # fmt: skip
    return alt.layer(interval, marks.mark_point(size=70, opacity=1).encode(tooltip=told), dots)


def digest(table: Table) -> Table:
    """The reader's rows: whole parameters."""
    return written(table, ("value", "low", "high", "active", "rule", "parameters"), "{:,.0f}".format)


CHART = Chart(
    slug="twin-worth",
    nav="What an MoE is worth",
    redraws=False,
    experiment="twin-knowledge",
    table=table,
    title=title,
    subtitle="Parameters of the dense twin that knows as much as each MoE twin. "
    "A dot for each seed; bars: 95% intervals (t over seeds, jackknife over questions).",
    alt=alt,
    draw=draw,
    digest=digest,
    columns={
        "twin": "Twin",
        "seed": "Seed",
        "value": "Worth",
        "low": "95% from",
        "high": "95% to",
        "active": "Active",
        "rule": "The rule says",
        "parameters": "Total",
    },
    height=220,
)
