"""The first layer of a small mixture of experts, from tokens to the experts that its router picks.

The architecture is llama.cpp's `qwen3moe`: RMS norms (Zhang & Sennrich 2019), norms of queries and keys, rotary
positions with the halves of a head paired (Su et al. 2021), causal attention, a linear gate. Standard library only.
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


Row = Sequence[float]
Rows = Sequence[Row]


@dataclass(frozen=True)
class Shape:
    """What the tensors do not tell: attention heads, the base of the rotary positions, the norms' epsilon, and how many
    experts a token uses."""

    heads: int
    base: float
    epsilon: float
    used: int


def gate_inputs(tensors: Mapping[str, Rows], tokens: Sequence[int], shape: Shape) -> list[list[float]]:
    """What the gate is given for each token: (tokens, width). `tensors` are those of the layer, and the embedding, by
    their GGUF names without "blk.0." and ".weight"; a norm has one row."""
    embedding = tensors["token_embd"]
    inside = {token: normed(embedding[token], tensors["attn_norm"][0], shape.epsilon) for token in set(tokens)}
    mixed = _attention(tensors, inside, tokens, shape)
    after = (
        [x + y for x, y in zip(embedding[token], more, strict=True)] for token, more in zip(tokens, mixed, strict=True)
    )
    return [normed(row, tensors["ffn_norm"][0], shape.epsilon) for row in after]


def chosen(gate: Rows, inputs: Rows, used: int) -> list[frozenset[int]]:
    """The `used` experts with the highest score for each input. A softmax would not change their order."""
    return [_highest(times(gate, row), used) for row in inputs]


def _highest(scores: Row, many: int) -> frozenset[int]:
    return frozenset(sorted(range(len(scores)), key=scores.__getitem__, reverse=True)[:many])


def times(matrix: Rows, row: Row) -> list[float]:
    """A matrix (out, in) times a vector."""
    return [sumprod(weights, row) for weights in matrix]


def normed(row: Row, weight: Row, epsilon: float) -> list[float]:
    """A vector with a root mean square of one, each part times its weight."""
    size = sqrt(sumprod(row, row) / len(row) + epsilon)
    return [number / size * by for number, by in zip(row, weight, strict=True)]


def _attention(
    tensors: Mapping[str, Rows], inside: Mapping[int, Row], tokens: Sequence[int], shape: Shape
) -> list[list[float]]:
    query, key, value = (_each(tensors[f"attn_{part}"], inside, tokens) for part in "qkv")
    width = len(query[0]) // shape.heads
    turns = [_turn(place, width // 2, shape.base) for place in range(len(tokens))]
    heads = [slice(place * width, (place + 1) * width) for place in range(shape.heads)]
    norms = [tensors[f"attn_{part}_norm"][0] for part in "qk"]
    part = lambda rows, head: [row[head] for row in rows]  # noqa: E731
    seen = [_head(part(query, head), part(key, head), part(value, head), norms, turns, shape) for head in heads]
    return [times(tensors["attn_output"], list(chain(*rows))) for rows in zip(*seen, strict=True)]


def _each(matrix: Rows, inside: Mapping[int, Row], tokens: Sequence[int]) -> Rows:
    """A matrix times what each token is inside: worked out once for a token, since no place has entered yet."""
    known = {token: times(matrix, row) for token, row in inside.items()}
    return [known[token] for token in tokens]


def _head(query: Rows, key: Rows, value: Rows, norms: Rows, turns: Sequence[Rows], shape: Shape) -> list[list[float]]:
    query, key = (
        [_turned(normed(row, norm, shape.epsilon), turn) for row, turn in zip(rows, turns, strict=True)]
        for rows, norm in zip((query, key), norms, strict=True)
    )
    scale, columns = sqrt(len(query[0])), list(zip(*value, strict=True))
    shares = (softmax([score / scale for score in times(key[: place + 1], row)]) for place, row in enumerate(query))
    return [times([column[: len(share)] for column in columns], share) for share in shares]


def _turn(place: int, pairs: int, base: float) -> Rows:
    """Cosines and sines of the angles that a place turns each pair by."""
    angles = [place * base ** (-pair / pairs) for pair in range(pairs)]
    return list(map(cos, angles)), list(map(sin, angles))


def _turned(row: Row, turn: Rows) -> list[float]:
    parts = list(zip(row[: len(row) // 2], row[len(row) // 2 :], *turn, strict=True))
    return [a * c - b * s for a, b, c, s in parts] + [b * c + a * s for a, b, c, s in parts]


def softmax(scores: Row) -> list[float]:
    """Shares that sum to one."""
    highest = max(scores)
    parts = [exp(score - highest) for score in scores]
    total = sum(parts)
    return [part / total for part in parts]
