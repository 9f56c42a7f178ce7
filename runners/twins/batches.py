"""Training batches, step by step: windows of text with its own next tokens or with a teacher's distributions."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from .corpus import windows
from .distill import sample_replies
from .model import Twin
from .recipe import Rung

AT_ONCE = 25
"""Batches that a teacher answers together: token by token, many windows take little longer than a few."""

Batch = tuple[Tensor, Tensor]
"""Token ids, and whether each is to be learned; both (batch, context + 1)."""


def batches(rung: Rung, start: int, teacher: Twin | None = None, warming: bool = False) -> Iterator[Batch]:
    """Batches of the warm-up or of what comes after, from step `start` on: a training that is resumed reads what an
    uninterrupted one would have read."""
    if teacher is None or rung.learns != "replies":
        return _read(rung, start, warming)
    ahead = start % AT_ONCE
    return itertools.islice(_answered(rung, start - ahead, teacher), ahead, None)


def _read(rung: Rung, start: int, warming: bool) -> Iterator[Batch]:
    text = windows(rung.mix, rung.seed, rung.context + 1, rung.warmup["mix"] if warming else None)
    text = itertools.islice(text, start * rung.batch, None)
    while batch := list(itertools.islice(text, rung.batch)):
        tokens, learned = (torch.from_numpy(np.array(part)) for part in zip(*batch, strict=True))
        yield tokens, learned


def _answered(rung: Rung, start: int, teacher: Twin) -> Iterator[Batch]:
    text = _read(rung, start, warming=False)
    for step in itertools.count(start, AT_ONCE):
        tokens, learned = (torch.cat(part) for part in zip(*itertools.islice(text, AT_ONCE), strict=True))
        said = sample_replies(teacher, tokens, learned, seed=rung.seed * 1_000_003 + step)
        yield from zip(said.split(rung.batch), learned.split(rung.batch), strict=True)
