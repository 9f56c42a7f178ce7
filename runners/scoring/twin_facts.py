"""Judging what a twin knows: a fact that was asked as a choice, a card that was traced."""

from __future__ import annotations

from math import fsum

from ..items.twin_people import values
from ..schema import Item, Reply
from .multiple_choice import known_bits, shares


def score_fact(item: Item, reply: Reply) -> dict[str, float]:
    """How many bits of a fact are known, and whether the right word is the likeliest."""
    found, right = shares(reply.options), values(item).index(item.target["value"])
    return {"known_bits": known_bits(found, right), "correct": float(found[right] == max(found))}


def mean_per_token(reply: Reply, name: str) -> float:
    """Mean of what a trace found in its comparison, over the tokens of one window that something predicts."""
    return fsum(reply.against[name][1:]) / (len(reply.tokens) - 1)
