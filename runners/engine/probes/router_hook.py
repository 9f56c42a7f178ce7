"""Hook into llama.cpp's graph that reads which experts the router chose, or replaces them.

The callback is called once for each layer and micro-batch. It asks for the tensors `ffn_moe_probs-<layer>`, floats
(experts, tokens) in ggml's order, and `ffn_moe_topk-<layer>`, int32 expert numbers (used, tokens); what it writes to
the latter is what the graph goes on with. ggml's tensor struct is not in llama_cpp; the layout here is that of ggml.h
at llama-cpp-python 0.3.36, and is refused when `ggml_tensor_overhead` says that it has another size.
"""

from __future__ import annotations

import ctypes as c
import re
from collections import defaultdict
from collections.abc import Callable
from typing import NamedTuple

import llama_cpp
import numpy as np

from ..protocol import EngineError

_WATCHED = re.compile(rb"ffn_moe_(probs|topk|weights)-(\d+)$")


class GgmlTensor(c.Structure):
    """ggml's `struct ggml_tensor`, 336 bytes."""


GgmlTensor._fields_ = [
    ("type", c.c_int),
    ("buffer", c.c_void_p),
    ("ne", c.c_int64 * 4),
    ("nb", c.c_size_t * 4),
    ("op", c.c_int),
    ("op_params", c.c_int32 * 16),
    ("flags", c.c_int32),
    ("src", c.POINTER(GgmlTensor) * 10),
    ("view_src", c.POINTER(GgmlTensor)),
    ("view_offs", c.c_size_t),
    ("data", c.c_void_p),
    ("name", c.c_char * 64),
    ("extra", c.c_void_p),
    ("padding", c.c_char * 8),
]

OVERHEAD = 368
"""What `ggml_tensor_overhead` gives for this layout: the tensor and the object before it."""


class LayerRouting(NamedTuple):
    """What one layer's router made of the tokens of one decode call: `likely`, the probabilities (tokens, experts), and
    `chosen`, the experts (tokens, used), best first."""

    likely: np.ndarray
    chosen: np.ndarray


Change = Callable[[int, LayerRouting], np.ndarray]
"""Layer, and what its router chose -> the experts (tokens, used) that read the tokens instead."""


class RouterHook:
    """Collects the experts of every decode call, and changes them while `change` is set. Give it to a `Context`, which
    it must outlive. `keep_weights` leaves new experts the weights of those they replace."""

    def __init__(self) -> None:
        self.change: Change | None = None
        self.keep_weights = False
        self._ggml = _library()
        self._likely: dict[int, np.ndarray] = {}
        self._seen: dict[int, list[LayerRouting]] = defaultdict(list)
        self._fault: Exception | None = None
        self.callback = llama_cpp.ggml_backend_sched_eval_callback(self._look)

    def take(self) -> dict[int, LayerRouting]:
        """Layer -> what was seen since the last call, of all tokens that were decoded.

        All tokens of a batch must be wanted, or the last layer shows only those that were. Raises `EngineError`.
        """
        fault, self._fault = self._fault, None
        if fault:
            self._seen.clear()
            raise EngineError(f"the experts could not be read or replaced: {fault}") from fault
        taken = {
            layer: LayerRouting(*map(np.concatenate, zip(*parts, strict=True))) for layer, parts in self._seen.items()
        }
        self._seen.clear()
        return dict(sorted(taken.items()))

    def _look(self, pointer, asking: bool, data) -> bool:
        # An exception in here would stop the graph in silence and leave stale logits: it is kept and raised later.
        try:
            tensor = GgmlTensor.from_address(pointer)
            named = _WATCHED.match(tensor.name)
            if asking:
                return named is not None and (named[1] != b"weights" or bool(self.change and self.keep_weights))
            if named:
                getattr(self, f"_{named[1].decode()}")(int(named[2]), pointer, tensor)
        except Exception as fault:
            self._fault = self._fault or fault
        return True

    def _probs(self, layer: int, pointer, tensor: GgmlTensor) -> None:
        self._likely[layer] = self._read(pointer, tensor, np.float32)

    def _topk(self, layer: int, pointer, tensor: GgmlTensor) -> None:
        seen = LayerRouting(self._likely[layer], self._read(pointer, tensor, np.int32))
        self._seen[layer].append(seen)
        if self.change:
            new = self.change(layer, seen).astype(np.int32)
            for row, experts in enumerate(new):
                self._write(pointer, experts, row * tensor.nb[1])

    def _weights(self, layer: int, pointer, tensor: GgmlTensor) -> None:
        """Give the new experts the weights of those they replace."""
        likely, chosen = self._seen[layer][-1]
        self._write(pointer, np.take_along_axis(likely, chosen, axis=1), 0)

    def _read(self, pointer, tensor: GgmlTensor, kind: type) -> np.ndarray:
        """A tensor of two dimensions, whose rows may lie further apart than they are long."""
        wide, rows, apart = tensor.ne[0], tensor.ne[1], tensor.nb[1]
        room = np.empty(self._ggml.ggml_nbytes(pointer), np.uint8)
        self._ggml.ggml_backend_tensor_get(pointer, room.ctypes.data, 0, room.nbytes)
        return np.ndarray((rows, wide), kind, room, strides=(apart, 4)).copy()

    def _write(self, pointer, values: np.ndarray, offset: int) -> None:
        values = np.ascontiguousarray(values)
        self._ggml.ggml_backend_tensor_set(pointer, values.ctypes.data, offset, values.nbytes)


def _library() -> c.CDLL:
    """ggml as llama_cpp has loaded it; a second copy would have globals of its own. Raises `EngineError`."""
    ggml = llama_cpp.llama_cpp._lib
    ggml.ggml_tensor_overhead.restype = ggml.ggml_nbytes.restype = c.c_size_t
    ggml.ggml_nbytes.argtypes = [c.c_void_p]
    for move in (ggml.ggml_backend_tensor_get, ggml.ggml_backend_tensor_set):
        move.argtypes = [c.c_void_p, c.c_void_p, c.c_size_t, c.c_size_t]
        move.restype = None
    if ggml.ggml_tensor_overhead() != OVERHEAD or c.sizeof(GgmlTensor) != 336:
        raise EngineError("this build of llama.cpp lays out tensors in another way; its routing cannot be read")
    return ggml
