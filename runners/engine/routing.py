"""Which experts llama.cpp chose: read from the graph while it is evaluated, one call for each layer and micro-batch.

The callback asks for the tensors `ffn_moe_topk-<layer>`: int32 expert numbers, (used, tokens) in ggml's order. ggml's
tensor struct is not in llama_cpp; the layout here is that of ggml.h at llama-cpp-python 0.3.36, and is refused when
`ggml_tensor_overhead` says that it has another size.
"""

from __future__ import annotations

import ctypes as c
import re
from collections import defaultdict

import llama_cpp
import numpy as np

from .protocol import EngineError

_TOPK = re.compile(rb"ffn_moe_topk-(\d+)$")


class Tensor(c.Structure):
    """ggml's `struct ggml_tensor`, 336 bytes."""


Tensor._fields_ = [
    ("type", c.c_int),
    ("buffer", c.c_void_p),
    ("ne", c.c_int64 * 4),
    ("nb", c.c_size_t * 4),
    ("op", c.c_int),
    ("op_params", c.c_int32 * 16),
    ("flags", c.c_int32),
    ("src", c.POINTER(Tensor) * 10),
    ("view_src", c.POINTER(Tensor)),
    ("view_offs", c.c_size_t),
    ("data", c.c_void_p),
    ("name", c.c_char * 64),
    ("extra", c.c_void_p),
    ("padding", c.c_char * 8),
]

OVERHEAD = 368
"""What `ggml_tensor_overhead` gives for this layout: the tensor and the object before it."""


class Routing:
    """Collects the chosen experts of every decode call. Give it to a `Context`; it must outlive that."""

    def __init__(self) -> None:
        self._ggml = _library()
        self._seen: dict[int, list[np.ndarray]] = defaultdict(list)
        self._fault: Exception | None = None
        self.callback = llama_cpp.ggml_backend_sched_eval_callback(self._look)

    def take(self) -> dict[int, np.ndarray]:
        """Layer -> chosen experts (tokens, used), best first, of all that was decoded since the last call.

        All tokens of a batch must be wanted, or the last layer shows only those that were. Raises `EngineError`.
        """
        if self._fault:
            raise EngineError(f"the chosen experts could not be read: {self._fault}") from self._fault
        taken = {layer: np.concatenate(parts) for layer, parts in sorted(self._seen.items())}
        self._seen.clear()
        return taken

    def _look(self, pointer, asking: bool, data) -> bool:
        # An exception in here would stop the graph in silence and leave stale logits: it is kept and raised later.
        try:
            tensor = c.cast(pointer, c.POINTER(Tensor)).contents
            named = _TOPK.match(tensor.name)
            if asking or not named:
                return bool(named)
            self._seen[int(named[1])].append(self._chosen(pointer, tensor))
        except Exception as fault:
            self._fault = fault
        return True

    def _chosen(self, pointer, tensor: Tensor) -> np.ndarray:
        """The numbers of a tensor whose rows may lie further apart than they are long."""
        used, tokens, apart = tensor.ne[0], tensor.ne[1], tensor.nb[1]
        room = np.empty(self._ggml.ggml_nbytes(pointer), np.uint8)
        self._ggml.ggml_backend_tensor_get(pointer, room.ctypes.data, 0, room.nbytes)
        rows = [room[row * apart : row * apart + 4 * used].view(np.int32) for row in range(tokens)]
        return np.array(rows)


def _library() -> c.CDLL:
    """ggml as llama_cpp has loaded it; a second copy would have globals of its own. Raises `EngineError`."""
    ggml = llama_cpp.llama_cpp._lib
    ggml.ggml_tensor_overhead.restype = ggml.ggml_nbytes.restype = c.c_size_t
    ggml.ggml_nbytes.argtypes = [c.c_void_p]
    ggml.ggml_backend_tensor_get.argtypes = [c.c_void_p, c.c_void_p, c.c_size_t, c.c_size_t]
    if ggml.ggml_tensor_overhead() != OVERHEAD or c.sizeof(Tensor) != 336:
        raise EngineError("this build of llama.cpp lays out tensors in another way; its routing cannot be read")
    return ggml
