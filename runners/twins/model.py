"""The twins' architecture in torch: Qwen3 and Qwen3-MoE as llama.cpp computes them, small and plain.

Pre-norm transformer with RMSNorm, rotary positions (NEOX pairing), normalised queries and keys, SwiGLU, and output
weights tied to the embedding. The mixture of experts: softmax over all experts, the best `used` of them, their weights
scaled to sum to one (Qwen3 technical report, arXiv:2505.09388).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

EPSILON = 1e-6
ROPE_BASE = 10_000.0


@dataclass(frozen=True)
class TwinShape:
    """What a twin is made of. `ffn` is the hidden width of the feed-forward block, of each expert where there are
    `experts`, of which every token uses `used`. All is in units of one number or one head."""

    vocabulary: int
    width: int
    layers: int
    heads: int
    head: int
    ffn: int
    context: int
    experts: int = 0
    used: int = 0


class Twin(nn.Module):
    """Token ids (batch, length) to logits (batch, length, vocabulary). `balance()` is the router's auxiliary loss."""

    def __init__(self, shape: TwinShape) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.vocabulary, shape.width)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.norm = nn.RMSNorm(shape.width, eps=EPSILON)
        angles = torch.outer(torch.arange(shape.context), ROPE_BASE ** (-torch.arange(0, 1, 2 / shape.head)))
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)
        self._begin()

    def forward(self, tokens: Tensor, past: list[KVCache] | None = None) -> Tensor:
        """With `past`, from `past()`, tokens are read one at a time and go on from those that were read with it."""
        pasts: Sequence[KVCache | None] = past or [None] * len(self.blocks)
        x = self.embedding(tokens)
        start = past[0].length if past else 0
        turn = self.cos[start : start + tokens.shape[1]], self.sin[start : start + tokens.shape[1]]
        for block, before in zip(self.blocks, pasts, strict=True):
            x = block(x, turn, before)
        return F.linear(self.norm(x), self.embedding.weight)

    def past(self) -> list[KVCache]:
        """Nothing read yet, for a text that will be read token by token."""
        return [KVCache(self.shape.context) for _ in self.blocks]

    def balance(self) -> Tensor | float:
        """Switch Transformer's load-balancing loss (arXiv:2101.03961), summed over layers; 1 a layer is even."""
        return sum(block.mixer.uneven for block in self.blocks if isinstance(block.mixer, MixtureOfExperts))

    def _begin(self) -> None:
        """Random matrices that keep the scale of what they are given; blocks begin by adding nothing."""
        for name, weight in self.named_parameters():
            if weight.ndim > 1:
                nn.init.normal_(weight, std=weight.shape[-1] ** -0.5)
            if ".down" in name or ".output" in name:
                nn.init.zeros_(weight)


class KVCache:
    """Keys and values (batch, heads, length, head) of the tokens that one layer has read, at most `context` of them."""

    def __init__(self, context: int) -> None:
        self.length, self._context = 0, context
        self._held: tuple[Tensor, Tensor] | None = None

    def grown(self, *new: Tensor) -> tuple[Tensor, ...]:
        """All keys and values, with those of one more token."""
        if self._held is None:
            self._held = tuple(part.new_empty(*part.shape[:2], self._context, part.shape[3]) for part in new)
        for held, part in zip(self._held, new, strict=True):
            held[:, :, self.length] = part[:, :, 0]
        self.length += 1
        return tuple(held[:, :, : self.length] for held in self._held)


class Block(nn.Module):
    """Attention, then the feed-forward block or the mixture of experts; each is added to what came in."""

    def __init__(self, shape: TwinShape) -> None:
        super().__init__()
        self.attention_norm = nn.RMSNorm(shape.width, eps=EPSILON)
        self.attention = Attention(shape)
        self.mixer_norm = nn.RMSNorm(shape.width, eps=EPSILON)
        self.mixer = MixtureOfExperts(shape) if shape.experts else FeedForward(shape)

    def forward(self, x: Tensor, turn: tuple[Tensor, Tensor], past: KVCache | None) -> Tensor:
        x = x + self.attention(self.attention_norm(x), turn, past)
        return x + self.mixer(self.mixer_norm(x))


class Attention(nn.Module):
    """Causal attention over heads of `head` numbers each."""

    def __init__(self, shape: TwinShape) -> None:
        super().__init__()
        inner = shape.heads * shape.head
        self.heads = shape.heads
        self.query, self.key, self.value = (nn.Linear(shape.width, inner, bias=False) for _ in range(3))
        self.output = nn.Linear(inner, shape.width, bias=False)
        self.query_norm, self.key_norm = (nn.RMSNorm(shape.head, eps=EPSILON) for _ in range(2))

    def forward(self, x: Tensor, turn: tuple[Tensor, Tensor], past: KVCache | None) -> Tensor:
        q, k, v = (
            part(x).unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in (self.query, self.key, self.value)
        )
        q, k = rotate(self.query_norm(q), *turn), rotate(self.key_norm(k), *turn)
        if past:
            k, v = past.grown(k, v)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=past is None)
        return self.output(mixed.transpose(1, 2).flatten(2))


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary positions: the number at i turns with the number half a head further (RoFormer, arXiv:2104.09864)."""
    left, right = x.chunk(2, dim=-1)
    return torch.cat((left * cos - right * sin, right * cos + left * sin), dim=-1)


class FeedForward(nn.Module):
    """SwiGLU (arXiv:2002.05202)."""

    def __init__(self, shape: TwinShape) -> None:
        super().__init__()
        self.gate, self.up = (nn.Linear(shape.width, shape.ffn, bias=False) for _ in range(2))
        self.down = nn.Linear(shape.ffn, shape.width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down(F.silu(self.gate(x)) * self.up(x))


class MixtureOfExperts(nn.Module):
    """`experts` feed-forward blocks; a router sends each token to `used` of them. `uneven` is set by every pass.

    The experts' matrices are stacked, (experts, out, in), as GGUF has them.
    """

    def __init__(self, shape: TwinShape) -> None:
        super().__init__()
        self.used = shape.used
        self.router = nn.Linear(shape.width, shape.experts, bias=False)
        inward, outward = (shape.experts, shape.ffn, shape.width), (shape.experts, shape.width, shape.ffn)
        self.gate, self.up, self.down = (nn.Parameter(torch.empty(size)) for size in (inward, inward, outward))
        self.uneven: Tensor | float = 0.0

    def forward(self, x: Tensor) -> Tensor:
        tokens = x.flatten(0, 1)
        likely = self.router(tokens).softmax(-1)
        weights, chosen = likely.topk(self.used)
        weights = weights / weights.sum(-1, keepdim=True)
        counts = chosen.flatten().bincount(minlength=len(self.gate))
        self.uneven = len(self.gate) * (counts / counts.sum() * likely.mean(0)).sum()
        # Sorted by expert, so that each runs once over all the tokens it was given.
        order = chosen.flatten().argsort(stable=True)
        source = order // self.used
        parts = zip(tokens[source].split(counts.tolist()), self.gate, self.up, self.down, strict=True)
        mixed = torch.cat([F.linear(F.silu(F.linear(x, g)) * F.linear(x, u), d) for x, g, u, d in parts])
        mixed = mixed * weights.flatten()[order, None]
        return torch.zeros_like(tokens).index_add(0, source, mixed).view_as(x)
