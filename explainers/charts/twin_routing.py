"""What two tokens' experts have in common: of one word, of one text, of one kind of text, of two kinds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean
from typing import Any

from ..analysis.twins import group_by_seed, label
from ..schema import Chart, Table
from ..stats.dense_equivalent import kind as kind_of
from ..stats.groups import picked, span
from ..text.formatting import share

PAIRS = ("one word, twice", "two words of a text", "two texts of a kind", "texts of two kinds")
KINDS = {"card": "cards", "walk": "walks", "lookup": "lookups", "pile": "piles", "story": "stories"}

Load = Mapping[str, float]
"""Layer and expert -> the share of a text that it reads."""


def table(rows: Sequence[Any], metrics: Mapping[str, Any]) -> Table:
    """A row for each MoE twin, kind of text and kind of pair: mean over seeds, with the lowest and the highest seed."""
    groups: dict[tuple, list[float]] = {}
    even: dict[str, float] = {}
    for twin, heard in group_by_seed(row for row in rows if kind_of(row.twin) == "MoE"):
        even[label(twin)] = twin["used"] / twin["experts"]
        for kind, pair, value in _in_common(heard, twin["used"]):
            groups.setdefault((label(twin), kind, pair), []).append(value)
    return [
        {
            "twin": twin,
            "kind": KINDS[kind],
            "pair": pair,
            "value": fmean(values),
            "lowest": min(values),
            "highest": max(values),
            "even": even[twin],
            "seeds": len(values),
        }
        for (twin, kind, pair), values in groups.items()
    ]


def _in_common(rows: Sequence[Any], used: int) -> Iterator[tuple[str, str, float]]:
    """(kind of text, kind of pair, share of experts in common) of one twin."""
    kinds = {kind: [row.metrics for row in rows if row.facts.get("kind") == kind] for kind in KINDS}
    kinds = {kind: own for kind, own in kinds.items() if len(own) > 1}
    for kind, own in kinds.items():
        for pair, metric in zip(PAIRS, ("same_token", "other_token"), strict=False):
            told = [one[metric] for one in own if one[metric] == one[metric]]
            if told:
                yield kind, pair, fmean(told)
        loads = [_load(one) for one in own]
        yield kind, PAIRS[2], used * _within(loads)
        others = [_load(one) for other in kinds if other != kind for one in kinds[other]]
        if others:
            yield kind, PAIRS[3], used * _overlap(_mean(loads), _mean(others))


def _load(metrics: Mapping[str, float]) -> Load:
    """The loads among a reply's metrics, which say the layer next: all layers together make 1."""
    loads = {name: value for name, value in metrics.items() if name.startswith("load ")}
    layers = len({name.split()[1] for name in loads})
    return {name: value / layers**0.5 for name, value in loads.items()}


def _mean(loads: Sequence[Load]) -> Load:
    names = sorted({name for load in loads for name in load})
    return {name: fmean(load.get(name, 0.0) for load in loads) for name in names}


def _overlap(one: Load, other: Load) -> float:
    """The chance that an expert drawn from one load and one drawn from another are the same, layers averaged."""
    return sum(value * other.get(name, 0.0) for name, value in one.items())


def _within(loads: Sequence[Load]) -> float:
    """The same for two different ones of some loads, averaged over all pairs."""
    many, mean = len(loads), _mean(loads)
    return (many * many * _overlap(mean, mean) - sum(_overlap(one, one) for one in loads)) / (many * (many - 1))


def title(table: Table) -> str:
    """The finding: by the word or by the kind."""
    if not table:
        return "Experts that two tokens have in common, by what else they have in common"
    word, kind, apart = (span(_against_even(table, PAIRS[place]), "{:.1f}".format) for place in (0, 2, 3))
    return (
        f"Against even use, the same word twice shares {word} times the experts, two texts of a kind {kind}, "
        f"of two kinds {apart}"
    )


def _against_even(table: Table, pair: str) -> list[float]:
    return [row["value"] / row["even"] for row in table if row["pair"] == pair]


def alt(table: Table) -> str:
    """Every MoE twin, pair and kind of text as a sentence."""
    lines = []
    for twin in dict.fromkeys(row["twin"] for row in table):
        own = [row for row in table if row["twin"] == twin]
        said = [
            f"{pair} in {kind} {span(picked(own, pair=pair, kind=kind), share)}"
            for pair, kind in dict.fromkeys((row["pair"], row["kind"]) for row in own)
        ]
        lines.append(f"{twin}, where even use would give {share(own[0]['even'])}: {', '.join(said)}")
    return f"Share of experts that two tokens have in common, means over seeds. {'. '.join(lines)}."


def draw(table: Table) -> Any:
    """A panel for each kind of pair: points for each kind of text with a bar from the lowest seed to the highest, and a
    tick where evenly used experts would put it."""
    import altair as alt

    twins = alt.Scale(domain=list(dict.fromkeys(row["twin"] for row in table)))
    told = [
        alt.Tooltip("twin:N", title="Twin"),
        alt.Tooltip("kind:N", title="Text"),
        alt.Tooltip("pair:N", title="Pair"),
        alt.Tooltip("value:Q", title="In common", format=".1%"),
        alt.Tooltip("even:Q", title="If evenly used", format=".1%"),
    ]
    axis = alt.Axis(format="%", tickCount=4)
    base = alt.Chart().encode(
        y=alt.Y("kind:N", title=None, sort=list(KINDS.values())),
        yOffset=alt.YOffset("twin:N", scale=twins),
        color=alt.Color("twin:N", title=None, scale=twins),
    )
    tick = base.mark_tick(thickness=2, opacity=0.6).encode(x=alt.X("even:Q", title=None))
    bar = base.mark_rule(opacity=0.5).encode(x=alt.X("lowest:Q", title=None, axis=axis), x2="highest:Q")
    point = base.mark_point(filled=True, opacity=1).encode(
        x=alt.X("value:Q", title=None, axis=axis, scale=alt.Scale(domain=[0, 1])),
        shape=alt.Shape("twin:N", scale=twins),
        tooltip=told,
    )
    layers = alt.layer(tick, bar, point, data=alt.Data(values=list(table)))
    return layers.facet(alt.Facet("pair:N", sort=list(PAIRS), title=None), columns=2)


CHART = Chart(
    slug="twin-routing",
    nav="What routers go by",
    experiment="twin-routing",
    table=table,
    title=title,
    subtitle="Share of experts that read both of two tokens, by what the tokens have in common; means over seeds. "
    "Bars: lowest and highest seed. Ticks: if all experts were used evenly, by chance.",
    alt=alt,
    draw=draw,
    height=150,
    columns={
        "twin": "Twin",
        "kind": "Text",
        "pair": "Pair",
        "value": "In common",
        "lowest": "Lowest seed",
        "highest": "Highest seed",
        "even": "If evenly used",
    },
)
