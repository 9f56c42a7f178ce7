"""World model: does a model know what has to come first, where nobody says so?

Varies    the scene (clothing, containers, keys, cooking, assembly), in matched pairs that differ in one event or in
          the thing asked about; how it is asked: free (an answer in words), choice (yes or no, whichever is likelier),
          told (free, the rule that decides is stated first), bare (a choice, the question without its scene).
Holds     worked examples, one with yes and one with no; chat template; greedy decoding.
Does not show   knowledge that is never put to use in a question, nor plans of several steps.
"""

from __future__ import annotations

from math import nan

from ..items.everyday_scenes import EXAMPLES, worlds
from ..schema import Arm, Choose, Experiment, Generate, Item, Kind, Later, Metric, Reply
from ..scoring.yes_no import yes_or_no

OPTIONS = ("Yes", "No")


def ask(item: Item, arm: Arm) -> Generate | Choose:
    """The one prompt of a cell. What is chosen between begins with a capital, as in the examples."""
    asked = item.target["question"] if arm["asked"] == "bare" else item.prompt
    if arm["asked"] == "told":
        asked = f"{item.target['rule']} {asked}"
    prompt = f"{EXAMPLES}\n{asked}\nAnswer:"
    if arm["asked"] in ("choice", "bare"):
        return Choose(prompt, OPTIONS)
    return Generate(prompt, max_tokens=8)


def score(item: Item, arm: Arm, reply: Reply) -> dict[str, float]:
    """Judge a stored reply. A reply that says neither yes nor no is wrong."""
    said = yes_or_no(reply.text)
    if arm["asked"] in ("choice", "bare"):
        said = "yes" if _leaning(reply) > 0 else "no"
    return {
        "right": float(said == item.target["answer"]),
        "said_yes": float(said == "yes") if said else nan,
        "answered": float(bool(said)),
        "leaning": _leaning(reply) if reply.options else nan,
    }


def _leaning(reply: Reply) -> float:
    """How much likelier yes is than no, in nats: what a model may know though it always says the same."""
    (yes, _), (no, _) = reply.options
    return yes - no


EXPERIMENT = Experiment(
    slug="world-model",
    version=1,
    question="Does a model know what has to come first, where nobody says so?",
    items=Later(lambda: worlds(seed=7)),
    varies={"asked": ("free", "choice", "told", "bare")},
    ask=ask,
    score=score,
    metrics=(
        Metric("right", Kind.SHARE, "share of answers"),
        Metric("said_yes", Kind.SHARE, "share of answers that are yes"),
        Metric("answered", Kind.SHARE, "share of replies that say yes or no"),
        Metric("leaning", Kind.NATS, "nats that yes is likelier than no"),
    ),
    strata=("domain", "kind", "answer"),
    quick=2,
    context=512,
    labels={
        "asked": {
            "free": "free: in the model's own words",
            "choice": "choice: the likeliest of the answers given",
            "told": "told: in its own words, the rule stated first",
            "bare": "bare: a choice, the question without its scene",
        },
    },
    tags={"domain": "field"},
)
