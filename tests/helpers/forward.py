"""A twin's forward pass in plain numpy, written from the papers and not from our torch code: a second opinion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import gguf
import numpy as np


@dataclass
class Forward:
    """The weights and sizes of one twin, read from its GGUF, and the experts that its last pass chose.

    `other` gives (layer, place, likely, chosen) other experts; `kept` leaves them the weights of those they replace.
    """

    weights: dict[str, np.ndarray]
    layers: int
    heads: int
    used: int
    chosen: dict[int, np.ndarray] = field(default_factory=dict)
    likely: dict[int, np.ndarray] = field(default_factory=dict)
    other: Callable = lambda layer, place, likely, chosen: chosen
    kept: bool = False

    @classmethod
    def read(cls, path: Path) -> Forward:
        reader = gguf.GGUFReader(path)
        kind = reader.fields["general.architecture"].contents()
        said = {name.removeprefix(f"{kind}."): part.contents() for name, part in reader.fields.items()}
        weights = {t.name: gguf.quants.dequantize(t.data, t.tensor_type).astype(np.float64) for t in reader.tensors}
        return cls(weights, said["block_count"], said["attention.head_count"], said.get("expert_used_count", 0))

    def __call__(self, tokens: list[int]) -> np.ndarray:
        """Logits (tokens, vocabulary)."""
        x = self.weights["token_embd.weight"][tokens]
        for layer in range(self.layers):
            x = x + self.attention(layer, normed(x, self.of(layer, "attn_norm")))
            inside = normed(x, self.of(layer, "ffn_norm"))
            x = x + (self.mixture(layer, inside) if self.used else self.swiglu(layer, inside))
        return normed(x, self.weights["output_norm.weight"]) @ self.weights["token_embd.weight"].T

    def of(self, layer: int, name: str) -> np.ndarray:
        return self.weights[f"blk.{layer}.{name}.weight"]

    def attention(self, layer: int, x: np.ndarray) -> np.ndarray:
        q, k, v = (
            (x @ self.of(layer, f"attn_{part}").T).reshape(len(x), self.heads, -1).swapaxes(0, 1) for part in "qkv"
        )
        q, k = (turned(normed(one, self.of(layer, f"attn_{part}_norm"))) for one, part in ((q, "q"), (k, "k")))
        scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[-1])
        mixed = softmax(np.where(np.tri(len(x), dtype=bool), scores, -np.inf)) @ v
        return mixed.swapaxes(0, 1).reshape(len(x), -1) @ self.of(layer, "attn_output").T

    def swiglu(self, layer: int, x: np.ndarray, expert: int | None = None) -> np.ndarray:
        names = [f"ffn_{part}" for part in ("gate", "up", "down")]
        if expert is None:
            gate, up, down = (self.of(layer, name) for name in names)
        else:
            gate, up, down = (self.of(layer, f"{name}_exps")[expert] for name in names)
        inside = x @ gate.T
        return (inside / (1 + np.exp(-inside)) * (x @ up.T)) @ down.T

    def mixture(self, layer: int, x: np.ndarray) -> np.ndarray:
        likely = self.likely[layer] = softmax(x @ self.of(layer, "ffn_gate_inp").T)
        chosen = self.chosen[layer] = np.argsort(-likely, axis=1)[:, : self.used]
        out = np.zeros_like(x)
        for row, experts in enumerate(chosen):
            others = self.other(layer, row, likely[row], experts)
            weights = likely[row, experts if self.kept else others]
            for expert, weight in zip(others, weights / weights.sum(), strict=True):
                out[row] += weight * self.swiglu(layer, x[row], expert)
        return out


def normed(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-6) * weight


def turned(x: np.ndarray) -> np.ndarray:
    """Rotary positions, the halves of a head paired."""
    half = x.shape[-1] // 2
    angle = np.arange(x.shape[-2])[:, None] * 10_000.0 ** (-np.arange(half) / half)
    left, right = x[..., :half], x[..., half:]
    return np.concatenate(
        (left * np.cos(angle) - right * np.sin(angle), right * np.cos(angle) + left * np.sin(angle)), -1
    )


def softmax(x: np.ndarray) -> np.ndarray:
    likely = np.exp(x - x.max(-1, keepdims=True))
    return likely / likely.sum(-1, keepdims=True)
