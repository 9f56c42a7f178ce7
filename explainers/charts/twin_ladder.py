"""Facts known by parameters: the dense ladder, and every MoE twin at its total and its active size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from .. import stats
from ..analysis.twins import KINDS, group_by_seed, kind, label
from ..plotting.twin_marks import layer_seeds
from ..schema import Chart, Sample, Table
from ..stats.groups import plain, span, written

SKILL = Sample("known_bits", {"form": "card"})


def table(rows: Sequence[Any], metrics: Mapping[str, Any]) -> Table:
    """A row for each twin and seed: its sizes and the bits it knows of a fact, with an interval over questions."""
    return [
        {
            "twin": label(twin),
            "kind": kind(twin),
            "seed": twin["seed"],
            "active": twin["active"],
            "parameters": twin["parameters"],
            **plain(known),
        }
        for twin, heard in group_by_seed(rows)
        for known in [stats.level(heard, SKILL, metrics)]
        if known is not None
    ]


def title(table: Table) -> str:
    """The finding: from the smallest to the largest dense twin, and the MoE twins."""
    dense, sparse = ([row for row in table if row["kind"] == one] for one in ("dense", "MoE"))
    if not dense:
        return "Bits that a twin knows of a fact, by its parameters"
    ends = [min(dense, key=_size)["parameters"], max(dense, key=_size)["parameters"]]
    known = [_bits(fmean(row["value"] for row in dense if row["parameters"] == end)) for end in ends]
    said = f"From {ends[0]:,} to {ends[1]:,} parameters, dense twins know {known[0]} to {known[1]} bits of a fact"
    return f"{said}; MoE twins {span(_means(sparse), _bits)}" if sparse else said


def _means(table: Table) -> list[float]:
    twins = dict.fromkeys(row["twin"] for row in table)
    return [fmean(row["value"] for row in table if row["twin"] == twin) for twin in twins]


def _size(row: Mapping[str, Any]) -> int:
    return row["parameters"]


def _bits(value: float) -> str:
    return f"{value:.1f}"


def alt(table: Table) -> str:
    """Every twin as a sentence."""
    twins: dict[tuple, list[float]] = {}
    for row in table:
        twins.setdefault((row["twin"], row["parameters"], row["active"]), []).append(row["value"])
    lines = [f"{name}, {total:,} parameters: {span(values, _bits)} bits" for (name, total, _), values in twins.items()]
    return f"Bits known of a fact by parameters, a point for each twin and seed. {'; '.join(lines)}."


def draw(table: Table) -> Any:
    """Points for each seed with their intervals, a line through the dense ones, and from each MoE twin a line back to
    its active size."""
    import altair as alt

    size = alt.Scale(type="log", nice=False, padding=12)
    axis = alt.Axis(format="~s", values=[30_000, 50_000, 100_000, 200_000])
    y = alt.Y("value:Q", title=None, scale=alt.Scale(zero=True))
    across = "Parameters in all (an MoE's line reaches back to its active ones)"
    base = alt.Chart(alt.Data(values=list(table))).encode(x=alt.X("parameters:Q", title=across, scale=size, axis=axis))
    told = [
        alt.Tooltip("twin:N", title="Twin"),
        alt.Tooltip("seed:O", title="Seed"),
        alt.Tooltip("parameters:Q", title="Parameters", format=","),
        alt.Tooltip("active:Q", title="Active", format=","),
        alt.Tooltip("value:Q", title="Bits per fact", format=".2f"),
        alt.Tooltip("low:Q", title="95% from", format=".2f"),
        alt.Tooltip("high:Q", title="95% to", format=".2f"),
    ]
    through, *rest = layer_seeds(base, y, told)
    back = base.transform_filter("datum.kind == 'MoE'").mark_rule(strokeDash=[3, 3], opacity=0.7)
    back = back.encode(y=y, x2="active:Q", color=alt.Color("kind:N", title=None, scale=alt.Scale(domain=KINDS)))
    return alt.layer(through, back, *rest)


def digest(table: Table) -> Table:
    """The reader's rows: bits with two decimals."""
    return written(table, ("value", "low", "high"), "{:.2f}".format)


CHART = Chart(
    slug="twin-ladder",
    nav="Facts by parameters",
    experiment="twin-knowledge",
    table=table,
    title=title,
    subtitle="Bits known of a fact, of 4.8 that there are on average, by parameters (logarithmic). "
    "A point for each seed; bars: 95% intervals over questions (bootstrap).",
    alt=alt,
    draw=draw,
    digest=digest,
    columns={
        "twin": "Twin",
        "seed": "Seed",
        "parameters": "Parameters",
        "active": "Active",
        "value": "Bits per fact",
        "low": "95% from",
        "high": "95% to",
        "n": "Replies",
    },
)
