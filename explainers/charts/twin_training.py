"""Training loss by tokens read on the knowledge ladder: dense and MoE twins side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from ..analysis.twins import kind, label
from ..measurements.training_logs import EXPERIMENT
from ..plotting.twin_marks import draw_seed_bands
from ..schema import Chart, Table
from ..stats.groups import span, written

LADDER = "knowledge"

EVERY = 200
"""Steps between the points that are drawn; the logs have more."""


def table(rows: Sequence[Any], metrics: Mapping[str, Any]) -> Table:
    """Mean loss over seeds, with its lowest and highest seed, for each rung and every so many steps.

    `rows` are lines of training logs.
    """
    rows = [row for row in rows if row["ladder"] == LADDER]
    last = max((row["step"] for row in rows), default=0)
    groups: dict[tuple, list[Any]] = {}
    for row in rows:
        if row["step"] % EVERY == 0 or row["step"] == last:
            groups.setdefault((row["experts"] > 0, row["rung"], row["tokens"]), []).append(row)
    return [_line(own) for _, own in groups.items()]


def _line(own: Sequence[Any]) -> dict[str, Any]:
    losses = [row["loss"] for row in own]
    return {
        "twin": label(own[0]),
        "kind": kind(own[0]),
        "tokens": own[0]["tokens"],
        "value": fmean(losses),
        "lowest": min(losses),
        "highest": max(losses),
        "seeds": len(own),
        "flops": fmean(row["flops"] for row in own),
    }


def title(table: Table) -> str:
    """The finding: where dense and MoE twins end."""
    if not table:
        return "Training loss of the knowledge twins"
    end = max(row["tokens"] for row in table)
    last = [row for row in table if row["tokens"] == end]
    ends = {one: [row["value"] for row in last if row["kind"] == one] for one in ("dense", "MoE")}
    said = [f"{one} twins end at {span(losses, _nats)}" for one, losses in ends.items() if losses]
    return f"After {end / 1e6:.1f} million tokens of facts, {', '.join(said)} nats per token"


def _nats(value: float) -> str:
    return f"{value:.2f}"


def alt(table: Table) -> str:
    """First and last loss of every rung."""
    lines = []
    for twin in dict.fromkeys(row["twin"] for row in table):
        own = [row for row in table if row["twin"] == twin]
        lines.append(f"{twin} from {own[0]['value']:.2f} to {own[-1]['value']:.2f}, {own[-1]['flops']:.1e} FLOPs")
    return f"Training loss of the knowledge twins in nats per token by tokens read. {'; '.join(lines)}."


def draw(table: Table) -> Any:
    """A panel for dense twins and one for MoE twins; a line a rung, and a band from the lowest seed to the highest."""
    import altair as alt

    tokens = alt.X("tokens:Q", title="Tokens read", axis=alt.Axis(format="~s", tickCount=5))
    told = [
        alt.Tooltip("twin:N", title="Twin"),
        alt.Tooltip("tokens:Q", title="Tokens", format=","),
        alt.Tooltip("value:Q", title="Loss", format=".3f"),
        alt.Tooltip("seeds:Q", title="Seeds"),
    ]
    return draw_seed_bands(table, tokens, told)


def digest(table: Table) -> Table:
    """The reader's rows: the end of every training."""
    last: dict[str, Any] = {row["twin"]: row for row in table}
    return written(written(list(last.values()), ("value", "lowest", "highest"), _nats), ("flops",), "{:.2e}".format)


CHART = Chart(
    slug="twin-training",
    nav="Training of the twins",
    experiment=EXPERIMENT,
    table=table,
    title=title,
    subtitle="Knowledge ladder: training loss in nats per token by tokens read, mean over seeds. "
    "Bands: lowest and highest seed.",
    alt=alt,
    draw=draw,
    digest=digest,
    columns={
        "twin": "Twin",
        "seeds": "Seeds",
        "tokens": "Tokens",
        "value": "Loss at the end",
        "lowest": "Lowest seed",
        "highest": "Highest seed",
        "flops": "Training FLOPs",
    },
)
