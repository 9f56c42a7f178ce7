"""Writes small GGUF files, whole or spoilt, for tests that need one on disk."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runners.models.gguf import TENSOR_TYPES

NUMBERS = {name: (number, block, size) for number, (name, block, size) in TENSOR_TYPES.items()}

DENSE: dict[str, Any] = {
    "general.architecture": "llama",
    "general.name": "Tiny",
    "llama.block_count": 2,
    "llama.context_length": 512,
    "llama.embedding_length": 64,
    "llama.attention.head_count": 4,
    "llama.attention.head_count_kv": 2,
    "tokenizer.ggml.tokens": ["a", "b", "c", "d"],
}
DENSE_TENSORS: dict[str, tuple[tuple[int, ...], str]] = {
    "token_embd.weight": ((64, 4), "Q8_0"),
    "blk.0.attn_norm.weight": ((64,), "F32"),
    "blk.0.attn_q.weight": ((64, 64), "Q4_0"),
    "blk.0.ffn_down.weight": ((64, 64), "Q4_0"),
}
MOE = {
    **{key.replace("llama", "qwen3moe"): value for key, value in DENSE.items()},
    "general.architecture": "qwen3moe",
    "qwen3moe.expert_count": 8,
    "qwen3moe.expert_used_count": 2,
}
MOE_TENSORS = {
    "token_embd.weight": ((64, 4), "Q8_0"),
    "output.weight": ((64, 4), "F16"),
    "blk.0.attn_norm.weight": ((64,), "F32"),
    "blk.0.attn_q.weight": ((64, 64), "Q4_0"),
    "blk.0.ffn_gate_inp.weight": ((64, 8), "F32"),
    "blk.0.ffn_up_exps.weight": ((64, 32, 8), "Q4_0"),
}


def write_gguf(
    path: Path,
    metadata: Mapping[str, Any] = DENSE,
    tensors: Mapping[str, tuple[tuple[int, ...], str]] = DENSE_TENSORS,
    *,
    version: int = 3,
    fill: bytes = b"\0",
) -> Path:
    """Write a GGUF file whose weights are all `fill`, so that files of other fills have other digests.

    `tensors` is name -> (shape, the length of a row first; type), as in `{"token_embd.weight": ((64, 4), "Q8_0")}`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gguf(metadata, tensors, version=version, fill=fill))
    return path


def gguf(metadata=DENSE, tensors=DENSE_TENSORS, *, version: int = 3, fill: bytes = b"\0") -> bytes:
    """The bytes that `write_gguf` writes."""
    head = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(metadata))
    head += b"".join(text(key) + value(item) for key, item in metadata.items())
    offset = 0
    for name, (shape, kind) in tensors.items():
        head += text(name) + struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
        head += struct.pack("<IQ", NUMBERS[kind][0], offset)
        offset += padded(size(shape, kind))
    return head.ljust(padded(len(head)), b"\0") + fill * offset


def text(characters: str) -> bytes:
    return struct.pack("<Q", len(characters.encode())) + characters.encode()


def value(item: Any) -> bytes:
    kind, data = typed(item)
    return struct.pack("<I", kind) + data


def typed(item: Any) -> tuple[int, bytes]:
    if isinstance(item, bool):
        return 7, struct.pack("<?", item)
    if isinstance(item, int):
        return (4, struct.pack("<I", item)) if item >= 0 else (5, struct.pack("<i", item))
    if isinstance(item, float):
        return 6, struct.pack("<f", item)
    if isinstance(item, str):
        return 8, text(item)
    elements = [typed(element) for element in item]
    kind = elements[0][0] if elements else 4
    return 9, struct.pack("<IQ", kind, len(elements)) + b"".join(data for _, data in elements)


def size(shape: tuple[int, ...], kind: str) -> int:
    _, block, width = NUMBERS[kind]
    return math.prod(shape) // block * width


def padded(length: int, alignment: int = 32) -> int:
    return -(-length // alignment) * alignment
