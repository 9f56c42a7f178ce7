"""Twin narrow: what is lost first when a token may use one expert instead of two, the common or the rare?

Varies    what is asked: facts about the best-known fifth of the people and about the least-known two fifths; walks,
          lookups, piles, stories.
Holds     twins, weights; every answer is judged beside what the same twin gave it with the two experts of its training.
Does not show   a model that was trained with one expert. What was read often is known with more to spare, whatever is
          taken away.
"""

from __future__ import annotations

from dataclasses import replace
from math import exp, fsum, nan

from ..items.arm_labels import POPULARITY, experts_used
from ..items.puzzles import PUZZLES, lifts, puzzles, tops
from ..items.twin_people import facts
from ..schema import Arm, Experiment, Item, Kind, Later, Metric, Reply, Trace

KNOWN = 0.5
"""The probability of the whole answer from which it counts as known; no other answer is then likelier."""

DOMAINS = {1: "common fact", 4: "rare fact", 5: "rare fact"}
"""Tier of popularity -> what a fact about such a person is."""

FACTS, PER_SIZE, SEED, WINDOW = 200, 20, 17, 128


def items() -> tuple[Item, ...]:
    """Facts and puzzles, each with its answer."""
    told = (fact for fact in facts(FACTS, held=0) if fact.tags["tier"] in DOMAINS)
    drawn = [puzzles(kind, PER_SIZE, SEED) for kind in PUZZLES if kind != "pile"]
    return (
        *map(_fact, told),
        *(
            replace(item, tags={"domain": item.tags["skill"], "size": item.tags["size"]})
            for part in (*drawn, tops(PER_SIZE, SEED), lifts(PER_SIZE, SEED))
            for item in part
        ),
    )


def _fact(fact: Item) -> Item:
    tags = {"domain": DOMAINS[int(fact.tags["tier"])], "tier": fact.tags["tier"]}
    return replace(fact, prompt=fact.target["opening"], target={"answer": fact.target["value"]}, tags=tags)


def ask(item: Item, arm: Arm) -> Trace:
    """The text with its answer, of which each word is a token."""
    return Trace(f"{item.prompt} {item.target['answer']}", window=WINDOW, compared=True)


def score(item: Item, arm: Arm, reply: Reply) -> dict[str, float]:
    """Judge a stored reply by its last tokens, the answer, with two experts and with one."""
    words = len(item.target["answer"].split())
    before, after = (fsum(values[-words:]) for values in (reply.against["logprobs"], reply.logprobs))
    known = exp(before) > KNOWN
    return {
        "known": float(known),
        "kept": float(exp(after) > KNOWN) if known else nan,
        "lost_nats": before - after if known else nan,
    }


EXPERIMENT = Experiment(
    slug="twin-narrow",
    version=1,
    question="With half of its experts, does an MoE twin keep the common better than the rare?",
    items=Later(items),
    loads={"experts_used": (1,)},
    varies={},
    ask=ask,
    score=score,
    metrics=(
        Metric("known", Kind.SHARE, f"share of answers above {KNOWN:.0%} with two experts"),
        Metric("kept", Kind.SHARE, "share of these that stay so with one"),
        Metric("lost_nats", Kind.NATS, "nats that these lose", better="lower"),
    ),
    strata=("domain", "size"),
    quick=6,
    context=WINDOW,
    ladder="skills",
    sparse=True,
    labels={
        "experts_used": experts_used((1,)),
    },
    tags={"domain": "field", **POPULARITY},
)
