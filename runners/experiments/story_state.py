"""Story state: who holds what, and where is it, after two to 32 events; and is what a model lets happen next possible?

Varies    number of events; what is asked: where a thing is, who has it, where a person is, what happens next; how it
          is asked: free (in words of the model's own; a grammar constrains what happens next to three sentences),
          choice (the likeliest of four answers, one of them right).
Holds     tales, worked example, chat template, greedy decoding; a guess is right one time in four.
Does not show   a plot worth reading, or a world whose rules are not spelt out: everything here is told once, in plain
          sentences. In short tales the answer mostly stands beside the name that is asked for; in long ones less often.
"""

from __future__ import annotations

from math import nan

from ..items.story_tracking import grammar, tales
from ..items.story_world import World
from ..schema import Arm, Choose, Experiment, Generate, Item, Kind, Later, Metric, Reply, Request
from ..scoring.multiple_choice import shares
from ..scoring.story_events import events, names, share_possible

EXAMPLE = """Read the story and keep track of where everybody and everything is. A question is answered with one word, \
a name or a room. What happens next is told in three sentences, each of something that the people can do right then: \
they can take what lies in the same room, put down what they have, or give it to somebody in the same room.

Story: Tom, Lisa, the coin and the letter are in the barn. In the office is the map. The hall is empty. Tom picks up \
the coin. Lisa goes to the office. Then she takes the map. After that, Tom moves on to the hall. Lisa joins Tom.
Question: Where is the map?
Answer: hall
Question: Who has the map?
Answer: Lisa
Question: Where is Tom?
Answer: hall
Question: Where is the letter?
Answer: barn
Next: Tom gives the coin to Lisa. Lisa puts down the map. Tom takes the map.
"""
NOTHING = {"right": nan, "named": nan, "right_named": nan, "possible": nan, "possible_by_chance": nan}


def ask(item: Item, arm: Arm) -> Request:
    """The one prompt of a cell: both ways of asking see the same words."""
    prompt = f"{EXAMPLE}\n{item.prompt}"
    if arm["asked"] == "choice":
        return Choose(prompt, tuple(item.target["options"]))
    if item.tags["asks"] == "next":
        return Generate(prompt, max_tokens=64, grammar=grammar(World(**item.target["world"])))
    return Generate(prompt, max_tokens=10)


def score(item: Item, arm: Arm, reply: Reply) -> dict[str, float]:
    """Judge a stored reply. What does not apply is NaN."""
    options, answer = item.target["options"], item.target["answer"]
    if arm["asked"] == "choice":
        found = shares(reply.options)
        right = float(max(found) == found[options.index(answer)])
        if item.tags["asks"] == "next":
            return {**NOTHING, "possible": right, "possible_by_chance": 1 / len(options)}
        return {**NOTHING, "right": right}
    if item.tags["asks"] == "next":
        allowed, chance = share_possible(events(reply.text), item.target["world"])
        return {**NOTHING, "possible": allowed, "possible_by_chance": chance}
    named = names(reply.text, options)
    right = float(named == {answer})
    # A reply that names nothing of the kind has not lost track of the story; it never said.
    return {**NOTHING, "right": right, "named": float(bool(named)), "right_named": right if named else nan}


EXPERIMENT = Experiment(
    slug="story-state",
    version=1,
    question="Does a model keep track of who has what, and where, as a story goes on, and go on with what is possible?",
    items=Later(lambda: tales(per_size=20, seed=17)),
    varies={"asked": ("free", "choice")},
    ask=ask,
    score=score,
    metrics=(
        Metric("right", Kind.SHARE, "share of answers"),
        Metric("named", Kind.SHARE, "share of free answers that name a room, or a person where one is asked for"),
        Metric("right_named", Kind.SHARE, "share right of the free answers that do"),
        Metric("possible", Kind.SHARE, "share of events that are possible when they are told"),
        Metric("possible_by_chance", Kind.SHARE, "share of all such events that are"),
    ),
    strata=("events", "asks"),
    quick=5,
    context=1024,
    labels={
        "asked": {
            "free": "free: in the model's own words",
            "choice": "choice: the likeliest of the answers given",
        },
    },
    tags={"asks": "what is asked for", "events": "events told"},
)
