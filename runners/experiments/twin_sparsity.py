"""Twin sparsity: what happens to an MoE twin when each token uses fewer or more experts than in training?

Varies    the number of experts that each token uses, from one to all there are.
Holds     twins, facts, cards, weights; the router's probabilities of the chosen are scaled to sum to one.
Does not show   a model that was trained to be used with other numbers. These were trained with two.
"""

from __future__ import annotations

from math import nan

from ..items.arm_labels import PEOPLE, experts_used
from ..items.twin_people import choice, facts_and_cards
from ..schema import Arm, Choose, Experiment, Item, Kind, Later, Metric, Reply, Trace
from ..scoring.twin_facts import mean_per_token, score_fact

WINDOW = 64


def ask(item: Item, arm: Arm) -> Choose | Trace:
    """A fact as the start of its card; a card as the text that it is, compared with the twin as it was trained."""
    if item.tags["asks"] == "card":
        return Trace(item.prompt, window=WINDOW, compared=True)
    return choice(item, item.target["opening"])


def score(item: Item, arm: Arm, reply: Reply) -> dict[str, float]:
    """Judge a stored reply; what does not apply is NaN."""
    none = dict.fromkeys(("known_bits", "correct", "divergence"), nan)
    if item.tags["asks"] == "card":
        return {**none, "divergence": mean_per_token(reply, "divergence")}
    return {**none, **score_fact(item, reply)}


USED = (1, 2, 3, 4, 6, 8, 16)

EXPERIMENT = Experiment(
    slug="twin-sparsity",
    version=1,
    question="What does an MoE twin lose or gain when each token uses fewer or more experts than in training?",
    items=Later(lambda: facts_and_cards(facts_per_tier=12, cards_per_tier=6)),
    loads={"experts_used": USED},
    varies={},
    ask=ask,
    score=score,
    metrics=(
        Metric("known_bits", Kind.BITS, "bits per fact"),
        Metric("correct", Kind.SHARE, "share of facts"),
        Metric("divergence", Kind.NATS, "nats per token", better="lower"),
    ),
    strata=("asks", "tier"),
    quick=2,
    context=WINDOW,
    ladder="knowledge",
    sparse=True,
    labels={
        "experts_used": experts_used(USED),
    },
    tags={**PEOPLE, "asks": "what is asked for"},
)
