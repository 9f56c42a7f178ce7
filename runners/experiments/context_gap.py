"""Context gap: how much of a longer text can a model still use?

Varies    length of the text, by hay alone; what is asked (the same words, another way of saying it, several at once,
          a thing that changes hands, how often); in which fifth of the text the answer stands.
Holds     the needles of a text and their places, instruction, chat template, greedy decoding.
Does not show   lengths beyond the longest here; reasoning over what was found; text that means something throughout.
"""

from __future__ import annotations

from functools import lru_cache

from ..items.haystack import questions, text
from ..schema import Arm, Experiment, Generate, Item, Kind, Later, Metric, Reply
from ..scoring.keywords import all_named, first_named

SEED = 13
LENGTHS = (256, 512, 1024, 2048, 4096)
"""Tokens of the text, about: what it takes differs by a few per cent from one vocabulary to the next."""

EXAMPLE = """Read a text, then answer a question about it in a word or two. An example:

The bus left at noon. The code of the beige locker is 5310. Somebody had forgotten a green umbrella.

Question: What is the code of the beige locker?
Answer: 5310

Now the same with this text."""
"""Before the text, so that whatever is asked about it shares the reading."""

hay = lru_cache(maxsize=64)(text)  # a text serves thirteen questions


def ask(item: Item, arm: Arm) -> Generate:
    """The one prompt of a cell, the question last."""
    told = hay(item.target["text"], SEED, arm["length"])
    prompt = f"{EXAMPLE}\n\n{told}\n\nQuestion: {item.prompt}\nAnswer:"
    return Generate(prompt, max_tokens=48 if item.tags["kind"] == "several" else 24)


def score(item: Item, arm: Arm, reply: Reply) -> dict[str, float]:
    """Judge a stored reply: all of several answers, or the right one named first of those that the text offers."""
    answers, said = item.target["answers"], reply.text.strip()
    if item.tags["kind"] == "several":
        right = all_named(said, answers)
    else:
        right = first_named(said.partition("\n")[0], item.target["among"]) == answers[0]
    return {"right": float(right), "read": float(reply.prompt_tokens)}


EXPERIMENT = Experiment(
    slug="context-gap",
    version=1,
    question="How much of a longer text can a model still use?",
    items=Later(lambda: questions(texts=12, seed=SEED)),
    varies={"length": LENGTHS},
    ask=ask,
    score=score,
    metrics=(
        Metric("right", Kind.SHARE, "share of answers"),
        Metric("read", Kind.COUNT, "tokens read, question and template included"),
    ),
    strata=("kind",),
    quick=1,
    context=4608,
    labels={
        "kind": {
            "literal": "literal: one code, asked for in the same words",
            "association": "association: a home, asked for in other words",
            "several": "several: three codes at once",
            "tracking": "tracking: who has the parcel in the end",
            "counting": "counting: how often the bell rang",
        },
        "length": {tokens: f"{tokens} tokens of text" for tokens in LENGTHS},
    },
    tags={"fifth": "fifth of the text"},
)
