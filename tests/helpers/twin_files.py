"""The committed twins as tests need them: with exact weights, and texts that none was trained on."""

from __future__ import annotations

from pathlib import Path

import llama_cpp

from runners.twins import recipe, store
from runners.twins.corpus import windows

HOUSE = Path(__file__).parents[2]
DENSE, SPARSE = "knowledge-f256-s1", "knowledge-16x32-s1"


def window(slug):
    """Tokens that no twin was trained on."""
    rung = recipe.find(HOUSE, slug)
    return next(windows(rung.mix, -1, rung.context))[0]


def exact(slug, folder):
    """A copy of a twin with its F16 weights written as F32, so that no product rounds what it is given."""
    path = folder / f"{slug}.gguf"
    params = llama_cpp.llama_model_quantize_default_params()
    params.ftype, params.allow_requantize, params.nthread = llama_cpp.LLAMA_FTYPE_ALL_F32, True, 1
    source = store.weights_of(HOUSE, recipe.find(HOUSE, slug))
    assert llama_cpp.llama_model_quantize(str(source).encode(), str(path).encode(), params) == 0
    return path
