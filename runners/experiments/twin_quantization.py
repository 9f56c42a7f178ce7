"""Twin quantization: does the same rounding of the weights hurt a mixture of experts more than a dense twin?

Varies    what the weights are rounded to: all tensors to Q8_0, Q5_0, Q4_0; and Q4_0 for the feed-forward blocks or
          experts, the attention, or the embeddings alone. Every tensor gets the very type, none of llama.cpp's mixes.
Holds     twins, facts, cards, F16 weights to begin with; the router and the norms are never rounded.
Does not show   k-quants, whose blocks of 256 do not fit the rows of models this small, or what an importance matrix
          would mend.
"""

from __future__ import annotations

from dataclasses import replace
from math import fsum, log2, nan

from ..items.people import attributes, cards, facts
from ..schema import Arm, Choose, Experiment, Item, Metric, Reply, Trace
from ..scoring.choice import shares

WINDOW = 64


def items() -> tuple[Item, ...]:
    """Facts to be asked, and cards to be traced."""
    parts = {"fact": facts(per_tier=12, held=0), "card": cards(per_tier=6)}
    return tuple(
        replace(item, tags={"asks": asks, "tier": item.tags["tier"], **_attribute(item)})
        for asks, part in parts.items()
        for item in part
    )


def _attribute(item: Item) -> dict[str, str]:
    return {"attribute": str(item.tags["attribute"])} if "attribute" in item.tags else {}


def words(item: Item) -> tuple[str, ...]:
    """The words that a fact's attribute may have."""
    return attributes()[str(item.tags["attribute"])]


def ask(item: Item, arm: Arm) -> Choose | Trace:
    """A fact as the start of its card; a card as the text that it is, compared with the twin as it was."""
    if item.tags["asks"] == "card":
        return Trace(item.prompt, window=WINDOW, routing=True, compared=True)
    return Choose(item.target["opening"], tuple(f" {word}" for word in words(item)), chat=False)


def score(item: Item, arm: Arm, reply: Reply) -> dict[str, float]:
    """Judge a stored reply; what does not apply is NaN."""
    none = dict.fromkeys(("known_bits", "correct", "divergence", "same_top", "moved"), nan)
    if item.tags["asks"] == "card":
        found = {name: fsum(reply.against[name][1:]) / (len(reply.tokens) - 1) for name in ("divergence", "same_top")}
        return {**none, **found, "moved": _moved(reply)}
    found = shares(reply.options)
    right = found[words(item).index(item.target["value"])]
    known = log2(len(found)) + log2(max(right, 1e-12))
    return {**none, "known_bits": known, "correct": float(right == max(found))}


def _moved(reply: Reply) -> float:
    """The share of tokens and layers that other experts read than before; NaN where there are none."""
    moved, layers = reply.against["moved"], reply.routes.get("layers", ())
    return fsum(moved) / (len(moved) * len(layers)) if moved and layers else nan


EXPERIMENT = Experiment(
    slug="twin-quantization",
    version=1,
    question="Does the same rounding of the weights hurt a mixture of experts more than a dense twin?",
    items=items(),
    loads={
        "weights": ("", "Q8_0", "Q5_0", "Q4_0", "Q4_0 feed-forward experts", "Q4_0 attention", "Q4_0 embeddings"),
    },
    varies={},
    ask=ask,
    score=score,
    metrics=(
        Metric("known_bits", unit="bits a fact"),
        Metric("correct", unit="share of facts"),
        Metric("divergence", unit="nats a token", better="lower"),
        Metric("same_top", unit="share of tokens with the same likeliest next one"),
        Metric("moved", unit="share of tokens and layers with other experts", better="lower"),
    ),
    strata=("asks", "tier"),
    quick=2,
    context=WINDOW,
    ladder="knowledge",
)
