"""How often quantization sends a token to other experts, by what is quantized."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runners.items.arm_labels import QUANTIZED, WEIGHTS

from ..analysis.twins import kind, label, levels
from ..plotting.twin_marks import rows_of_points, told_by
from ..schema import Chart, Table
from ..stats.groups import picked, plain, span
from ..text.formatting import share


def table(rows: Sequence[Any], metrics: Mapping[str, Any]) -> Table:
    """A row for each mixture, seed and way to round: share of tokens and layers with another set of experts."""
    return [
        {"twin": label(twin), "seed": twin["seed"], "weights": said, **plain(known)}
        for twin, said, known in levels(rows, metrics, "moved", "weights", QUANTIZED)
        if kind(twin) == "MoE"
    ]


def title(table: Table) -> str:
    """The finding: everything at Q8_0 and everything at Q4_0."""
    if not table:
        return "How often rounding sends a token to other experts"
    said = {arm: span(picked(table, weights=WEIGHTS[arm]), share) for arm in ("Q8_0", "Q4_0")}
    return f"Rounding to Q4_0 changes the experts of {said['Q4_0']} of tokens and layers, to Q8_0 of {said['Q8_0']}"


def alt(table: Table) -> str:
    """Every mixture and way to round as a sentence."""
    said = told_by(table, "weights", share)
    return f"Share of tokens and layers with other experts than before rounding, for each seed. {said}."


def draw(table: Table) -> Any:
    """A point for each seed and mixture, with its interval, in a row for each way to round."""
    return rows_of_points(table, "weights", list(WEIGHTS.values()), "Tokens and layers with other experts")


CHART = Chart(
    slug="twin-drift",
    nav="Rounding and the gate",
    experiment="twin-quantization",
    table=table,
    title=title,
    subtitle="Share of tokens and layers that another set of experts reads than before rounding. A point for each "
    "seed; bars: 95% intervals over texts.",
    alt=alt,
    draw=draw,
    columns={
        "twin": "Twin",
        "seed": "Seed",
        "weights": "Rounded",
        "value": "Moved",
        "low": "95% from",
        "high": "95% to",
        "n": "Texts",
    },
)
