"""Tensors of the quantization bench: the first layer of a committed twin, and the tokens that it reads."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

from runners.models.gguf import Header, Tensor, read_header
from runners.twins.corpus import tokenizer, windows
from runners.twins.recipe import rungs
from runners.twins.store import title, weights_of

TWIN, LENGTH = "knowledge-16x32-s1", 32
"""A twin whose rows are just one block of 32 weights long, and how many tokens it reads."""
LAYER = ("attn_norm", "attn_q", "attn_k", "attn_v", "attn_output", "attn_q_norm", "attn_k_norm", "ffn_norm",
         "ffn_gate_inp")  # fmt: skip


def files(home: Path) -> dict[str, bytes]:
    """`rounding.json`: the twin's name, its text of `LENGTH` tokens in an order that no training has read, and the
    tensors of its first layer up to the router, as they lie in the file (base64, little-endian); with one expert's
    matrix, and of the embedding the rows of these tokens. `{}` where the data have no such twin."""
    there = (home / "data" / "twins" / "recipe.toml").exists() and weights_of(home, rungs(home)[TWIN]).exists()
    told = _layer(home) if there else {}
    return {"rounding.json": (json.dumps(told, sort_keys=True) + "\n").encode()}


def _layer(home: Path) -> dict[str, Any]:
    rung = rungs(home)[TWIN]
    path = weights_of(home, rung)
    header, content = read_header(path), path.read_bytes()
    known = {tensor.name: tensor for tensor in header.tensors}
    text, _ = next(windows(rung.mix, -1, LENGTH))
    words = sorted(set(text))
    layer = {name: _tensor(header, content, known[f"blk.0.{name}.weight"]) for name in LAYER}
    expert = _tensor(header, content, known["blk.0.ffn_up_exps.weight"], rows=range(rung.ffn))
    embedding = _tensor(header, content, known["token_embd.weight"], rows=words)
    spelled = tokenizer(rung.mix)
    return {
        "twin": title(rung),
        "tokens": [words.index(token) for token in text],
        "words": [spelled.decode([token]) for token in words],
        "tensors": layer | {"ffn_up_exps": expert, "token_embd": embedding},
        "shape": _shape(header),
    }


def _shape(header: Header) -> dict[str, Any]:
    said = {name.partition(".")[2]: value for name, value in header.metadata.items()}
    return {
        "heads": said["attention.head_count"],
        "base": said["rope.freq_base"],
        "epsilon": said["attention.layer_norm_rms_epsilon"],
        "used": said["expert_used_count"],
    }


def _tensor(header: Header, content: bytes, tensor: Tensor, rows: Any = None) -> dict[str, Any]:
    """Some rows of a tensor, or all of them."""
    width, start = tensor.shape[0], header.start + tensor.offset
    long = tensor.bytes // tensor.parameters * width
    picked = rows if rows is not None else range(tensor.parameters // width)
    bytes_of = b"".join(content[start + row * long : start + (row + 1) * long] for row in picked)
    return {"type": tensor.type, "width": width, "numbers": b64encode(bytes_of).decode()}
