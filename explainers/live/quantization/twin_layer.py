"""The first layer of a committed twin as `rounding.json` has it. Standard library only."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from struct import iter_unpack
from typing import Any

from .block_formats import Format
from .qwen3moe_layer import LayerShape, Matrix, choose_experts, router_inputs

ROUTER, EXPERT = "ffn_gate_inp", "ffn_up_exps"
ATTENTION = ("attn_q", "attn_k", "attn_v", "attn_output")
BEFORE_ROUTER = ("token_embd", *ATTENTION)
"""The tensors that can be quantized and come before the router."""


@dataclass(frozen=True)
class TwinLayer:
    """Its tensors by name, rows of weights each, and the `tokens` that it reads, as rows of its embedding.

    `words` are the texts of these rows, `twin` the model's name.
    """

    twin: str
    tensors: Mapping[str, Matrix]
    tokens: Sequence[int]
    words: Sequence[str]
    shape: LayerShape

    def weights(self, names: Iterable[str]) -> list[float]:
        """All weights of some tensors, in a row."""
        return [weight for name in names for row in self.tensors[name] for weight in row]

    def quantize(self, names: Iterable[str], by: Format) -> TwinLayer:
        """The same layer with these tensors quantized."""
        changed = {name: self._quantize(name, by) for name in names}
        after = replace(self, tensors={**self.tensors, **changed})
        if not changed.keys() & set(BEFORE_ROUTER):
            after.__dict__["inputs"] = self.inputs  # nothing that comes before the router has changed
        return after

    def _quantize(self, name: str, by: Format) -> Matrix:
        return _rows(by.quantize(self.weights([name])), len(self.tensors[name][0]))

    @cached_property
    def inputs(self) -> Matrix:
        """The input of the router for each token."""
        return router_inputs(self.tensors, self.tokens, self.shape)

    @cached_property
    def chosen(self) -> Sequence[frozenset[int]]:
        """The experts that the router chooses for each token."""
        return choose_experts(self.tensors[ROUTER], self.inputs, self.shape.used)

    def moved(self, after: TwinLayer) -> tuple[bool, ...]:
        """For each token whether the router of the layer `after` quantization chooses other experts."""
        return tuple(one != other for one, other in zip(self.chosen, after.chosen, strict=True))


def read_layer(content: bytes) -> TwinLayer | None:
    """The layer that `rounding.json` tells of; None where it tells of none."""
    parts = json.loads(content)
    if not parts:
        return None
    tensors = {name: _tensor(tensor) for name, tensor in parts["tensors"].items()}
    return TwinLayer(parts["twin"], tensors, parts["tokens"], parts["words"], LayerShape(**parts["shape"]))


def _tensor(packed: Mapping[str, Any]) -> Matrix:
    code = {"F16": "<e", "F32": "<f"}[packed["type"]]
    return _rows([number for (number,) in iter_unpack(code, b64decode(packed["numbers"]))], packed["width"])


def _rows(numbers: Sequence[float], width: int) -> Matrix:
    return [numbers[place : place + width] for place in range(0, len(numbers), width)]
