"""Twin misroute: what does a token lose when it is read by other experts than the router chose?

Varies    how many of its two experts are replaced at the token that decides the answer, in every layer, and by which:
          the likeliest others, any others, the least likely.
Holds     twins, facts, weights; the experts' weights follow the new experts' probabilities, as the router gave them.
Does not show   a router that is wrong of its own accord, which would be wrong where tokens are ambiguous.
"""

from __future__ import annotations

from math import exp, nan

from ..items.arm_labels import HELD, PEOPLE
from ..items.twin_people import facts
from ..schema import Arm, Experiment, Item, Kind, Later, Metric, Reply, Route, Trace

ROUTES = {
    "none": None,
    "1 next": (1, "next"),
    "1 random": (1, "random"),
    "1 least": (1, "least"),
    "2 next": (2, "next"),
    "2 random": (2, "random"),
    "2 least": (2, "least"),
}
"""Arm -> how many of the two experts are replaced, and by which others."""

KNOWN, LOST = 0.5, 0.1
"""The probability of the right word from which a fact counts as known, and below which it counts as lost."""

WINDOW = 64


def ask(item: Item, arm: Arm) -> Trace:
    """The start of a card with its answer. Each of its words is a token, and the beginning of the text is one more."""
    opening = item.target["opening"]
    decides = len(opening.split())
    swap = ROUTES[str(arm["route"])]
    route = Route(swapped=swap[0], by=swap[1], places=(decides,), seed=1) if swap else None
    return Trace(f"{opening} {item.target['value']}", window=WINDOW, route=route, routing=True, compared=True)


def score(item: Item, arm: Arm, reply: Reply) -> dict[str, float]:
    """Judge a stored reply by its last token, the answer, before and after."""
    before, after = reply.against["logprobs"][-1], reply.logprobs[-1]
    known = exp(before) > KNOWN
    return {
        "lost_nats": before - after,
        "lost_nats_known": before - after if known else nan,
        "lost": float(exp(after) < LOST) if known else nan,
        "kept": float(exp(after) >= LOST) if known else nan,
    }


SWAPS = {
    "none": "none",
    "1 next": "one for the next best",
    "1 random": "one for any other",
    "1 least": "one for the least likely",
    "2 next": "both for the next best",
    "2 random": "both for any others",
    "2 least": "both for the least likely",
}
"""What an arm called `route` replaces of a token's two experts, in words."""

EXPERIMENT = Experiment(
    slug="twin-misroute",
    version=1,
    question="How much of a fact is lost when one or both of a token's experts are replaced by others?",
    items=Later(lambda: facts(per_tier=24, held=0)),
    varies={"route": tuple(ROUTES)},
    ask=ask,
    score=score,
    metrics=(
        Metric("lost_nats", Kind.NATS, "nats that the answer loses", better="lower"),
        Metric("lost_nats_known", Kind.NATS, f"nats that answers above {KNOWN:.0%} lose", better="lower"),
        Metric("lost", Kind.SHARE, f"share of answers above {KNOWN:.0%} that fall below {LOST:.0%}", better="lower"),
        Metric("kept", Kind.SHARE, f"share of answers above {KNOWN:.0%} that stay above {LOST:.0%}"),
    ),
    strata=("tier",),
    quick=4,
    context=WINDOW,
    ladder="knowledge",
    sparse=True,
    labels={
        "route": {arm: f"{words}: what replaces the token's experts" for arm, words in SWAPS.items()},
        "held": HELD,
    },
    tags={**PEOPLE},
)
