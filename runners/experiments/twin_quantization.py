"""Twin quantization: does the same quantization of the weights hurt an MoE twin more than a dense one?

Varies    what the weights are quantized to: all tensors to Q8_0, Q5_0, Q4_0; and Q4_0 for the feed-forward blocks or
          experts, the attention, or the embeddings alone. Every tensor gets the very type, none of llama.cpp's mixes.
Holds     twins, facts, cards, F16 weights to begin with; the router and the norms are never quantized.
Does not show   k-quants, whose blocks of 256 do not fit the rows of models this small, or what an importance matrix
          would mend.
"""

from __future__ import annotations

from math import fsum, nan

from ..items.arm_labels import PEOPLE, WEIGHTS, weights
from ..items.twin_people import choice, facts_and_cards
from ..schema import Arm, Choose, Experiment, Item, Kind, Later, Metric, Reply, Trace
from ..scoring.twin_facts import mean_per_token, score_fact

WINDOW = 64


def ask(item: Item, arm: Arm) -> Choose | Trace:
    """A fact as the start of its card; a card as the text that it is, compared with the twin as it was."""
    if item.tags["asks"] == "card":
        return Trace(item.prompt, window=WINDOW, routing=True, compared=True)
    return choice(item, item.target["opening"])


def score(item: Item, arm: Arm, reply: Reply) -> dict[str, float]:
    """Judge a stored reply; what does not apply is NaN."""
    none = dict.fromkeys(("known_bits", "correct", "divergence", "same_top", "moved"), nan)
    if item.tags["asks"] == "card":
        found = {name: mean_per_token(reply, name) for name in ("divergence", "same_top")}
        return {**none, **found, "moved": _moved(reply)}
    return {**none, **score_fact(item, reply)}


def _moved(reply: Reply) -> float:
    """The share of tokens and layers that other experts read than before; NaN where there are none."""
    moved, layers = reply.against["moved"], reply.routes.get("layers", ())
    return fsum(moved) / (len(moved) * len(layers)) if moved and layers else nan


EXPERIMENT = Experiment(
    slug="twin-quantization",
    version=1,
    question="Does the same quantization of the weights hurt an MoE twin more than a dense one?",
    items=Later(lambda: facts_and_cards(facts_per_tier=12, cards_per_tier=6)),
    loads={
        "weights": ("", "Q8_0", "Q5_0", "Q4_0", "Q4_0 feed-forward experts", "Q4_0 attention", "Q4_0 embeddings"),
    },
    varies={},
    ask=ask,
    score=score,
    metrics=(
        Metric("known_bits", Kind.BITS, "bits per fact"),
        Metric("correct", Kind.SHARE, "share of facts"),
        Metric("divergence", Kind.NATS, "nats per token", better="lower"),
        Metric("same_top", Kind.SHARE, "share of tokens with the same likeliest next one"),
        Metric("moved", Kind.SHARE, "share of tokens and layers with other experts", better="lower"),
    ),
    strata=("asks", "tier"),
    quick=2,
    context=WINDOW,
    ladder="knowledge",
    labels={
        "weights": weights(WEIGHTS),
    },
    tags={**PEOPLE, "asks": "what is asked for"},
)
