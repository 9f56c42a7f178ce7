"""Answers that an MoE twin keeps with half of its experts, by what they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runners.experiments.twin_skills import SKILLS

from ..analysis.twins import label, levels_by_seed
from ..plotting.twin_marks import describe_twins, draw_share_rows
from ..schema import Chart, Table
from ..stats.groups import picked, plain, span
from ..text.formatting import share

DOMAINS = {"common fact": "facts, best known", "rare fact": "facts, least known", **SKILLS}
"""What `domain` may say, in words."""


def table(rows: Sequence[Any], metrics: Mapping[str, Any]) -> Table:
    """A row for each MoE twin, seed and domain: the share of known answers that one expert keeps."""
    return [
        {"twin": label(twin), "seed": twin["seed"], "domain": said, **plain(known)}
        for twin, said, known in levels_by_seed(rows, metrics, "kept", "domain", DOMAINS)
    ]


def title(table: Table) -> str:
    """The finding: the common against the rare."""
    if not table:
        return "Answers that an MoE twin keeps with one expert instead of two"
    common, rare = (span(picked(table, domain=DOMAINS[one]), share) for one in ("common fact", "rare fact"))
    return f"With one expert instead of two, {common} of known common facts are kept and {rare} of rare ones"


def alt(table: Table) -> str:
    """Every MoE twin and domain as a sentence."""
    seeds = describe_twins(table, "domain", share)
    return f"Share of known answers that one expert per token keeps, for each seed. {seeds}."


def draw(table: Table) -> Any:
    """A point for each seed and MoE twin, with its interval, in a row for each domain."""
    return draw_share_rows(table, "domain", list(DOMAINS.values()), "Known answers that are kept")


CHART = Chart(
    slug="twin-narrow",
    nav="Common and rare",
    experiment="twin-narrow",
    table=table,
    title=title,
    subtitle="Share of answers above 50% with two experts per token that stay there with one. A point for each seed; "
    "bars: 95% intervals over questions.",
    alt=alt,
    draw=draw,
    columns={
        "twin": "Twin",
        "seed": "Seed",
        "domain": "About",
        "value": "Kept",
        "low": "95% from",
        "high": "95% to",
        "n": "Answers known",
    },
)
