"""How far quantization moves a model from what it was, by the bits per weight that the quantized file really has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from runners.items.arm_labels import WEIGHTS

from .. import stats
from ..measurements.dedupe import by_source, one_source_per_model
from ..plotting.marks import facet_by_model
from ..schema import Chart, Sample, Table
from ..stats.groups import picked, plain, span, split, written


def table(rows: Sequence[Any], metrics: Mapping[str, Any]) -> Table:
    """A row for each model and type: mean KL divergence in nats per token, and bits per weight of all
    tensors together."""
    return list(_rows(rows, metrics))


def _rows(rows: Sequence[Any], metrics: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for source, heard in by_source(one_source_per_model(rows)).items():
        for (kind,), group in split(heard, ("weights",)).items():
            known = stats.level(group, Sample("divergence"), metrics)
            if known is not None:
                said = {"model": source.name, "weights": WEIGHTS.get(kind, kind), "type": kind}
                yield {**said, "bits": _bits(group[0].run), **plain(known)}


def _bits(run: Mapping[str, Any]) -> float | None:
    """Bits per weight of the file that answered; a type whose blocks do not fit a row has given way to another."""
    return run.get("quantized", {}).get("bits_per_weight")


def title(table: Table) -> str:
    """The finding: Q8_0 and Q4_0."""
    found = {kind: picked(table, type=kind) for kind in ("Q8_0", "Q4_0")}
    if not all(found.values()):
        return "How far quantizing moves a model"
    most, least = (span(values, _nats) for values in found.values())
    who = table[0]["model"] if len(found["Q4_0"]) == 1 else f"{len(found['Q4_0'])} models"
    moves = "moves" if len(found["Q4_0"]) == 1 else "move"
    return f"Quantized to Q8_0, {who} {moves} by {most} nats per token; quantized to Q4_0, by {least}"


def _nats(value: float) -> str:
    return f"{value:.2g}"


def alt(table: Table) -> str:
    """Every model and type as a sentence."""
    lines = []
    for model in dict.fromkeys(row["model"] for row in table):
        said = ", ".join(f"{row['weights']} {_nats(row['value'])}" for row in table if row["model"] == model)
        lines.append(f"{model}: {said}")
    return f"KL divergence from the model as it was, nats per token, by type of the weights. {'. '.join(lines)}."


def draw(table: Table) -> Any:
    """A point for each type at its bits per weight, with its interval and its name; a panel a model."""
    import altair as alt

    shown = [row for row in table if row["value"] > 0 and row["bits"]]  # what did not move has no place on this axis
    axis = alt.Axis(format="~g", tickCount=5)
    wide = alt.Scale(zero=False, nice=False, padding=24)
    base = alt.Chart().encode(x=alt.X("bits:Q", title="Bits per weight", scale=wide, axis=axis))
    y = alt.Y("value:Q", title=None, scale=alt.Scale(type="log", nice=False, padding=24), axis=axis)
    told = [
        alt.Tooltip("weights:N", title="Quantized"),
        alt.Tooltip("bits:Q", title="Bits per weight", format=".2f"),
        alt.Tooltip("value:Q", title="Nats per token", format=".2~g"),
        alt.Tooltip("low:Q", title="95% from", format=".2~g"),
        alt.Tooltip("high:Q", title="95% to", format=".2~g"),
    ]
    line = base.mark_line(strokeWidth=1.5, opacity=0.5).encode(y=y)
    bounded = base.transform_filter("datum.low > 0")
    interval = bounded.mark_rule(strokeWidth=2).encode(y=alt.Y("low:Q", title=None), y2="high:Q")
    point = base.mark_point(filled=True, opacity=1).encode(y=y, tooltip=told)
    name = base.mark_text(dx=10, dy=-13).encode(y=y, text="type:N")
    return facet_by_model([line, interval, point, name], shown)


def digest(table: Table) -> Table:
    """The reader's rows: two digits."""
    return written(written(table, ("value", "low", "high"), _nats), ("bits",), "{:.2f}".format)


CHART = Chart(
    slug="quant-divergence",
    nav="Quantization, real models",
    experiment="quant-sensitivity",
    table=table,
    title=title,
    subtitle="KL divergence from the model as it was, in nats per token (logarithmic), by bits per weight once "
    "quantized. Bars: 95% intervals over pieces of text.",
    alt=alt,
    draw=draw,
    digest=digest,
    columns={
        "model": "Model",
        "weights": "Quantized",
        "bits": "Bits per weight",
        "value": "Nats per token",
        "low": "95% from",
        "high": "95% to",
        "n": "Pieces",
    },
)
