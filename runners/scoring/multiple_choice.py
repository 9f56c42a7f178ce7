"""Judging a choice: how the probability is shared out among the options that were offered."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, fsum, log2

SMALLEST_SHARE = 1e-12
"""A share below this counts as this, so that one certain error does not outweigh everything."""


def known_bits(found: Sequence[float], right: int) -> float:
    """How many bits likelier than chance the right option is, of shares that make 1."""
    return log2(len(found)) + log2(max(found[right], SMALLEST_SHARE))


def shares(options: Sequence[tuple[float, int]]) -> list[float]:
    """The share of each option, of (log-likelihood, tokens) as a reply holds them; together they make 1."""
    top = max([total for total, _ in options])  # a list, and not a generator: it is asked of every reply
    likely = [exp(total - top) for total, _ in options]
    whole = fsum(likely)
    return [value / whole for value in likely]
