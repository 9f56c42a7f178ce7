"""Facts about weights, added up from the header of their file: what they are, and what a token costs.

    inspect(Path("model.gguf")).active_parameters

Only the header is read, so a file of any size takes less than a tenth of a second.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .gguf import BadWeights, Header, MalformedHeader, Tensor, read_header

# The first pattern that a tensor's name matches is its group.
_GROUPS = (
    ("experts", re.compile(r"_exps\b|_chexps\b|ffn_(gate|up|down)\.\d+\.")),
    ("embeddings", re.compile(r"^(token_embd|output|position_embd|token_types|per_layer_token_embd)\.")),
    ("norms", re.compile(r"norm")),
    ("attention", re.compile(r"attn")),
    ("feed-forward", re.compile(r"ffn_")),
    ("other", re.compile("")),
)
GROUPS = tuple(name for name, _ in _GROUPS)
"""The groups that weights are counted by. "embeddings" holds the output head too; a router is "feed-forward"."""

# Tables of which a token reads one row. The token table is one only where it does not double as the output head.
_LOOKED_UP = {"token_embd.weight", "position_embd.weight", "token_types.weight", "per_layer_token_embd.weight"}


@dataclass(frozen=True)
class Weights:
    """What a GGUF file holds, in parameters and bytes. A count that the file does not give is 0, and a
    group or type that holds nothing is left out.

    active_parameters   parameters that one token uses: all but the experts', and of those the share that is chosen
    kv_heads            key-value heads of the layer that has most
    bits_per_weight     real bits per parameter over all tensors, block scales included
    bytes_per_token     bytes of weights read to make one token: the active ones, with a table that is only looked up
                        counted as one row
    kv_bytes_per_token  bytes that one position takes in an F16 cache when every layer attends to all positions
    """

    architecture: str
    name: str
    file_bytes: int
    parameters: int
    active_parameters: int
    experts: int
    experts_used: int
    layers: int
    context_length: int
    embedding_width: int
    heads: int
    kv_heads: int
    vocab_size: int
    parameters_by_group: Mapping[str, int]
    bytes_by_group: Mapping[str, int]
    bytes_by_type: Mapping[str, int]
    bits_per_weight: float
    bytes_per_token: int
    kv_bytes_per_token: int
    chat_template: bool


def inspect(path: Path) -> Weights:
    """Add up the header of a GGUF file. Raises `BadWeights` for a file that no engine could load."""
    header = read_header(path)
    try:
        return _add_up(header, path.stat().st_size)
    except MalformedHeader as fault:
        raise BadWeights(path, *fault.args) from None


def group(tensor: Tensor) -> str:
    """Which of `GROUPS` a tensor is counted in."""
    return next(name for name, pattern in _GROUPS if pattern.search(tensor.name))


def _add_up(header: Header, file_bytes: int) -> Weights:
    architecture = _architecture(header)
    experts, used = _experts(header, architecture)
    share = used / experts if experts else 1.0
    parameters = _sum_by(group, header.tensors, "parameters")
    size = _sum_by(group, header.tensors, "bytes")
    total_bytes = sum(size.values())
    kv_heads, kv_bytes = _cache(header, architecture)
    return Weights(
        architecture=architecture,
        name=str(header.metadata.get("general.name", "")),
        file_bytes=file_bytes,
        parameters=sum(parameters.values()),
        active_parameters=_active(parameters, share),
        experts=experts,
        experts_used=used,
        layers=header.whole(f"{architecture}.block_count"),
        context_length=header.whole(f"{architecture}.context_length"),
        embedding_width=header.whole(f"{architecture}.embedding_length"),
        heads=header.whole(f"{architecture}.attention.head_count"),
        kv_heads=kv_heads,
        vocab_size=_vocabulary(header, architecture),
        parameters_by_group=parameters,
        bytes_by_group=size,
        bytes_by_type=_sum_by(lambda tensor: tensor.type, header.tensors, "bytes"),
        bits_per_weight=8 * total_bytes / sum(parameters.values()),
        bytes_per_token=_active(size, share) - _left_unread(header.tensors),
        kv_bytes_per_token=kv_bytes,
        chat_template="tokenizer.chat_template" in header.metadata,
    )


def _architecture(header: Header) -> str:
    """The architecture, once it is clear that the file holds a whole model."""
    kind = header.metadata.get("general.type", "model")
    if kind != "model":
        raise MalformedHeader(f"holds no model but: {kind}", "give the file of the model itself")
    if header.whole("split.count", 1) > 1:
        raise MalformedHeader("is one part of a split model", "join the parts with `llama-gguf-split --merge`")
    if not header.tensors:
        raise MalformedHeader("holds no weights", "give the file of the whole model")
    architecture = header.metadata.get("general.architecture")
    if not isinstance(architecture, str):
        raise MalformedHeader("does not name its architecture", "convert the model again")
    return architecture


def _sum_by(key: Callable[[Tensor], str], tensors: Iterable[Tensor], what: str) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for tensor in tensors:
        sums[key(tensor)] += getattr(tensor, what)
    return dict(sums.most_common())


def _active(by_group: Mapping[str, int], share: float) -> int:
    experts = by_group.get("experts", 0)
    return sum(by_group.values()) - experts + round(experts * share)


def _experts(header: Header, architecture: str) -> tuple[int, int]:
    """(experts, experts used). llama.cpp ends the process on impossible counts, so they are refused here."""
    experts = header.whole(f"{architecture}.expert_count")
    used = header.whole(f"{architecture}.expert_used_count")
    if used > experts or (experts and not used):
        raise MalformedHeader(f"uses {used} of {experts} experts, which cannot be", "convert the model again")
    return experts, used


def _vocabulary(header: Header, architecture: str) -> int:
    tokens = header.metadata.get("tokenizer.ggml.tokens")
    return tokens if isinstance(tokens, int) else header.whole(f"{architecture}.vocab_size")


def _left_unread(tensors: Iterable[Tensor]) -> int:
    """Bytes of lookup tables that one token passes over."""
    names = {tensor.name for tensor in tensors}
    tables = _LOOKED_UP if "output.weight" in names else _LOOKED_UP - {"token_embd.weight"}
    return sum(table.bytes - table.bytes // math.prod(table.shape[1:]) for table in tensors if table.name in tables)


def _cache(header: Header, architecture: str) -> tuple[int, int]:
    """(most key-value heads in a layer, bytes that one position takes over all layers at two bytes a value)."""
    attention = f"{architecture}.attention"
    heads = header.whole(f"{attention}.head_count")
    kv_heads = header.whole(f"{attention}.head_count_kv", heads)
    by_layer = header.metadata.get(f"{attention}.head_count_kv")
    layers = header.whole(f"{architecture}.block_count")
    width = header.whole(f"{architecture}.embedding_length") // heads if heads else 0
    values = header.whole(f"{attention}.key_length", width) + header.whole(f"{attention}.value_length", width)
    return kv_heads, 2 * values * (sum(by_layer) if isinstance(by_layer, tuple) else kv_heads * layers)
