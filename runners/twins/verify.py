"""Check that llama.cpp computes what torch computes: logits of both, from F32 weights and an F32 cache."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path

import numpy as np
import torch

from ..engine.context import BatchRow, Context
from ..engine.protocol import Load
from .corpus import windows
from .export import export, read
from .model import Twin
from .recipe import RecipeError, Rung

TOLERANCE = 1e-3
"""Largest difference of any logit that rounding explains."""


def difference(weights: Path, rung: Rung, texts: int = 8) -> float:
    """The largest absolute difference of a logit over some windows of the corpus that no training has read.

    `weights` is an exported twin. Raises `RecipeError` where there is none.
    """
    if not weights.exists():
        raise RecipeError(f"{weights} is missing; write it with `incompressible twins export {rung.slug}`")
    twin = read(weights, rung)
    seen = itertools.islice(windows(rung.mix, -1, rung.context), texts)
    with tempfile.TemporaryDirectory() as folder:
        path = export(twin, rung, Path(folder) / "twin.gguf", "f32")
        context = Context(Load(str(path), context=rung.context, width=1, gpu_layers=0, cache_type="f32"))
        try:
            return max(_difference(twin, context, window) for window, _ in seen)
        finally:
            context.close()


def _difference(twin: Twin, context: Context, window: list[int]) -> float:
    context.keep(0, 0)
    rows = [BatchRow(token, place, 0, True) for place, token in enumerate(window)]
    theirs = np.array(context.decode(rows))
    with torch.no_grad():
        ours = twin(torch.tensor([window]))[0].numpy()
    return float(np.abs(theirs - ours).max())
