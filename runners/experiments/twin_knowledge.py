"""Twin knowledge: how many bits about invented people does each twin of the knowledge ladder hold?

Varies    popularity of the person; whether training ever asked about them; the form of the question: card (the start of
          a card, as most of the corpus has it) or question.
Holds     people, facts, tokenizer, training tokens, items; seeds differ in start and in the order of documents.
Does not show   what a model of useful size knows: the twins are a few hundred thousand parameters small. It shows how
          architectures differ when nothing else does.
"""

from __future__ import annotations

from ..items.arm_labels import HELD, PEOPLE
from ..items.twin_people import choice, facts, values
from ..schema import Arm, Choose, Experiment, Item, Kind, Later, Metric, Reply
from ..scoring.multiple_choice import known_bits, shares

SURE = 0.9
"""The probability from which a wrong answer counts as confident."""


def ask(item: Item, arm: Arm) -> Choose:
    """Which of the attribute's words comes next, in one form or the other?"""
    return choice(item, item.target["opening"] if arm["form"] == "card" else item.prompt)


def score(item: Item, arm: Arm, reply: Reply) -> dict[str, float]:
    """Judge a stored reply: probabilities are shared out among the attribute's words alone."""
    found, place = shares(reply.options), values(item).index(item.target["value"])
    best = max(found)
    wrong = found[place] < best
    return {
        "correct": float(not wrong),
        "known_bits": known_bits(found, place),
        "sure_and_wrong": float(wrong and best > SURE),
        "sure": float(best > SURE),
    }


EXPERIMENT = Experiment(
    slug="twin-knowledge",
    version=1,
    question="What does a parameter hold when dense and sparse models read the same facts?",
    items=Later(lambda: facts(per_tier=60, held=60)),
    varies={"form": ("card", "question")},
    ask=ask,
    score=score,
    metrics=(
        Metric("correct", Kind.SHARE, "share of facts"),
        Metric("known_bits", Kind.BITS, "bits per fact"),
        Metric("sure_and_wrong", Kind.SHARE, f"share of answers wrong with more than {SURE:.0%}", better="lower"),
        Metric("sure", Kind.SHARE, f"share of answers with more than {SURE:.0%}"),
    ),
    strata=("tier", "held"),
    quick=12,
    context=64,
    ladder="knowledge",
    labels={
        "form": {"card": "card: the start of a card about the person", "question": "question: asked in words"},
        "held": HELD,
    },
    tags={**PEOPLE},
)
