"""Reasoning chain: at which of one to ten dependent steps does a model lose its way, and does it notice?

Varies    number of steps; skin (numbers, pointers, a program, ranks); how it is asked: direct (the end alone), steps (a
          line for every step), wrong (as steps, with the first half written already and its last line wrong).
Holds     chains, worked example, chat template, greedy decoding.
Does not show   reasoning that needs a plan of its own. The order of the steps is always given.
"""

from __future__ import annotations

from math import nan

from ..items.chains import chains
from ..schema import Arm, Experiment, Generate, Item, Kind, Later, Metric, Reply
from ..scoring.steps import answer, certainty, first_wrong, same, steps

SURE = 0.9
"""The probability from which a wrong step counts as confident."""

THIRD = 3
"""The step by which, the claim says, small models have lost their way."""

EXAMPLE = """x starts at 3. Then, one after the other:
1. Add 5 to x.
2. Double x."""
LINES = """Step 1: 8
Step 2: 16
Answer: 16"""


def ask(item: Item, arm: Arm) -> Generate:
    """The one prompt of a cell, with a worked example of the form that is wanted."""
    asked, count = item.target["asked"], len(item.target["states"])
    if arm["asked"] == "direct":
        wanted = "Answer with {} at the end and nothing else."
        return Generate(_prompt(wanted, "Answer: 16", item, asked), max_tokens=16)
    wanted = "Go step by step. Write a line for each step with {} after it, and then the answer."
    prompt = _prompt(wanted, LINES, item, asked)
    if arm["asked"] == "wrong":
        prompt += "\n\nThe first lines are written already. Write the rest.\n" + "\n".join(_begun(item))
    return Generate(prompt, max_tokens=16 + 12 * count)


def _prompt(wanted: str, lines: str, item: Item, asked: str) -> str:
    return f"{EXAMPLE}\n{wanted.format('the value of x')}\n{lines}\n\n{item.prompt}\n{wanted.format(asked)}"


def _begun(item: Item) -> list[str]:
    """The lines up to the middle, the last of them wrong."""
    states = item.target["states"][: (len(item.target["states"]) + 1) // 2]
    return [f"Step {place}: {state}" for place, state in enumerate([*states[:-1], item.target["wrong"]], start=1)]


def score(item: Item, arm: Arm, reply: Reply) -> dict[str, float]:
    """Judge a stored reply. What does not apply is NaN."""
    states = item.target["states"]
    scores = {"final_right": float(same(answer(reply.text), states[-1]))}
    if arm["asked"] != "steps":
        return {**scores, "whole": nan, "begun": nan, "kept_third": nan, "first_wrong": nan, "sure_when_wrong": nan}
    said = steps(reply.text)
    wrong = first_wrong(said, states)
    sure = nan if wrong is None or wrong not in said else certainty(reply, said[wrong].place)
    return {
        **scores,
        "whole": float(wrong is None),
        # A model that never takes the first step, or writes no steps at all, has not lost its way by the third.
        "begun": float(wrong != 1),
        "kept_third": nan if len(states) <= THIRD or wrong == 1 else float(wrong is None or wrong > THIRD),
        "first_wrong": nan if wrong is None else float(wrong),
        "sure_when_wrong": nan if sure != sure else float(sure > SURE),
    }


EXPERIMENT = Experiment(
    slug="reasoning-chain",
    version=1,
    question="At which of its dependent steps does a model lose its way, and is it sure of itself when it does?",
    items=Later(lambda: chains(per_length=6, seed=3)),
    varies={"asked": ("direct", "steps", "wrong")},
    ask=ask,
    score=score,
    metrics=(
        Metric("final_right", Kind.SHARE, "share of answers"),
        Metric("whole", Kind.SHARE, "share of chains with every step right"),
        Metric("begun", Kind.SHARE, "share of chains whose first step is right"),
        Metric("kept_third", Kind.SHARE, f"share of longer chains so begun that are right up to step {THIRD}"),
        Metric("first_wrong", Kind.POSITION, "number of the first wrong step"),
        Metric("sure_when_wrong", Kind.SHARE, f"share of first wrong steps above {SURE:.0%}", better="lower"),
    ),
    strata=("skin", "steps"),
    quick=1,
    context=1024,
    labels={
        "asked": {
            "direct": "direct: the end alone",
            "steps": "steps: a line for each step",
            "wrong": "wrong: the first half given, its last line wrong",
        },
    },
    tags={"skin": "wording"},
)
