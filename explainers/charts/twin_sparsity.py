"""Bits known of a fact by the number of experts that each token uses: one line for each MoE twin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from ..analysis.twins import group_by_seed, label
from ..plotting.twin_marks import describe_twins
from ..schema import Chart, Table
from ..stats.groups import picked, span, written

TRAINED = 2


def table(rows: Sequence[Any], metrics: Mapping[str, Any]) -> Table:
    """A row for each MoE twin and number of experts: mean over seeds, with the lowest and the highest seed."""
    groups: dict[tuple[str, int], list[float]] = {}
    for twin, heard in group_by_seed(rows):
        for used in sorted({row.facts["experts_used"] for row in heard}):
            known = [row.metrics["known_bits"] for row in heard if row.facts["experts_used"] == used]
            known = [bits for bits in known if bits == bits]
            if known:
                groups.setdefault((label(twin), used), []).append(fmean(known))
    return [
        {
            "twin": twin,
            "used": used,
            "value": fmean(bits),
            "lowest": min(bits),
            "highest": max(bits),
            "seeds": len(bits),
        }
        for (twin, used), bits in groups.items()
    ]


def title(table: Table) -> str:
    """The finding: half and twice the experts of training."""
    if not table:
        return "Bits that an MoE twin knows of a fact, by the experts that each token uses"
    one, two, four = (span(picked(table, used=used), _bits) for used in (1, 2, 4))
    return f"With one expert per token MoE twins know {one} bits per fact, with two as trained {two}, with four {four}"


def _bits(value: float) -> str:
    return f"{value:.1f}".replace("-", "−")


def alt(table: Table) -> str:
    """Every MoE twin and number as a sentence."""
    seeds = describe_twins(table, "used", _bits)
    return f"Bits known of a fact by the experts that each token uses, means over seeds. {seeds}."


def draw(table: Table) -> Any:
    """A line for each MoE twin with a band from the lowest seed to the highest, and a rule at that of training."""
    import altair as alt

    twins = alt.Scale(domain=list(dict.fromkeys(row["twin"] for row in table)))
    count = alt.X("used:Q", title="Experts that each token uses", scale=alt.Scale(type="log", base=2))
    told = [
        alt.Tooltip("twin:N", title="Twin"),
        alt.Tooltip("used:Q", title="Experts used"),
        alt.Tooltip("value:Q", title="Bits per fact", format=".2f"),
        alt.Tooltip("seeds:Q", title="Seeds"),
    ]
    base = alt.Chart(alt.Data(values=list(table))).encode(x=count, color=alt.Color("twin:N", title=None, scale=twins))
    band = base.mark_area(opacity=0.2).encode(y=alt.Y("lowest:Q", title=None), y2="highest:Q")
    line = base.mark_line().encode(y="value:Q", strokeDash=alt.StrokeDash("twin:N", scale=twins))
    point = base.mark_point(filled=True, opacity=1).encode(
        y="value:Q", shape=alt.Shape("twin:N", scale=twins), tooltip=told
    )
    trained = alt.Chart().mark_rule(strokeDash=[3, 3], opacity=0.6).encode(x=alt.datum(TRAINED))
    return alt.layer(band, trained, line, point)


def digest(table: Table) -> Table:
    """The reader's rows: bits with two decimals."""
    return written(table, ("value", "lowest", "highest"), "{:.2f}".format)


CHART = Chart(
    slug="twin-sparsity",
    nav="Experts used",
    experiment="twin-sparsity",
    table=table,
    title=title,
    subtitle="Bits known of a fact by the experts that each token uses (logarithmic), mean over seeds. "
    "Bands: lowest and highest seed. Dashed: the number of training.",
    alt=alt,
    draw=draw,
    digest=digest,
    columns={
        "twin": "Twin",
        "used": "Experts used",
        "value": "Bits per fact",
        "lowest": "Lowest seed",
        "highest": "Highest seed",
        "seeds": "Seeds",
    },
)
