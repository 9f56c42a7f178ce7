"""Quant sensitivity: how far does quantizing the weights move a model from what it said before?

Varies    what the weights are quantized to: Q8_0, Q5_0, Q4_0, Q3_K. Every tensor gets the very type, none of
          llama.cpp's mixes, which keep some tensors at more bits; no importance matrix.
Holds     text (our own, eleven registers, in pieces of about 256 tokens), F16 cache; the router and the norms are never
          quantized.
Does not show   what the first quantization cost where the file it starts from is quantized already, as SmolLM2's at
          Q4_1: a move from there is not the move from F16. Nor Q3_K itself in models whose rows 256 does not divide:
          llama.cpp gives these tensors a type of more bits, and the chart shows the bits there really are.
"""

from __future__ import annotations

from ..items.arm_labels import WEIGHTS, weights
from ..items.passages import pieces
from ..schema import Arm, Experiment, Item, Kind, Later, Metric, Reply, Trace
from ..scoring.divergence import compare_traces

WINDOW = 512
"""Twice what a piece takes with usual tokenizers, so that each is read whole."""


def ask(item: Item, arm: Arm) -> Trace:
    """A piece of the text as it stands, compared with the model as it was."""
    return Trace(item.prompt, window=WINDOW, compared=True)


def score(item: Item, arm: Arm, reply: Reply) -> dict[str, float]:
    """Judge a stored reply."""
    return compare_traces(reply, WINDOW)


EXPERIMENT = Experiment(
    slug="quant-sensitivity",
    version=1,
    question="How far does quantizing the weights move a model from what it said before?",
    items=Later(pieces),
    loads={"weights": ("Q8_0", "Q5_0", "Q4_0", "Q3_K")},
    varies={},
    ask=ask,
    score=score,
    metrics=(
        Metric("divergence", Kind.NATS, "nats per token", better="lower"),
        Metric("divergence_99", Kind.NATS, "nats, reached by one token in a hundred", better="lower"),
        Metric("same_top", Kind.SHARE, "share of tokens with the same likeliest next one"),
        Metric("lost", Kind.NATS, "nats per token that the text became less likely", better="lower"),
    ),
    strata=("kind",),
    quick=1,
    context=WINDOW,
    labels={
        "weights": weights(WEIGHTS),
    },
)
