"""How arms and tags that several experiments share are called for a reader: weights, experts used, invented people."""

from __future__ import annotations

from collections.abc import Iterable

WEIGHTS = {
    "": "not at all",
    "Q8_0": "all to Q8_0",
    "Q5_0": "all to Q5_0",
    "Q4_0": "all to Q4_0",
    "Q3_K": "all to Q3_K",
    "Q4_0 feed-forward experts": "experts to Q4_0",
    "Q4_0 attention": "attention to Q4_0",
    "Q4_0 embeddings": "embeddings to Q4_0",
}
"""What an arm called `weights` quantizes; "experts" are a dense model's feed-forward blocks as well."""

QUANTIZED = {arm: words for arm, words in WEIGHTS.items() if arm}
"""The arms among these that quantize anything."""

POPULARITY = {"tier": "fifth of popularity, 1 the best known"}
PEOPLE = {
    "attribute": "what is asked about a person",
    "held": "whether training ever asked it in words",
    **POPULARITY,
}
"""The tags of questions about invented people."""

HELD = {"asked": "asked", "held": "never asked"}
"""Whether training ever asked a fact in words."""


def weights(types: Iterable[str]) -> dict[str, str]:
    """The labels of an arm called `weights` that takes these types."""
    wanted = set(types)
    return {arm: f"weights quantized {words}" for arm, words in WEIGHTS.items() if arm in wanted}


def experts_used(numbers: Iterable[int]) -> dict[int, str]:
    """The labels of an arm called `experts_used` that takes these numbers."""
    return {used: f"{used} {'expert' if used == 1 else 'experts'} per token" for used in sorted(numbers)}
