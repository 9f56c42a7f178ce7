"""Twin neighbours: when an MoE twin gets a fact wrong, would other experts have got it right?

Varies    which experts read the token that decides the answer: every set there is, in one layer at a time, while the
          other layers choose for themselves.
Holds     twins, facts, weights; the experts' weights follow the router's probabilities of the set.
Does not show   a router that could find the better set. Many sets are tried and some set says almost any word, so the
          right word is compared with a wrong one that the twin had found about as likely: where as many sets say the
          one as the other, other experts knew no more. A right word that was second has no wrong neighbour but below
          it, which favours it a little.
"""

from __future__ import annotations

from collections import Counter
from math import nan
from statistics import fmean

from ..items.arm_labels import HELD, PEOPLE
from ..items.twin_people import facts, values
from ..schema import Arm, Detour, Experiment, Item, Kind, Later, Metric, Reply
from ..scoring import expert_routes

NONE = dict.fromkeys(("ahead", "recovered", "alike", "any_wrong", "still_right", "margin_right", "margin_wrong"), nan)


def ask(item: Item, arm: Arm) -> Detour:
    """The start of a card; its last token, the attribute, is the one that decides."""
    return Detour(item.target["opening"], tuple(f" {word}" for word in values(item)))


def score(item: Item, arm: Arm, reply: Reply) -> dict[str, float]:
    """Judge a stored reply: which words other sets say, among those that the attribute may have."""
    found, right = [likely for likely, _ in reply.options], values(item).index(item.target["value"])
    said = expert_routes.likeliest(reply.routes)
    margin = fmean(value for layer in expert_routes.margins(reply.routes) for value in layer)
    if found[right] == max(found):
        return {**NONE, "still_right": _still(right, said), "margin_right": margin}
    wrong = [place for place in range(len(found)) if place not in (right, found.index(max(found)))]
    alike = min(wrong, key=lambda place: abs(found[place] - found[right]))
    sets = Counter(place for layer in said for place in layer)
    return {
        **NONE,
        "ahead": ((sets[right] > sets[alike]) + (sets[right] >= sets[alike])) / 2,
        "recovered": float(right in sets),
        "alike": float(alike in sets),
        "any_wrong": fmean(place in sets for place in wrong),
        "margin_wrong": margin,
    }


def _still(right: int, said: list[list[int]]) -> float:
    """The share of sets that say the right word, but for the router's own, of which each layer has one."""
    others = sum(map(len, said)) - len(said)
    return (sum(place == right for layer in said for place in layer) - len(said)) / others


EXPERIMENT = Experiment(
    slug="twin-neighbours",
    version=1,
    question="When an MoE twin gets a fact wrong, would other experts have got it right?",
    items=Later(lambda: facts(per_tier=60, held=0)),
    varies={},
    ask=ask,
    score=score,
    metrics=(
        Metric(
            "ahead",
            Kind.SHARE,
            "share of wrong facts whose right word more sets say than one as likely; ties count half",
        ),
        Metric("recovered", Kind.SHARE, "share of wrong facts that some other set gets right"),
        Metric("alike", Kind.SHARE, "share of wrong words about as likely that some other set says", better="lower"),
        Metric("any_wrong", Kind.SHARE, "share of all other wrong words that some other set says", better="lower"),
        Metric("still_right", Kind.SHARE, "share of other sets that get a right fact right"),
        Metric("margin_right", Kind.DIFFERENCE, "lead of the router's choice where the fact is right"),
        Metric("margin_wrong", Kind.DIFFERENCE, "lead of the router's choice where the fact is wrong"),
    ),
    strata=("tier",),
    quick=12,
    context=64,
    ladder="knowledge",
    sparse=True,
    labels={
        "held": HELD,
    },
    tags={**PEOPLE},
)
