"""Judging a choice: how the probability is shared out among the options that were offered."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, fsum


def shares(options: Sequence[tuple[float, int]]) -> list[float]:
    """The share of each option, of (log-likelihood, tokens) as a reply holds them; together they make 1."""
    top = max(total for total, _ in options)
    likely = [exp(total - top) for total, _ in options]
    whole = fsum(likely)
    return [one / whole for one in likely]
