"""A toy mixture of experts on a plane: tokens are points, and each expert has a home. Standard library only.

The router is qwen3moe's: a linear gate without a bias of its own, the best `used` experts, a softmax over those (Qwen
team 2025, arXiv:2505.09388; Shazeer et al. 2017, arXiv:1701.06538). A token (x, y) enters as (x, y, 1), and the gate's
weights are such that the highest scores belong to the nearest homes. The experts are unrelated linear maps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import cos, hypot, pi, sin, sqrt
from random import Random

from ..quantization.qwen3moe_layer import softmax

Point = tuple[float, float]

SHARPNESS = 2.0
"""How fast a score falls with the square of the distance to an expert's home. It decides how evenly the chosen experts
share a token, and nothing about which are chosen."""
GOLDEN = pi * (3 - sqrt(5))


def homes(experts: int) -> list[Point]:
    """Places that fill the plane's middle evenly, as a sunflower's seeds do (Vogel 1979)."""
    return [(sqrt((one + 0.5) / experts) * cos(one * GOLDEN), sqrt((one + 0.5) / experts) * sin(one * GOLDEN))
            for one in range(experts)]  # fmt: skip


@dataclass(frozen=True)
class Route:
    """The experts chosen for a token, the best first, the weight of each, and what the mixture gives for it."""

    experts: tuple[int, ...]
    weights: tuple[float, ...]
    output: Point

    def same(self, other: Route) -> bool:
        """Whether the same experts are chosen, in whatever order."""
        return set(self.experts) == set(other.experts)


@dataclass(frozen=True)
class Routed:
    """A token, and what becomes of it under the gate as it is and under the gate that is off."""

    token: Point
    before: Route
    after: Route

    @property
    def misrouted(self) -> bool:
        """Whether other experts get it."""
        return not self.before.same(self.after)


@dataclass(frozen=True)
class Mixture:
    """A gate, a row of three weights for each expert, and how many experts a token uses."""

    gate: Sequence[Sequence[float]]
    used: int

    @cached_property
    def experts(self) -> list[list[float]]:
        """Each expert's map from (x, y, 1) to two numbers, drawn once for all: the same whatever the gate."""
        drawn = Random(0)
        return [[drawn.gauss(0, 1) for _ in range(6)] for _ in self.gate]

    def scores(self, token: Point) -> list[float]:
        """The gate's score of every expert."""
        x, y = token
        return [across * x + up * y + lift for across, up, lift in self.gate]

    def route(self, token: Point) -> Route:
        """What becomes of a token."""
        scores = self.scores(token)
        best = sorted(range(len(scores)), key=scores.__getitem__, reverse=True)[: self.used]
        weights = tuple(softmax([scores[one] for one in best]))
        return Route(tuple(best), weights, self._mixed(token, best, weights))

    def lead(self, token: Point) -> float:
        """By how much the last expert chosen leads the best that is left out; there must be one left out."""
        scores = sorted(self.scores(token), reverse=True)
        return scores[self.used - 1] - scores[self.used]

    def _mixed(self, token: Point, best: Sequence[int], weights: Sequence[float]) -> Point:
        x, y = token
        across = up = 0.0
        for one, weight in zip(best, weights, strict=True):
            a, b, c, d, e, f = self.experts[one]
            across += weight * (a * x + b * y + c)
            up += weight * (d * x + e * y + f)
        return across, up

    def shaken(self, noise: float, seed: int) -> Mixture:
        """The same experts under a gate whose weights are off at random. `noise` is the root mean square of what is
        added, over that of the gate's weights."""
        drawn = Random(seed)
        weights = [weight for row in self.gate for weight in row]
        size = noise * sqrt(sum(weight * weight for weight in weights) / len(weights))
        return Mixture([[weight + size * drawn.gauss(0, 1) for weight in row] for row in self.gate], self.used)


def mixture(experts: int, used: int) -> Mixture:
    """A mixture whose gate sends a token to the nearest homes."""
    gate = [[SHARPNESS * x, SHARPNESS * y, -SHARPNESS * (x * x + y * y) / 2] for x, y in homes(experts)]
    return Mixture(gate, used)


def off(before: Route, after: Route) -> float:
    """How far apart two outputs are."""
    (x, y), (u, v) = before.output, after.output
    return hypot(u - x, v - y)


def size(route: Route) -> float:
    """How long an output is."""
    return hypot(*route.output)
