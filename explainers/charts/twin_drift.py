"""How often quantization sends a token to other experts, by what is quantized."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runners.items.arm_labels import QUANTIZED, WEIGHTS

from ..analysis.twins import kind, label, levels_by_seed
from ..plotting.twin_marks import describe_twins, draw_share_rows
from ..schema import Chart, Table
from ..stats.groups import picked, plain, span
from ..text.formatting import share


def table(rows: Sequence[Any], metrics: Mapping[str, Any]) -> Table:
    """A row for each MoE twin, seed and way to quantize: share of tokens and layers with another set of experts."""
    return [
        {"twin": label(twin), "seed": twin["seed"], "weights": said, **plain(known)}
        for twin, said, known in levels_by_seed(rows, metrics, "moved", "weights", QUANTIZED)
        if kind(twin) == "MoE"
    ]


def title(table: Table) -> str:
    """The finding: everything at Q8_0 and everything at Q4_0."""
    if not table:
        return "How often quantizing sends a token to other experts"
    said = {arm: span(picked(table, weights=WEIGHTS[arm]), share) for arm in ("Q8_0", "Q4_0")}
    return f"Quantizing to Q4_0 changes the experts of {said['Q4_0']} of tokens and layers, to Q8_0 of {said['Q8_0']}"


def alt(table: Table) -> str:
    """Every MoE twin and way to quantize as a sentence."""
    said = describe_twins(table, "weights", share)
    return f"Share of tokens and layers with other experts than before quantizing, for each seed. {said}."


def draw(table: Table) -> Any:
    """A point for each seed and MoE twin, with its interval, in a row for each way to quantize."""
    return draw_share_rows(table, "weights", list(WEIGHTS.values()), "Tokens and layers with other experts")


CHART = Chart(
    slug="twin-drift",
    nav="Quantization and the router",
    experiment="twin-quantization",
    table=table,
    title=title,
    subtitle="Share of tokens and layers that another set of experts reads than before quantizing. A point for each "
    "seed; bars: 95% intervals over texts.",
    alt=alt,
    draw=draw,
    columns={
        "twin": "Twin",
        "seed": "Seed",
        "weights": "Quantized",
        "value": "Moved",
        "low": "95% from",
        "high": "95% to",
        "n": "Texts",
    },
)
