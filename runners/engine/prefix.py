"""Length of the common prefix of two sequences of tokens."""

from __future__ import annotations

from collections.abc import Sequence


def common_prefix_length(left: Sequence, right: Sequence) -> int:
    """How many tokens two sequences have in common at their start."""
    pairs = enumerate(zip(left, right, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(left), len(right)))
