"""Twin skills: what do the same twins know by heart, and what can they work out from what is given?

Varies    the skill: facts about invented people; walks round a ring; lookups at growing distance; piles (can it be
          lifted, in matched pairs; what must come off first); stories. Size of the puzzle.
Holds     corpus, tokenizer, training tokens, greedy decoding; no puzzle was ever read. Seeds differ in start and in the
          order of documents.
Does not show   reasoning in natural language: each puzzle has one form of words, which the twins were trained on.
"""

from __future__ import annotations

from dataclasses import replace

from ..items.arm_labels import HELD, PEOPLE
from ..items.puzzles import PUZZLES, lifts, puzzles, tops
from ..items.twin_people import facts
from ..schema import Arm, Experiment, Generate, Item, Kind, Later, Metric, Reply

SEED = 5
PER_SIZE = 30


def known(per_tier: int) -> tuple[Item, ...]:
    """Facts as the start of a card, in the form of a puzzle: the answer is a word."""
    return tuple(
        replace(
            fact,
            prompt=fact.target["opening"],
            target={"answer": fact.target["value"]},
            tags={"skill": "fact", **fact.tags},
        )
        for fact in facts(per_tier, held=0)
    )


def items() -> tuple[Item, ...]:
    """All questions; of piles those that have one answer a thing."""
    drawn = [puzzles(kind, PER_SIZE, SEED) for kind in PUZZLES if kind != "pile"]
    return tuple(item for part in (known(40), *drawn, tops(PER_SIZE, SEED), lifts(PER_SIZE, SEED)) for item in part)


def words(item: Item) -> list[str]:
    """The answer, word by word."""
    return str(item.target["answer"]).split()


def ask(item: Item, arm: Arm) -> Generate:
    """The text as the corpus has it; a twin goes on with the answer, of which each word is a token."""
    return Generate(item.prompt, chat=False, max_tokens=len(words(item)))


def score(item: Item, arm: Arm, reply: Reply) -> dict[str, float]:
    """Judge a stored reply word by word: all of it, and how far it goes before the first wrong word."""
    said = reply.text.split()
    right = [place < len(said) and said[place] == word for place, word in enumerate(words(item))]
    unbroken = right.index(False) if False in right else len(right)
    return {"correct": float(all(right)), "unbroken": unbroken / len(right)}


SKILLS = {
    "fact": "facts",
    "walk": "walks",
    "lookup": "lookups",
    "first": "piles: first off",
    "lift": "piles: can it be lifted",
    "story": "stories",
}
"""The values of the tag `skill`, facts first, in words."""

EXPERIMENT = Experiment(
    slug="twin-skills",
    version=1,
    question="Do experts hold facts better than they work things out?",
    items=Later(items),
    varies={"form": ("text",)},
    ask=ask,
    score=score,
    metrics=(
        Metric("correct", Kind.SHARE, "share of answers, all right"),
        Metric("unbroken", Kind.SHARE, "share of an answer before its first wrong word"),
    ),
    strata=("skill", "size"),
    quick=6,
    context=128,
    ladder="skills",
    labels={
        "form": {"text": "as text: what the twins were trained on, to go on with"},
        "skill": SKILLS,
        "held": HELD,
    },
    tags={**PEOPLE},
)
