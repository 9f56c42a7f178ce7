"""The first layer of a small MoE, from tokens to the experts that its router picks.

The architecture is llama.cpp's `qwen3moe`: RMS norms (Zhang & Sennrich 2019), norms of queries and keys, rotary
positions with the halves of a head paired (Su et al. 2021), causal attention, a linear router. Standard library only.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from math import cos, exp, sin, sqrt

if sys.version_info >= (3, 12):
    from math import sumprod
else:
    from operator import mul

    def sumprod(one: Sequence[float], other: Sequence[float]) -> float:
        """The sum of products."""
        return sum(map(mul, one, other))


Vector = Sequence[float]
Matrix = Sequence[Vector]


@dataclass(frozen=True)
class LayerShape:
    """What the tensors do not tell: attention heads, the base of the rotary positions, the norms' epsilon, and how many
    experts a token uses."""

    heads: int
    base: float
    epsilon: float
    used: int


def router_inputs(tensors: Mapping[str, Matrix], tokens: Sequence[int], shape: LayerShape) -> list[list[float]]:
    """The input of the router for each token: (tokens, width). `tensors` are those of the layer, and the embedding, by
    their GGUF names without "blk.0." and ".weight"; a norm has one row."""
    embedding = tensors["token_embd"]
    inside = {token: rms_norm(embedding[token], tensors["attn_norm"][0], shape.epsilon) for token in set(tokens)}
    mixed = _attention(tensors, inside, tokens, shape)
    after = (
        [x + y for x, y in zip(embedding[token], more, strict=True)] for token, more in zip(tokens, mixed, strict=True)
    )
    return [rms_norm(row, tensors["ffn_norm"][0], shape.epsilon) for row in after]


def choose_experts(router: Matrix, inputs: Matrix, used: int) -> list[frozenset[int]]:
    """The `used` experts with the highest score for each input. A softmax would not change their order."""
    return [_top_experts(multiply(router, row), used) for row in inputs]


def _top_experts(scores: Vector, many: int) -> frozenset[int]:
    return frozenset(sorted(range(len(scores)), key=scores.__getitem__, reverse=True)[:many])


def multiply(matrix: Matrix, row: Vector) -> list[float]:
    """A matrix (out, in) times a vector."""
    return [sumprod(weights, row) for weights in matrix]


def rms_norm(row: Vector, weight: Vector, epsilon: float) -> list[float]:
    """Scale a vector to a root mean square of one, and multiply each part by its weight."""
    size = sqrt(sumprod(row, row) / len(row) + epsilon)
    return [number / size * by for number, by in zip(row, weight, strict=True)]


def _attention(
    tensors: Mapping[str, Matrix], inside: Mapping[int, Vector], tokens: Sequence[int], shape: LayerShape
) -> list[list[float]]:
    query, key, value = (_project(tensors[f"attn_{part}"], inside, tokens) for part in "qkv")
    width = len(query[0]) // shape.heads
    turns = [_rotation(place, width // 2, shape.base) for place in range(len(tokens))]
    heads = [slice(place * width, (place + 1) * width) for place in range(shape.heads)]
    norms = [tensors[f"attn_{part}_norm"][0] for part in "qk"]
    part = lambda rows, head: [row[head] for row in rows]  # noqa: E731
    seen = [_head(part(query, head), part(key, head), part(value, head), norms, turns, shape) for head in heads]
    return [multiply(tensors["attn_output"], list(chain(*rows))) for rows in zip(*seen, strict=True)]


def _project(matrix: Matrix, inside: Mapping[int, Vector], tokens: Sequence[int]) -> Matrix:
    """A matrix times what each token is inside: worked out once for a token, since no place has entered yet."""
    known = {token: multiply(matrix, row) for token, row in inside.items()}
    return [known[token] for token in tokens]


def _head(
    query: Matrix, key: Matrix, value: Matrix, norms: Matrix, turns: Sequence[Matrix], shape: LayerShape
) -> list[list[float]]:
    query, key = (
        [_rotate(rms_norm(row, norm, shape.epsilon), turn) for row, turn in zip(rows, turns, strict=True)]
        for rows, norm in zip((query, key), norms, strict=True)
    )
    scale, columns = sqrt(len(query[0])), list(zip(*value, strict=True))
    shares = (softmax([score / scale for score in multiply(key[: place + 1], row)]) for place, row in enumerate(query))
    return [multiply([column[: len(share)] for column in columns], share) for share in shares]


def _rotation(place: int, pairs: int, base: float) -> Matrix:
    """Cosines and sines of the angles that a place turns each pair by."""
    angles = [place * base ** (-pair / pairs) for pair in range(pairs)]
    return list(map(cos, angles)), list(map(sin, angles))


def _rotate(row: Vector, turn: Matrix) -> list[float]:
    parts = list(zip(row[: len(row) // 2], row[len(row) // 2 :], *turn, strict=True))
    return [a * c - b * s for a, b, c, s in parts] + [b * c + a * s for a, b, c, s in parts]


def softmax(scores: Vector) -> list[float]:
    """Shares that sum to one."""
    highest = max(scores)
    parts = [exp(score - highest) for score in scores]
    total = sum(parts)
    return [part / total for part in parts]
