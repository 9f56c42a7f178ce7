"""Log-probabilities of a given text, token by token, and their divergence from those of the unchanged model."""

from __future__ import annotations

import codecs
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...schema import Reply, Trace
from ..context import Context
from ..sampling import logprob
from ..thread_pool import RowPool
from .windows import Experts, WindowReader, count_moved_layers, join_parts, pack_routing

PADDED = 256
"""llama.cpp makes every sequence of a cache a multiple of so many tokens long, so that texts of nearly one length can
share a context."""


class Tracer:
    """Reads texts with the model of a context, and beside it, where a request compares, with the plain model."""

    def __init__(self, context: Context, tick: Callable[[], None]) -> None:
        self._context, self._tick = context, tick
        self._plain: Context | None = None
        self._readers: dict[tuple[bool, int, bool], WindowReader] = {}

    def reply(self, request: Trace) -> Reply:
        """Everything that a request asks of its text. Raises `ValueError` for a text of less than two tokens, and
        `EngineError` where routing cannot be read, or not changed as asked."""
        windows = self._windows(request)
        began = time.perf_counter()
        found = _TraceComparison(request.compared, self._context.row_pool)
        for window in windows:
            found.begin_window()
            for (logits, experts), (others, unmoved) in self._side_by_side(request, window):
                found.take(window, logits, experts, others, unmoved)
        return Reply(
            tokens=tuple(self._pieces(windows)),
            logprobs=tuple(round(value, 5) for value in found.logprobs),
            prompt_tokens=sum(map(len, windows)),
            prompt_seconds=round(time.perf_counter() - began, 4),
            stop="traced",
            routes=pack_routing(join_parts(found.experts)) if request.routing else {},
            against=found.against(),
        )

    def close(self) -> None:
        """Free the contexts. May be called twice."""
        for reader in self._readers.values():
            reader.close()
        self._readers.clear()
        if self._plain:
            self._plain.close()

    def _windows(self, request: Trace) -> list[list[int]]:
        tokens = self._context.tokenize(request.text, special=False)
        length = min(request.window, len(tokens))
        if length < 2:
            raise ValueError("a text of less than two tokens has nothing to predict")
        starts = range(0, len(tokens) - length + 1, length)
        opening = self._context.opening
        return [[*opening, *tokens[start + len(opening) : start + length]] for start in starts]

    def _side_by_side(self, request: Trace, window: list[int]):
        """Parts of a window as the model reads them, each beside the plain model's where that is asked for."""
        changed = self._reader(False, len(window), request).read(window, request.route)
        if not request.compared:
            return ((part, ((), {})) for part in changed)
        return zip(changed, self._reader(True, len(window), request).read(window), strict=True)

    def _reader(self, plain: bool, length: int, request: Trace) -> WindowReader:
        place = plain, -(-length // PADDED) * PADDED, bool(request.routing or request.route)
        if place not in self._readers:
            self._readers[place] = WindowReader(self._unchanged() if plain else self._context, *place[1:], self._tick)
        return self._readers[place]

    def _unchanged(self) -> Context:
        """The plain model, loaded when it is first asked for."""
        self._plain = self._plain or Context(self._context.load.plain())
        return self._plain

    def _pieces(self, windows: list[list[int]]) -> list[str]:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        return [decoder.decode(self._context.piece(token)) for window in windows for token in window]


class _TraceComparison:
    """What a trace has of a text so far, token by token, and how it compares with the plain model."""

    def __init__(self, compared: bool, row_pool: RowPool) -> None:
        self._compared, self._each = compared, row_pool.each
        self.logprobs: list[float] = []
        self.experts: list[Experts] = []
        self._unmoved: list[Experts] = []
        self._plain: list[float] = []
        self._apart: list[float] = []
        self._same: list[int] = []
        self._place = 0

    def begin_window(self) -> None:
        """A window begins. Nothing predicts its first token."""
        self._place = 1
        self.logprobs.append(0.0)
        if self._compared:
            for values in (self._plain, self._apart):
                values.append(0.0)
            self._same.append(1)

    def take(
        self,
        window: Sequence[int],
        logits: Sequence[np.ndarray],
        experts: Experts,
        others: Sequence[np.ndarray],
        unmoved: Experts,
    ) -> None:
        """The logits of a part of the window, each of which predicts the token after it."""
        follow = window[self._place : self._place + len(logits)]
        self._place += len(logits)
        self.logprobs += self._each(logprob, logits, follow)
        self.experts.append(experts)
        if self._compared:
            others, logits = others[: len(follow)], logits[: len(follow)]
            self._plain += self._each(logprob, others, follow)
            self._apart += self._each(kl_divergence, others, logits)
            self._same += [int(np.argmax(a) == np.argmax(b)) for a, b in zip(others, logits, strict=True)]
            self._unmoved.append(unmoved)

    def against(self) -> dict[str, Any]:
        """What a reply keeps of the comparison."""
        if not self._compared:
            return {}
        return {
            "logprobs": [round(value, 5) for value in self._plain],
            "divergence": [round(value, 6) for value in self._apart],
            "same_top": self._same,
            "moved": count_moved_layers(join_parts(self.experts), join_parts(self._unmoved)),
        }


def kl_divergence(plain: np.ndarray, changed: np.ndarray) -> float:
    """Kullback-Leibler divergence, in nats, of the distribution of some logits from that of the plain model's."""
    p, q = (_log_softmax(logits) for logits in (plain, changed))
    return float((np.exp(p) * (p - q)).sum())


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits.astype(np.float64) - logits.max()
    return shifted - np.log(np.exp(shifted).sum())
