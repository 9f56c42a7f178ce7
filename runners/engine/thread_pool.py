"""Threads that share the work on rows of logits, where that pays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any

LONG = 100_000
"""A row of fewer logits takes less time to work on than to hand over (docs/log.md, 2026-11-27)."""


class RowPool:
    """As many threads as the engine may use. They start with the first rows that are long enough for them."""

    def __init__(self, vocabulary: int, threads: int) -> None:
        self._vocabulary, self._threads = vocabulary, threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="logits")

    def each(self, work: Callable[..., Any], *columns: Iterable[Any]) -> list[Any]:
        """The results of `work` on rows of logits, in order, as `map` gives them: numpy and llama.cpp let go of
        Python's lock, so threads share out the rows of a large vocabulary."""
        rows = list(zip(*columns, strict=False))
        if self._vocabulary < LONG or self._threads == 1:
            return _all(work, rows)
        size = max(1, -(-len(rows) // self._threads))
        parts = [rows[start : start + size] for start in range(0, len(rows), size)]
        return list(chain.from_iterable(self._pool.map(lambda part: _all(work, part), parts)))

    def close(self) -> None:
        """End the threads. May be called twice."""
        self._pool.shutdown()


def _all(work: Callable[..., Any], rows: Sequence[tuple]) -> list[Any]:
    return [work(*row) for row in rows]
