"""Rows of logits looked through side by side, where that pays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any

from ..cgroups import usable_cores

LONG = 100_000
"""A row of fewer words is looked through sooner than handed over (docs/log.md, 2026-11-27)."""

_CORES = usable_cores()
_HANDS = ThreadPoolExecutor(_CORES, thread_name_prefix="logits")


def spread(vocabulary: int, work: Callable[..., Any], *columns: Iterable[Any]) -> list[Any]:
    """What `map` gives, of work on rows of so many logits: numpy and llama.cpp let go of Python's lock, so threads
    share out rows of a large vocabulary."""
    rows = list(zip(*columns, strict=False))
    if vocabulary < LONG:
        return _each(work, rows)
    size = max(1, -(-len(rows) // _CORES))
    parts = [rows[start : start + size] for start in range(0, len(rows), size)]
    return list(chain.from_iterable(_HANDS.map(lambda part: _each(work, part), parts)))


def _each(work: Callable[..., Any], rows: Sequence[tuple]) -> list[Any]:
    return [work(*row) for row in rows]
