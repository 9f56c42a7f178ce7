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
from .qwen3moe_layer import Rows, Shape, chosen, gate_inputs

GATE, EXPERT = "ffn_gate_inp", "ffn_up_exps"
ATTENTION = ("attn_q", "attn_k", "attn_v", "attn_output")
BEFORE = ("token_embd", *ATTENTION)
"""The tensors that are rounded and come before the gate."""


@dataclass(frozen=True)
class TwinLayer:
    """Its tensors by name, rows of weights each, and the `tokens` that it reads, as rows of its embedding.

    `words` are the texts of these rows, `twin` the model's name.
    """

    twin: str
    tensors: Mapping[str, Rows]
    tokens: Sequence[int]
    words: Sequence[str]
    shape: Shape

    def weights(self, names: Iterable[str]) -> list[float]:
        """All weights of some tensors, in a row."""
        return [weight for name in names for row in self.tensors[name] for weight in row]

    def rounded(self, names: Iterable[str], by: Format) -> TwinLayer:
        """The same layer with these tensors rounded."""
        changed = {name: self._rounded(name, by) for name in names}
        after = replace(self, tensors={**self.tensors, **changed})
        if not changed.keys() & set(BEFORE):
            after.__dict__["inputs"] = self.inputs  # nothing that comes before the gate has changed
        return after

    def _rounded(self, name: str, by: Format) -> Rows:
        return _rows(by.rounded(self.weights([name])), len(self.tensors[name][0]))

    @cached_property
    def inputs(self) -> Rows:
        """What the gate is given for each token."""
        return gate_inputs(self.tensors, self.tokens, self.shape)

    @cached_property
    def chosen(self) -> Sequence[frozenset[int]]:
        """The experts that the gate chooses for each token."""
        return chosen(self.tensors[GATE], self.inputs, self.shape.used)

    def moved(self, after: TwinLayer) -> tuple[bool, ...]:
        """For each token whether the gate of the layer `after` rounding chooses other experts."""
        return tuple(one != other for one, other in zip(self.chosen, after.chosen, strict=True))


def read(content: bytes) -> TwinLayer | None:
    """The layer that `rounding.json` tells of; None where it tells of none."""
    told = json.loads(content)
    if not told:
        return None
    tensors = {name: _tensor(one) for name, one in told["tensors"].items()}
    return TwinLayer(told["twin"], tensors, told["tokens"], told["words"], Shape(**told["shape"]))


def _tensor(told: Mapping[str, Any]) -> Rows:
    code = {"F16": "<e", "F32": "<f"}[told["type"]]
    return _rows([number for (number,) in iter_unpack(code, b64decode(told["numbers"]))], told["width"])


def _rows(numbers: Sequence[float], width: int) -> Rows:
    return [numbers[place : place + width] for place in range(0, len(numbers), width)]
