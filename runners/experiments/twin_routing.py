"""Twin routing: what does a router go by, the word or the kind of text?

Varies    the kind of text: cards about people, walks, lookups, piles, stories; its size.
Holds     twins, weights, the router's own choice. No puzzle was ever read; what a card says was, though hardly in this
          order.
Does not show   what an expert does with the tokens it gets. Texts of one kind have words in common, so a router that
          goes by the word alone tells kinds apart as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import comb, nan
from statistics import fmean

from ..items.arm_labels import POPULARITY
from ..items.puzzles import PUZZLES, texts
from ..items.twin_people import cards
from ..schema import Arm, Experiment, Item, Kind, Later, Metric, Reply, Trace
from ..scoring import expert_routes

WINDOW = 128
SEED = 11
PER_SIZE = {"walk": 8, "lookup": 6, "pile": 8, "story": 8}

Sets = Sequence[tuple[int, ...]]


def items() -> tuple[Item, ...]:
    """About as many texts of each kind."""
    told = [Item(card.id, card.prompt, {}, {"kind": "card", **card.tags}, card.cluster) for card in cards(per_tier=5)]
    return (*told, *(item for kind in PUZZLES for item in texts(kind, PER_SIZE[kind], SEED)))


def ask(item: Item, arm: Arm) -> Trace:
    """The text as the corpus has it, which fits one window whole."""
    return Trace(item.prompt, window=WINDOW, routing=True)


def score(item: Item, arm: Arm, reply: Reply) -> dict[str, float]:
    """Judge a stored reply, layers averaged; the token that begins every text is left out.

    Beside the metrics, `load 0 3` is the share of the text that expert 3 of layer 0 reads: charts add these up over
    texts.
    """
    tokens, layers = reply.tokens[1:], [layer[1:] for layer in expert_routes.chosen(reply.routes)]
    loads = {
        f"load {number} {expert}": count / (len(layer) * reply.routes["used"])
        for number, layer in zip(reply.routes["layers"], layers, strict=True)
        for expert, count in sorted(Counter(expert for experts in layer for expert in experts).items())
    }
    same, other = zip(*(_in_common(tokens, layer) for layer in layers), strict=True)
    margin = fmean(value for layer in expert_routes.margins(reply.routes) for value in layer[1:])
    return {"same_token": fmean(same), "other_token": fmean(other), "margin": margin, **loads}


def _in_common(tokens: Sequence[str], sets: Sets) -> tuple[float, float]:
    """The share of experts that two places with the same token have in common, and two with different ones: means over
    all pairs of places, so that long and short texts can be compared."""
    groups = [[own for own, token in zip(sets, tokens, strict=True) if token == one] for one in set(tokens)]
    shared, pairs = sum(map(_shared, groups)), sum(comb(len(group), 2) for group in groups)
    others = comb(len(sets), 2) - pairs
    used = len(sets[0])
    return (
        shared / (pairs * used) if pairs else nan,
        (_shared(sets) - shared) / (others * used) if others else nan,
    )


def _shared(sets: Sets) -> int:
    """How many experts all pairs of sets have in common, added up."""
    return sum(comb(count, 2) for count in Counter(expert for experts in sets for expert in experts).values())


EXPERIMENT = Experiment(
    slug="twin-routing",
    version=1,
    question="Does a router choose experts by the word or by the kind of text?",
    items=Later(items),
    varies={},
    ask=ask,
    score=score,
    metrics=(
        Metric("same_token", Kind.SHARE, "share of experts that two places with the same word have in common"),
        Metric("other_token", Kind.SHARE, "share of experts that two places with different words have in common"),
        Metric("margin", Kind.DIFFERENCE, "lead of the router's last choice over the best that it left out"),
    ),
    strata=("kind",),
    quick=6,
    context=WINDOW,
    ladder="skills",
    sparse=True,
    tags={**POPULARITY},
)
