"""Export of a trained twin as a GGUF file that llama.cpp reads as `qwen3` or `qwen3moe`.

Layout and names: the GGUF specification and llama.cpp's src/llama-arch.cpp; matrices are (out, in) as in torch, experts
stacked in front. Routers and norms stay F32 whatever the rest is.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import gguf
import numpy as np
import torch

from . import store
from .corpus import tokenizer
from .model import EPSILON, ROPE_BASE, Twin, TwinShape
from .recipe import RecipeError, Rung, find
from .train import load, new

NAMES = {
    "attention_norm": "attn_norm",
    "attention.query": "attn_q",
    "attention.key": "attn_k",
    "attention.value": "attn_v",
    "attention.output": "attn_output",
    "attention.query_norm": "attn_q_norm",
    "attention.key_norm": "attn_k_norm",
    "mixer_norm": "ffn_norm",
    "mixer.router": "ffn_gate_inp",
}
"""Names in `model.Twin` -> names in a GGUF, within a block."""

TYPES = {
    "f32": gguf.GGMLQuantizationType.F32,
    "f16": gguf.GGMLQuantizationType.F16,
    "q8_0": gguf.GGMLQuantizationType.Q8_0,
}


def export(twin: Twin, rung: Rung, path: Path, kind: str = "f16") -> Path:
    """Write a twin's weights, F32, F16 or Q8_0 as `kind` says, whole or not at all."""
    part = path.with_suffix(".part")
    part.parent.mkdir(parents=True, exist_ok=True)
    writer = gguf.GGUFWriter(part, "qwen3moe" if twin.shape.experts else "qwen3")
    writer.add_name(store.title(rung))
    writer.add_license("Apache-2.0")
    _describe(writer, twin.shape)
    _vocabulary(writer, tokenizer(rung.mix).pieces)
    for label, weight in tensors(twin):
        plain = weight.ndim == 1 or "ffn_gate_inp" in label
        form = TYPES["f32" if plain else kind]
        writer.add_tensor(label, gguf.quants.quantize(weight, form), raw_dtype=form)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    part.replace(path)
    return path


def shelve(home: Path, rung: Rung, kind: str = "f16") -> Path:
    """Export a twin that has been trained to the end, weights and log, to where the project keeps them.

    Raises `RecipeError` where it has not.
    """
    twin = load(rung, store.checkpoints(home))
    path = export(twin, rung, store.weights_of(home, rung), kind)
    shutil.copyfile(store.checkpoints(home) / f"{rung.slug}.csv", store.log_of(home, rung))
    return path


def read(path: Path, rung: Rung) -> Twin:
    """The twin that a GGUF holds: the inverse of `export`, up to the rounding of its tensor types."""
    found = {tensor.name: tensor for tensor in gguf.GGUFReader(path).tensors}
    twin = new(rung)
    for name, weight in twin.state_dict().items():
        tensor = found[_label(name)]
        weight.copy_(torch.from_numpy(gguf.quants.dequantize(tensor.data, tensor.tensor_type).copy()).view_as(weight))
    return twin.eval()


def teacher(home: Path, rung: Rung) -> Twin | None:
    """The exported twin that a rung learns from, if it learns from one. Raises `RecipeError` where it is missing."""
    if not rung.teacher:
        return None
    taught = find(home, rung.teachers_slug)
    if not store.weights_of(home, taught).exists():
        raise RecipeError(f"{rung.slug} learns from {taught.slug}, which is missing; train and export that one first")
    return read(store.weights_of(home, taught), taught)


def tensors(twin: Twin) -> Iterator[tuple[str, np.ndarray]]:
    """(name in a GGUF, weights as float32) of every tensor."""
    for name, weight in twin.state_dict().items():
        yield _label(name), weight.float().numpy()


def _label(name: str) -> str:
    if not name.startswith("blocks."):
        return {"embedding.weight": "token_embd.weight", "norm.weight": "output_norm.weight"}[name]
    _, block, inner = name.split(".", 2)
    inner = inner.removesuffix(".weight")
    stacked = "_exps" if not name.endswith(".weight") else ""  # only the stacks of experts are bare parameters
    return f"blk.{block}.{NAMES.get(inner) or inner.replace('mixer.', 'ffn_') + stacked}.weight"


def _describe(writer: gguf.GGUFWriter, shape: TwinShape) -> None:
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.ffn)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads)
    writer.add_key_length(shape.head)
    writer.add_value_length(shape.head)
    writer.add_layer_norm_rms_eps(EPSILON)
    writer.add_rope_freq_base(ROPE_BASE)
    if shape.experts:
        writer.add_expert_count(shape.experts)
        writer.add_expert_used_count(shape.used)
        writer.add_expert_feed_forward_length(shape.ffn)


def _vocabulary(writer: gguf.GGUFWriter, pieces: list[str]) -> None:
    """The pieces in the letters that byte-level BPE has for bytes; one merge, because the loader wants a list."""
    control, plain = gguf.TokenType.CONTROL, gguf.TokenType.NORMAL
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("llama-bpe")
    writer.add_token_list([pieces[0], *(spell_bytes(piece) for piece in pieces[1:])])
    writer.add_token_types([control, *[plain] * (len(pieces) - 1)])
    writer.add_token_merges(["a b"])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(0)
    writer.add_add_bos_token(True)


def spell_bytes(piece: str) -> str:
    """ASCII as GPT-2's byte-level BPE writes it: what cannot be seen becomes a letter further up."""
    return "".join(letter if letter.isprintable() and letter != " " else chr(ord(letter) + 256) for letter in piece)
