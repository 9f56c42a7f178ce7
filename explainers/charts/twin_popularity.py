"""Facts known by the popularity of the person: dense and MoE twins side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import fsum
from statistics import fmean
from typing import Any

from ..analysis.twins import group_by_seed, kind, label
from ..plotting.twin_marks import draw_seed_bands
from ..schema import Chart, Table
from ..stats.groups import span, written

FORM = "card"


def table(rows: Sequence[Any], metrics: Mapping[str, Any]) -> Table:
    """A row for each rung and fifth of the people, best known first: bits known of a fact and the share right, means
    over seeds, and the bits of the lowest and the highest seed."""
    groups: dict[tuple, list[tuple[Mapping[str, Any], list[Any]]]] = {}
    for twin, heard in group_by_seed(rows):
        for tier in sorted({row.facts["tier"] for row in heard}):
            picked = [row for row in heard if row.facts["tier"] == tier and row.facts["form"] == FORM]
            if picked:
                groups.setdefault((twin["rung"], tier), []).append((twin, picked))
    return [_line(tier, seeds) for (_, tier), seeds in groups.items()]


def _line(tier: int, seeds: Sequence[tuple[Mapping[str, Any], list[Any]]]) -> dict[str, Any]:
    twin = seeds[0][0]
    bits, right = ([_mean(own, name) for _, own in seeds] for name in ("known_bits", "correct"))
    return {
        "twin": label(twin),
        "kind": kind(twin),
        "tier": tier,
        "value": fmean(bits),
        "lowest": min(bits),
        "highest": max(bits),
        "correct": fmean(right),
        "seeds": len(seeds),
        "n": sum(len(own) for _, own in seeds),
    }


def _mean(rows: Sequence[Any], metric: str) -> float:
    return fsum(row.metrics[metric] for row in rows) / len(rows)


def title(table: Table) -> str:
    """The finding: the best-known and the least-known fifth."""
    if not table:
        return "Bits that a twin knows of a fact, by the popularity of the person"
    tiers = [min(row["tier"] for row in table), max(row["tier"] for row in table)]
    said = [span((row["value"] for row in table if row["tier"] == tier), _bits) for tier in tiers]
    return f"Of people in the best-known fifth twins know {said[0]} bits per fact, in the least-known {said[1]}"


def _bits(value: float) -> str:
    return f"{value:.1f}".replace("-", "−")


def alt(table: Table) -> str:
    """Every rung as a sentence."""
    lines = []
    for twin in dict.fromkeys(row["twin"] for row in table):
        own = [row for row in table if row["twin"] == twin]
        lines.append(f"{twin}: " + ", ".join(f"fifth {row['tier']} {_bits(row['value'])}" for row in own))
    return f"Bits known of a fact by popularity of the person, means over seeds. {'. '.join(lines)}."


def draw(table: Table) -> Any:
    """A panel for dense twins and one for MoE twins; a line a rung, and a band from the lowest seed to the highest."""
    import altair as alt

    fifths = alt.X("tier:O", title="Fifth of the people, best known first", axis=alt.Axis(labelAngle=0))
    told = [
        alt.Tooltip("twin:N", title="Twin"),
        alt.Tooltip("tier:O", title="Fifth"),
        alt.Tooltip("value:Q", title="Bits per fact", format=".2f"),
        alt.Tooltip("correct:Q", title="Right", format=".0%"),
        alt.Tooltip("seeds:Q", title="Seeds"),
    ]
    return draw_seed_bands(table, fifths, told)


def digest(table: Table) -> Table:
    """The reader's rows: bits with two decimals."""
    return written(table, ("value", "lowest", "highest"), "{:.2f}".format)


CHART = Chart(
    slug="twin-popularity",
    nav="Facts by popularity",
    experiment="twin-knowledge",
    table=table,
    title=title,
    subtitle="Bits known of a fact by popularity of the person, mean over seeds. Bands: lowest and highest seed.",
    alt=alt,
    draw=draw,
    digest=digest,
    columns={
        "twin": "Twin",
        "tier": "Fifth",
        "value": "Bits per fact",
        "lowest": "Lowest seed",
        "highest": "Highest seed",
        "correct": "Right",
        "seeds": "Seeds",
        "n": "Replies",
    },
)
