"""One loaded model and its KV cache, through llama.cpp's low-level API: tokens in, rows of logits out."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import llama_cpp
import numpy as np

from ..host.cgroups import usable_cores
from ..models.gguf_facts import inspect
from .probes.router_hook import RouterHook
from .protocol import EngineError, Load
from .thread_pool import RowPool

BATCH = 512
"""Tokens that one decode call takes at most."""

CACHE_TYPES = {"f32": 0, "f16": 1, "q4_0": 2, "q4_1": 3, "q5_0": 6, "q5_1": 7, "q8_0": 8, "bf16": 30}
"""Numbers of ggml's tensor types, as in ggml.h."""


_LOG: list[str] = []


@llama_cpp.llama_log_callback
def _keep_log(level, text, data) -> None:
    # Belongs to the module, not to a context: llama.cpp calls it from wherever, also when a context is long freed.
    _LOG.append(text.decode("utf-8", "replace"))
    del _LOG[:-4000]


def _last_log() -> str:
    lines = [line.strip() for line in "".join(_LOG).splitlines() if "error" in line.lower() or "fail" in line]
    return lines[-1][:300] if lines else "no reason given"


class BatchRow(NamedTuple):
    """One token of a batch: its position in its sequence, and whether its logits are wanted."""

    token: int
    position: int
    sequence: int
    wanted: bool


def _expert_overrides(load: Load) -> Any:
    """Overrides by which llama.cpp uses another number of experts. Raises `EngineError` for an impossible number, which
    would end the process."""
    weights = inspect(Path(load.path))
    if not 1 <= load.experts_used <= weights.experts:
        there = f"{weights.experts} experts" if weights.experts else "no experts"
        raise EngineError(f"{load.path} has {there}; {load.experts_used} cannot be used")
    overrides: Any = (llama_cpp.llama_model_kv_override * 2)()  # the second, empty, ends the list
    overrides[0].tag = llama_cpp.LLAMA_KV_OVERRIDE_TYPE_INT
    overrides[0].key = f"{weights.architecture}.expert_used_count".encode()
    overrides[0].value.val_i64 = load.experts_used
    return overrides


def _threads(load: Load) -> int:
    return load.threads or usable_cores()


def _has_amx() -> bool:
    """Whether llama.cpp was built for Intel's AMX. Virtual machines may advertise it and end the process at the first
    tile (docs/log.md, 2026-11-26), so weights are then not packed for it, nor, for want of a finer switch, at all."""
    return b"AMX_INT8 = 1" in llama_cpp.llama_print_system_info()


class Context:
    """A model in memory with `width` sequences of `context` tokens each; `routing` listens to which experts it uses.

    Raises `EngineError` when it cannot load.
    """

    def __init__(self, load: Load, routing: RouterHook | None = None, model: Any = None) -> None:
        self.load, self._routing = load, routing
        self._owned = model is None
        self.model = self._load_model() if model is None else model
        self.vocab = llama_cpp.llama_model_get_vocab(self.model)
        self.vocab_size = llama_cpp.llama_vocab_n_tokens(self.vocab)
        self.handle = llama_cpp.llama_init_from_model(self.model, self._context_params())
        if not self.handle:
            raise EngineError(f"{load.path}: no context of {load.width} x {load.context} tokens ({_last_log()})")
        self.memory = llama_cpp.llama_get_memory(self.handle)
        self._batch, self._spare = llama_cpp.llama_batch_init(BATCH, 0, 1), load.width
        self.row_pool = RowPool(self.vocab_size, _threads(load))

    def sibling(self, length: int, routing: RouterHook | None, width: int = 1) -> Context:
        """Another context of the same weights, with `width` sequences of so many tokens. Close it before this one."""
        return Context(replace(self.load, context=length, width=width), routing, self.model)

    def _load_model(self) -> Any:
        _LOG.clear()
        llama_cpp.llama_log_set(_keep_log, None)
        llama_cpp.llama_backend_init()
        model = llama_cpp.llama_model_load_from_file(self.load.path.encode(), self._model_params())
        if not model:
            raise EngineError(f"{self.load.path}: llama.cpp cannot load these weights ({_last_log()})")
        return model

    @property
    def divisible(self) -> bool:
        """Whether part of a sequence can be kept; a recurrent state cannot be cut."""
        return not (llama_cpp.llama_model_is_recurrent(self.model) or llama_cpp.llama_model_is_hybrid(self.model))

    @property
    def offloaded(self) -> tuple[int, int]:
        """(layers on the GPU, layers in all), as llama.cpp itself reported them while loading."""
        found = re.findall(r"offloaded (\d+)/(\d+) layers", "".join(_LOG))
        return (int(found[-1][0]), int(found[-1][1])) if found else (0, llama_cpp.llama_model_n_layer(self.model))

    def decode(self, rows: Sequence[BatchRow]) -> list[np.ndarray]:
        """Evaluate at most `BATCH` rows; the logits (vocabulary,) of each wanted one, valid until the next call.

        Give every sequence of a call the same number of rows: llama.cpp would cut unequal ones into smaller batches.
        One of these could hold a single token, and a product with a single column runs through another kernel, which
        rounds differently. A lone row is paired with one of the spare sequence for the same reason. With weights such
        as SmolLM2's Q4_1 a reply then does not depend on what else is in its batch (docs/log.md, 2026-11-24).
        """
        if len(rows) == 1:
            self.keep(self._spare, 0)
            rows = [*rows, BatchRow(rows[0].token, 0, self._spare, False)]
        batch = self._batch
        batch.n_tokens = len(rows)
        for index, row in enumerate(rows):
            batch.token[index], batch.pos[index] = row.token, row.position
            batch.n_seq_id[index], batch.seq_id[index][0] = 1, row.sequence
            batch.logits[index] = row.wanted
        code = llama_cpp.llama_decode(self.handle, batch)
        if code:
            raise EngineError(f"llama_decode gave {code} on {len(rows)} tokens ({_last_log()})")
        return [self._logits(index) for index, row in enumerate(rows) if row.wanted]

    def _logits(self, index: int) -> np.ndarray:
        logits = np.ctypeslib.as_array(llama_cpp.llama_get_logits_ith(self.handle, index), (self.vocab_size,))
        if not np.isfinite(logits.max()):  # flipped bytes in the weights load in silence
            raise EngineError(f"{self.load.path}: the model gives no finite logits; check the file's sha256")
        return logits

    def warm(self) -> None:
        """Decode once in each shape that replies will need: a GPU's driver loads its code at the first use, and the
        seconds of that are no reply's. Nothing stays in the cache."""
        token = max(llama_cpp.llama_vocab_bos(self.vocab), 0)
        prompt = [BatchRow(token, place, 0, False) for place in range(min(BATCH, self.load.context) - 1)]
        shapes = (
            [*prompt, BatchRow(token, len(prompt), 0, True)],
            [BatchRow(token, 0, n, True) for n in range(self.load.width)],
        )
        for rows in shapes:
            self.decode(rows)
            llama_cpp.llama_memory_clear(self.memory, True)

    def keep(self, sequence: int, length: int) -> bool:
        """Forget all but the first `length` tokens of a sequence; False where the model cannot."""
        return bool(llama_cpp.llama_memory_seq_rm(self.memory, sequence, length, -1))

    def copy(self, source: int, target: int) -> None:
        """Make a sequence a copy of another. Whole, because separate streams copy whole buffers only."""
        llama_cpp.llama_memory_seq_rm(self.memory, target, -1, -1)
        llama_cpp.llama_memory_seq_cp(self.memory, source, target, -1, -1)

    def tokenize(self, text: str, special: bool) -> list[int]:
        """Tokens of a text. `special` reads control tokens such as <|im_start|> in it as such, and then a BOS that the
        text already begins with is not doubled."""
        data = text.encode()
        bos = self.bos
        add_bos = not (special and bos and text.startswith(bos))
        room = (llama_cpp.llama_token * (len(data) + 8))()
        count = llama_cpp.llama_tokenize(self.vocab, data, len(data), room, len(room), add_bos, special)
        if count < 0:
            raise EngineError(f"{-count} tokens do not fit a buffer of {len(room)}")
        return list(room[:count])

    def piece(self, token: int) -> bytes:
        """The bytes that a token stands for; none for a control token."""
        return self._piece(token, special=False)

    def ends(self, token: int) -> bool:
        """Whether the model ends its turn with this token."""
        return bool(llama_cpp.llama_vocab_is_eog(self.vocab, token))

    @property
    def opening(self) -> list[int]:
        """The token that this model wants before every text, if it wants one."""
        wanted = llama_cpp.llama_vocab_get_add_bos(self.vocab)
        return [llama_cpp.llama_vocab_bos(self.vocab)] if wanted else []

    @property
    def bos(self) -> str:
        """The text of the begin-of-sequence token, or nothing."""
        return self._control_text(llama_cpp.llama_vocab_bos(self.vocab))

    @property
    def eos(self) -> str:
        """The text of the end-of-sequence token, or nothing."""
        return self._control_text(llama_cpp.llama_vocab_eos(self.vocab))

    @property
    def template(self) -> str | None:
        """The chat template that the weights carry."""
        found = llama_cpp.llama_model_chat_template(self.model, None)
        return found.decode("utf-8", "replace") if found else None

    def close(self) -> None:
        """Free model and cache. May be called twice."""
        if self.handle:
            self.row_pool.close()
            llama_cpp.llama_batch_free(self._batch)
            llama_cpp.llama_free(self.handle)
            if self._owned:
                llama_cpp.llama_model_free(self.model)
            self.handle = None

    def _control_text(self, token: int) -> str:
        return self._piece(token, special=True).decode("utf-8", "replace") if token >= 0 else ""

    def _piece(self, token: int, special: bool) -> bytes:
        room = ctypes.create_string_buffer(256)
        count = llama_cpp.llama_token_to_piece(self.vocab, token, room, len(room), 0, special)
        if count < 0:
            room = ctypes.create_string_buffer(-count)
            count = llama_cpp.llama_token_to_piece(self.vocab, token, room, len(room), 0, special)
        return room.raw[: max(count, 0)]

    def _model_params(self):
        params = llama_cpp.llama_model_default_params()
        # A count above every layer means all; older builds read -1 as none.
        params.n_gpu_layers = self.load.gpu_layers if self.load.gpu_layers >= 0 else 1_000
        params.check_tensors = True
        params.use_extra_bufts = not _has_amx()
        if self.load.experts_used:
            params.kv_overrides = self._overrides = _expert_overrides(self.load)
        return params

    def _context_params(self):
        load, params = self.load, llama_cpp.llama_context_default_params()
        sequences = load.width + 1  # one is spare: see `decode`
        params.n_ctx, params.n_seq_max = load.context * sequences, sequences
        params.n_batch = params.n_ubatch = BATCH
        params.n_threads = params.n_threads_batch = _threads(load)
        params.type_k = params.type_v = CACHE_TYPES[load.cache_type]
        params.flash_attn_type = int(load.flash_attention)
        params.kv_unified = False  # separate streams batch better, and one sequence cannot see another's padding
        if self._routing:
            params.cb_eval = self._routing.callback
        params.swa_full = True  # a sliding window would forget the shared prefix
        return params
