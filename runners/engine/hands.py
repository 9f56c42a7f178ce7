"""Rows of logits looked through side by side, where that pays."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ..cgroups import usable_cores

LONG = 32_768
"""A row of fewer words costs less to look through than to hand over (docs/log.md, 2026-11-27)."""

_HANDS = ThreadPoolExecutor(usable_cores(), thread_name_prefix="logits")


def mapping(vocabulary: int) -> Callable[..., Any]:
    """`map` for work on rows of so many logits: numpy and llama.cpp let go of Python's lock, so threads share out rows
    of a large vocabulary."""
    return _HANDS.map if vocabulary >= LONG else map
