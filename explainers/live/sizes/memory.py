"""What a model takes: bytes of its weights and of its cache, and the tokens per second that memory could feed it.

The weights are taken as all of one type: bits per weight times parameters. A cache holds, for each position, a key and
a value of `head width` numbers for every key-value head of every layer. To make one token, the weights that are at work
and the whole cache are read once, so that no machine makes more tokens per second than its bandwidth has room for these
bytes (Pope et al. 2023, arXiv:2211.05102). Standard library only.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

CACHES = {"F16": 2.0, "Q8_0": 34 / 32}
"""Bytes of a number in the cache. Q8_0 keeps 32 of them in 34 bytes (ggml-common.h)."""


@dataclass(frozen=True)
class Architecture:
    """What decides the bytes. `read` counts the parameters that are read to make a token: the active ones, with a table
    of which a token looks up one row counted as that row. `cached` counts the numbers that a position caches."""

    total: float
    active: float
    read: float
    cached: float


@dataclass(frozen=True)
class MemoryUse:
    """Bytes of the weights and of the cache; bytes read to make one token."""

    weights: float
    cache: float
    moved: float

    @property
    def resident(self) -> float:
        """Weights and cache, and nothing else: no buffers, no program."""
        return self.weights + self.cache

    def max_tokens_per_second(self, bandwidth: float) -> float:
        """Tokens per second that `bandwidth` bytes per second could feed at most."""
        return bandwidth / self.moved


def estimate_memory(model: Architecture, bits: float, context: int, cache: str) -> MemoryUse:
    """What a model takes at so many bits per weight, with a cache of `context` positions of type `cache`."""
    kept = model.cached * CACHES[cache] * context
    return MemoryUse(model.total * bits / 8, kept, model.read * bits / 8 + kept)


def sqrt_rule(model: Architecture) -> float:
    """The square-root rule: the dense size that an MoE is said to equal, in effective parameters."""
    return sqrt(model.total * model.active)
