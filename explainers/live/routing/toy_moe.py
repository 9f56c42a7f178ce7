"""A toy MoE on a plane: tokens are points, and each expert has a home. Standard library only.

The router is qwen3moe's: linear without a bias, the best `used` experts, a softmax over those (Qwen team 2025,
arXiv:2505.09388; Shazeer et al. 2017, arXiv:1701.06538). A token (x, y) enters as (x, y, 1), and the router's weights
are such that the highest scores belong to the nearest homes. The experts are unrelated linear maps.
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
    return [_home(expert, sqrt((expert + 0.5) / experts)) for expert in range(experts)]


def _home(expert: int, distance: float) -> Point:
    return distance * cos(expert * GOLDEN), distance * sin(expert * GOLDEN)


@dataclass(frozen=True)
class ToyRoute:
    """The experts chosen for a token, the best first, the weight of each, and the output of the MoE for it."""

    experts: tuple[int, ...]
    weights: tuple[float, ...]
    output: Point

    def same_experts(self, other: ToyRoute) -> bool:
        """Whether the same experts are chosen, in whatever order."""
        return set(self.experts) == set(other.experts)


@dataclass(frozen=True)
class RoutedToken:
    """A token, and what becomes of it under the router as it is and under the router with noise."""

    token: Point
    before: ToyRoute
    after: ToyRoute

    @property
    def misrouted(self) -> bool:
        """Whether other experts get it."""
        return not self.before.same_experts(self.after)


@dataclass(frozen=True)
class ToyMoE:
    """A router, a row of three weights for each expert, and how many experts a token uses."""

    router: Sequence[Sequence[float]]
    used: int

    @cached_property
    def experts(self) -> list[list[float]]:
        """Each expert's map from (x, y, 1) to two numbers, drawn once for all: the same whatever the router."""
        drawn = Random(0)
        return [[drawn.gauss(0, 1) for _ in range(6)] for _ in self.router]

    def scores(self, token: Point) -> list[float]:
        """The router's score of every expert."""
        x, y = token
        return [across * x + up * y + lift for across, up, lift in self.router]

    def route(self, token: Point) -> ToyRoute:
        """What becomes of a token."""
        scores = self.scores(token)
        best = sorted(range(len(scores)), key=scores.__getitem__, reverse=True)[: self.used]
        weights = tuple(softmax([scores[expert] for expert in best]))
        return ToyRoute(tuple(best), weights, self._weigh_outputs(token, best, weights))

    def lead(self, token: Point) -> float:
        """By how much the last expert chosen leads the best that is left out; there must be one left out."""
        scores = sorted(self.scores(token), reverse=True)
        return scores[self.used - 1] - scores[self.used]

    def _weigh_outputs(self, token: Point, best: Sequence[int], weights: Sequence[float]) -> Point:
        x, y = token
        across = up = 0.0
        for expert, weight in zip(best, weights, strict=True):
            a, b, c, d, e, f = self.experts[expert]
            across += weight * (a * x + b * y + c)
            up += weight * (d * x + e * y + f)
        return across, up

    def with_noise(self, noise: float, seed: int) -> ToyMoE:
        """The same experts under a router whose weights are off at random. `noise` is the root mean square of what is
        added, over that of the router's weights."""
        drawn = Random(seed)
        weights = [weight for row in self.router for weight in row]
        size = noise * sqrt(sum(weight * weight for weight in weights) / len(weights))
        return ToyMoE([[weight + size * drawn.gauss(0, 1) for weight in row] for row in self.router], self.used)


def make_toy_moe(experts: int, used: int) -> ToyMoE:
    """A toy MoE whose router sends a token to the nearest homes."""
    router = [[SHARPNESS * x, SHARPNESS * y, -SHARPNESS * (x * x + y * y) / 2] for x, y in homes(experts)]
    return ToyMoE(router, used)


def output_distance(before: ToyRoute, after: ToyRoute) -> float:
    """How far apart two outputs are."""
    (x, y), (u, v) = before.output, after.output
    return hypot(u - x, v - y)


def output_length(route: ToyRoute) -> float:
    """How long an output is."""
    return hypot(*route.output)
