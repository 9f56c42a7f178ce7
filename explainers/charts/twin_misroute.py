"""Known facts that are lost when a token is read by other experts, by which ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runners.experiments.twin_misroute import SWAPS

from ..analysis.twins import label, levels_by_seed
from ..plotting.twin_marks import describe_twins, draw_share_rows
from ..schema import Chart, Table
from ..stats.groups import picked, plain, span
from ..text.formatting import share


def table(rows: Sequence[Any], metrics: Mapping[str, Any]) -> Table:
    """A row for each MoE twin, seed and replacement: the share of known facts that are lost."""
    changed = {arm: said for arm, said in SWAPS.items() if arm != "none"}
    return [
        {"twin": label(twin), "seed": twin["seed"], "route": said, **plain(known)}
        for twin, said, known in levels_by_seed(rows, metrics, "lost", "route", changed)
    ]


def title(table: Table) -> str:
    """The finding: one expert replaced, and both."""
    if not table:
        return "Known facts that are lost when other experts read a token"
    said = {arm: span(picked(table, route=SWAPS[arm]), share) for arm in ("1 random", "2 random")}
    one, both = said["1 random"], said["2 random"]
    return f"With one of two experts replaced by any other, {one} of known facts are lost; with both, {both}"


def alt(table: Table) -> str:
    """Every MoE twin and replacement as a sentence."""
    seeds = describe_twins(table, "route", share)
    return f"Share of known facts that are lost, by which experts replace a token's two. {seeds}."


def draw(table: Table) -> Any:
    """A point for each seed and MoE twin, with its interval, in a row for each replacement."""
    return draw_share_rows(table, "route", list(SWAPS.values()), "Known facts that are lost")


CHART = Chart(
    slug="twin-misroute",
    nav="Experts replaced",
    experiment="twin-misroute",
    table=table,
    title=title,
    subtitle="Share of facts above 50% that fall below 10% when the deciding token is read by other experts in every "
    "layer. A point for each seed; bars: 95% intervals over questions.",
    alt=alt,
    draw=draw,
    columns={
        "twin": "Twin",
        "seed": "Seed",
        "route": "Replaced",
        "value": "Lost",
        "low": "95% from",
        "high": "95% to",
        "n": "Facts known",
    },
)
