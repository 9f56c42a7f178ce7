"""Knowledge: which facts about places does a model hold, and what changes when the fact stands before it?

Varies    how well known the place is, in five tiers; kind (the country of a city, the capital of a country); how it is
          asked: closed (the question alone), choice (which of four answers is likeliest), unknown (the model may say
          that it does not know), open (a text before it holds the fact), distractor (the same text with another place's
          fact in its stead, as when a search has fetched the wrong page).
Holds     facts, worked examples, plain text without a chat template, greedy decoding. Open and distractor differ in one
          sentence; the same countries are the answers about cities in every tier.
Does not show   facts about anything but places, in another language, or asked in a chat. How many inhabitants a place
          has is a rough guide to how often it is written about.
"""

from __future__ import annotations

from math import nan

from ..items.arm_labels import POPULARITY
from ..items.facts import EXAMPLES, items
from ..schema import Arm, Choose, Experiment, Generate, Item, Kind, Later, Metric, Reply
from ..scoring.multiple_choice import known_bits, shares
from ..scoring.short_answer import admits_not_knowing, extract_answer, is_empty, names_any

SURE = 0.9
"""The probability from which a wrong choice counts as confident."""

TEXTS = {
    "city": (
        "Text: Auckland has about 1,500,000 inhabitants. Honiara is in the Solomon Islands.\n",
        "Text: Suva is in Fiji. Sydney is in Australia. Sydney has about 5,400,000 inhabitants.\n",
    ),
    "capital": (
        "Text: Samoa has about 220,000 inhabitants. Honiara is the capital of the Solomon Islands.\n",
        "Text: Port Vila is the capital of Vanuatu. Suva is the capital of Fiji. Fiji has about 900,000 inhabitants.\n",
    ),
}
"""What stands before them in the arms with a text: the first does not hold the answer, the second does."""

NOWHERE = {
    "city": "Question: Which country is Ostrellby in?\nAnswer: unknown\n\n",
    "capital": "Question: What is the capital of Ostrelland?\nAnswer: unknown\n\n",
}
"""Places that there are not."""


def _opening(kind: str, asked: str) -> str:
    """What stands before the question."""
    first, second = EXAMPLES[kind]
    if asked in ("open", "distractor"):
        useless, helpful = TEXTS[kind]
        return useless + first + helpful + second
    if asked == "unknown":
        return "Where you do not know the answer, say unknown.\n\n" + first + NOWHERE[kind] + second
    return first + second


def ask(item: Item, arm: Arm) -> Generate | Choose:
    """The one prompt of a cell: worked examples, the text where there is one, and the question."""
    asked = str(arm["asked"])
    text = f"Text: {item.target[asked]}\n" if asked in item.target else ""
    prompt = f"{_opening(str(item.tags['kind']), asked)}{text}Question: {item.prompt}\nAnswer:"
    if asked == "choice":
        return Choose(prompt, tuple(f" {option}" for option in item.target["options"]), chat=False)
    return Generate(prompt, chat=False, max_tokens=16, stop=("\n",))


def score(item: Item, arm: Arm, reply: Reply) -> dict[str, float]:
    """Judge a stored reply. What does not apply is NaN."""
    return _chosen(item, reply) if arm["asked"] == "choice" else _written(item, arm, reply)


def _chosen(item: Item, reply: Reply) -> dict[str, float]:
    found, place = shares(reply.options), item.target["options"].index(item.target["answers"][0])
    best = max(found)
    right = found[place] == best
    return {
        "right": float(right),
        "wrong": float(not right),
        "said_unknown": nan,
        "copied": nan,
        "known_bits": known_bits(found, place),
        "confidence": best,
        "sure_and_wrong": float(not right and best > SURE),
    }


def _written(item: Item, arm: Arm, reply: Reply) -> dict[str, float]:
    said = extract_answer(reply.text, item.target["name"])
    silent = admits_not_knowing(said)
    right = not silent and names_any(said, item.target["answers"])
    copied = not silent and not right and any(names_any(said, names) for names in item.target["others"])
    return {
        "right": float(right),
        "wrong": float(not (right or silent or is_empty(reply.text))),
        "said_unknown": float(silent),
        "copied": float(copied) if arm["asked"] == "distractor" else nan,
        "known_bits": nan,
        "confidence": nan,
        "sure_and_wrong": nan,
    }


EXPERIMENT = Experiment(
    slug="knowledge",
    version=1,
    question="Which facts does a model hold, and what changes when the fact stands before it?",
    items=Later(items),
    varies={"asked": ("closed", "choice", "unknown", "open", "distractor")},
    ask=ask,
    score=score,
    metrics=(
        Metric("right", Kind.SHARE, "share of answers"),
        Metric("wrong", Kind.SHARE, "share of answers that are given and wrong", better="lower"),
        Metric("said_unknown", Kind.SHARE, "share of answers that own up to not knowing"),
        Metric("copied", Kind.SHARE, "share of answers taken from a text about other places", better="lower"),
        Metric("known_bits", Kind.BITS, "bits per fact, of 2 that there are"),
        Metric("confidence", Kind.SHARE, "share of probability on the likeliest of four"),
        Metric("sure_and_wrong", Kind.SHARE, f"share of choices wrong with more than {SURE:.0%}", better="lower"),
    ),
    strata=("kind", "tier"),
    quick=4,
    context=512,
    labels={
        "asked": {
            "choice": "choice: the likeliest of the answers given",
            "closed": "closed: the question alone",
            "unknown": "unknown: may say that it does not know",
            "open": "open: after a text that holds the fact",
            "distractor": "distractor: after a text about other places",
        },
    },
    tags={**POPULARITY},
)
