"""A mixture of experts of a size that people run, with weights drawn at random: enough to time, and to say nothing.

Width, heads, experts and their size are OLMoE-1B-7B's (hidden 2,048; 16 heads; 64 experts of 1,024, 8 a token;
Muennighoff et al. 2024, arXiv:2409.02060), its layers fewer. Metadata and vocabulary are those of a twin.
"""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np

WIDTH, HEADS, HEAD, EXPERTS, USED, INNER, LAYERS = 2048, 16, 128, 64, 8, 1024, 2
CHANGED = {
    "embedding_length": WIDTH, "block_count": LAYERS, "feed_forward_length": INNER, "expert_feed_forward_length": INNER,
    "attention.head_count": HEADS, "attention.head_count_kv": HEADS, "attention.key_length": HEAD,
    "attention.value_length": HEAD, "expert_count": EXPERTS, "expert_used_count": USED,
}  # fmt: skip
ROUNDED = gguf.GGMLQuantizationType.Q8_0


def write(twin: Path, path: Path) -> Path:
    """The mixture as a GGUF file (0.9 GB), with what a mixture twin's file says of everything but its sizes."""
    reader = gguf.GGUFReader(twin)
    writer = gguf.GGUFWriter(path, "qwen3moe")
    for name, field in reader.fields.items():
        if name.startswith("GGUF.") or name == "general.architecture":
            continue
        value = CHANGED.get(name.removeprefix("qwen3moe."), field.contents())
        writer.add_key_value(name, value, field.types[0], field.types[1] if len(field.types) > 1 else None)
    draw = np.random.default_rng(0)
    vocabulary = next(int(one.shape[1]) for one in reader.tensors if one.name == "token_embd.weight")
    for name, shape in _shapes(vocabulary).items():
        weights = draw.standard_normal(shape, np.float32) * np.float32(0.02)
        plain = len(shape) == 1 or "ffn_gate_inp" in name
        form = gguf.GGMLQuantizationType.F32 if plain else ROUNDED
        writer.add_tensor(name, gguf.quants.quantize(np.ones(shape, np.float32) if len(shape) == 1 else weights, form),
                          raw_dtype=form)  # fmt: skip
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _shapes(vocabulary: int) -> dict[str, tuple[int, ...]]:
    inner = HEADS * HEAD
    block = {
        "attn_norm": (WIDTH,), "attn_q": (inner, WIDTH), "attn_k": (inner, WIDTH), "attn_v": (inner, WIDTH),
        "attn_output": (WIDTH, inner), "attn_q_norm": (HEAD,), "attn_k_norm": (HEAD,), "ffn_norm": (WIDTH,),
        "ffn_gate_inp": (EXPERTS, WIDTH), "ffn_gate_exps": (EXPERTS, INNER, WIDTH),
        "ffn_up_exps": (EXPERTS, INNER, WIDTH), "ffn_down_exps": (EXPERTS, WIDTH, INNER),
    }  # fmt: skip
    blocks = {f"blk.{layer}.{name}.weight": shape for layer in range(LAYERS) for name, shape in block.items()}
    return {"token_embd.weight": (vocabulary, WIDTH), **blocks, "output_norm.weight": (WIDTH,)}
