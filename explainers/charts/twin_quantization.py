"""How far quantization moves a twin from what it was, by parameters: a panel for each type, dense twins and
MoE twins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runners.items.arm_labels import QUANTIZED, WEIGHTS

from ..analysis.twins import KINDS, kind, label, levels_by_seed
from ..plotting.twin_marks import describe_twins, layer_seeds
from ..schema import Chart, Table
from ..stats.groups import picked, plain, span, written


def table(rows: Sequence[Any], metrics: Mapping[str, Any]) -> Table:
    """A row for each twin, seed and way to quantize: mean KL divergence in nats per token."""
    return [
        {
            "twin": label(twin),
            "kind": kind(twin),
            "seed": twin["seed"],
            "weights": said,
            "parameters": twin["parameters"],
            **plain(known),
        }
        for twin, said, known in levels_by_seed(rows, metrics, "divergence", "weights", QUANTIZED)
    ]


def title(table: Table) -> str:
    """The finding: dense twins and MoE twins with everything at Q4_0."""
    found = {one: picked(table, kind=one, weights=WEIGHTS["Q4_0"]) for one in KINDS}
    said = [f"{one} twins move by {span(values, _nats)}" for one, values in found.items() if values]
    return f"Quantized to Q4_0, {' and '.join(said)} nats per token" if said else "How far quantizing moves a twin"


def _nats(value: float) -> str:
    return f"{value:.2g}"


def alt(table: Table) -> str:
    """Every twin and way to quantize as a sentence."""
    seeds = describe_twins(table, "weights", _nats)
    return f"KL divergence from the twin as it was, nats per token, for each seed. {seeds}."


def draw(table: Table) -> Any:
    """Points for each seed with their intervals, and a line through the dense ones, on logarithmic axes."""
    import altair as alt

    sizes = alt.Scale(type="log", nice=False, padding=12)
    axis = alt.Axis(format="~s", values=[30_000, 60_000, 120_000, 240_000])
    y = alt.Y("value:Q", title=None, scale=alt.Scale(type="log"), axis=alt.Axis(format="~g", tickCount=5))
    base = alt.Chart().encode(x=alt.X("parameters:Q", title="Parameters in all", scale=sizes, axis=axis))
    told = [
        alt.Tooltip("twin:N", title="Twin"),
        alt.Tooltip("seed:O", title="Seed"),
        alt.Tooltip("weights:N", title="Quantized"),
        alt.Tooltip("value:Q", title="Nats per token", format=".3~g"),
    ]
    layers = alt.layer(*layer_seeds(base, y, told), data=alt.Data(values=list(table)))
    return layers.facet(alt.Facet("weights:N", sort=list(WEIGHTS.values()), title=None), columns=3)


def digest(table: Table) -> Table:
    """The reader's rows: two digits."""
    return written(table, ("value", "low", "high"), _nats)


CHART = Chart(
    slug="twin-quantization",
    nav="Quantization, twins",
    experiment="twin-quantization",
    table=table,
    title=title,
    subtitle="KL divergence from the twin as it was, in nats per token, by parameters (both logarithmic). "
    "A point for each seed; bars: 95% intervals over texts.",
    alt=alt,
    draw=draw,
    digest=digest,
    height=180,
    columns={
        "twin": "Twin",
        "seed": "Seed",
        "weights": "Quantized",
        "value": "Nats per token",
        "low": "95% from",
        "high": "95% to",
        "n": "Texts",
    },
)
