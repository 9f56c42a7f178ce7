"""Quant answers: how many answers does quantizing the weights flip, and how many more are wrong for it?

Varies    what the weights are quantized to: nothing, Q8_0, Q5_0, Q4_0, Q3_K, every tensor to the very type.
Holds     120 facts of the experiment on knowledge and 120 scenes of the one on the everyday world, each a choice
          between given answers in those experiments' own words; F16 cache.
Does not show   replies in words, of which quantizing may flip more. Nor what the first quantization cost where the file
          it starts from is quantized already.
"""

from __future__ import annotations

from ..items.arm_labels import WEIGHTS, weights
from ..items.forced_choice import choices
from ..schema import Arm, Choose, Experiment, Item, Kind, Later, Metric, Reply
from ..scoring.multiple_choice import shares


def ask(item: Item, arm: Arm) -> Choose:
    """The one question of a cell: the load alone tells arms apart."""
    return Choose(item.prompt, tuple(item.target["options"]), chat=item.target["chat"])


def score(item: Item, arm: Arm, reply: Reply) -> dict[str, float]:
    """Judge a stored reply. `picked` is the place of the likeliest option, by which flips are counted."""
    found = shares(reply.options)
    picked = found.index(max(found))
    return {"right": float(picked == item.target["right"]), "picked": float(picked), "confidence": max(found)}


EXPERIMENT = Experiment(
    slug="quant-answers",
    version=1,
    question="How many answers does quantizing the weights flip, and how many more are wrong for it?",
    items=Later(choices),
    loads={"weights": ("", "Q8_0", "Q5_0", "Q4_0", "Q3_K")},
    varies={},
    ask=ask,
    score=score,
    metrics=(
        Metric("right", Kind.SHARE, "share of answers"),
        Metric("picked", Kind.POSITION, "place of the likeliest option"),
        Metric("confidence", Kind.SHARE, "share of probability on it"),
    ),
    strata=("skill", "group"),
    quick=1,
    context=512,
    labels={
        "weights": weights(WEIGHTS),
    },
)
