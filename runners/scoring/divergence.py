"""Divergence of a quantized model from the one it was made from, over the tokens of a trace that compares them.

Standard library only. The first token of a window is left out: nothing predicts it.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum, nan

from ..schema import Reply


def compare_traces(reply: Reply, window: int) -> dict[str, float]:
    """Mean and 99th percentile of the KL divergence, share of tokens with the same likeliest next one, and how much
    log-probability the text's own tokens lost (all but the share in nats per token). NaN where nothing was read."""
    divergence, same, plain = (predicted_values(reply.against.get(name, ()), window) for name in NAMES)
    lost = [before - now for before, now in zip(plain, predicted_values(reply.logprobs, window), strict=False)]
    return {
        "divergence": mean(divergence),
        "divergence_99": quantile(divergence, 0.99),
        "same_top": mean(same),
        "lost": mean(lost),
    }


NAMES = ("divergence", "same_top", "logprobs")


def predicted_values(values: Sequence[float], window: int) -> list[float]:
    """The values of all tokens that something predicts."""
    return [value for place, value in enumerate(values) if place % window]


def mean(values: Sequence[float]) -> float:
    """The mean; NaN of nothing."""
    return fsum(values) / len(values) if values else nan


def quantile(values: Sequence[float], share: float) -> float:
    """The value that so large a share lies below, straight between neighbours (numpy's default); NaN of nothing."""
    if not values:
        return nan
    ranked, place = sorted(values), share * (len(values) - 1)
    low = int(place)
    return ranked[low] + (place - low) * (ranked[min(low + 1, len(ranked) - 1)] - ranked[low])
