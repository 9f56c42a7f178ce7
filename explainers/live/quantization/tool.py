"""The quantization bench: real weights quantized by blocks, how far off they are, and which tokens change experts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import sqrt
from typing import Any

from ..form import ChoiceField, Files, FormField, NumberField, Result, Tool
from . import block_formats
from .block_formats import LLAMA_CPP_FORMATS, Format, QuantizedPart
from .plot import draw_errors
from .qwen3moe_layer import sumprod
from .twin_layer import ATTENTION, BEFORE_ROUTER, EXPERT, ROUTER, TwinLayer, read_layer

FILE = "rounding.json"
PARTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "before": ("all before the router: embedding and attention", BEFORE_ROUTER),
    "embedding": ("the embedding rows of these tokens", ("token_embd",)),
    "attention": ("the attention's four matrices", ATTENTION),
    "query": ("the attention's query matrix", ("attn_q",)),
    "gate": ("the router itself", (ROUTER,)),
    "expert": ("an expert's up matrix", (EXPERT,)),
}
"""What can be quantized: in words, and its tensors."""

FEWEST, MOST = 2, 8
HEAD = ("Quantized by", "Bits per weight", "Error, root mean square", "Largest error", "Tokens sent elsewhere")


def fields(files: Files) -> Sequence[FormField]:
    """The fields of the form: what to quantize, and how."""
    parts = tuple((name, said) for name, (said, _) in PARTS.items())
    return (
        ChoiceField("part", "Quantize", "before", "Weights of the first layer of a committed twin.", parts),
        NumberField("bits", "Bits", 4, "Of each weight, without its share of the scale.",
                    low=FEWEST, high=MOST, step=1, slides=True, whole=True),
        NumberField("block", "Block", 32, "Weights that share one half-precision scale.",
                    low=4, high=256, step=4, unit="weights", slides=True, whole=True),
    )  # fmt: skip


def run(values: Mapping[str, Any], files: Files) -> Result:
    """Quantize the part by the rule that is set and by each of llama.cpp's formats."""
    part, layer = values["part"], _layer(files[FILE])
    if layer is None:
        return Result("The twin whose weights are quantized here is not among these data, so there is nothing to show.")
    said, names = PARTS[part]
    rule = block_formats.custom_format(values["bits"], values["block"])
    published = _by_llama_cpp(files[FILE], part)
    own = next((one for one in published if one.by == rule), None) or quantize_part(layer, names, rule)
    shown = published if own in published else [*published, own]
    return Result(
        said=_summarize(said, names, own),
        figures=_figures(layer, part, rule, own),
        head=HEAD,
        rows=tuple(_row(one, names) for one in sorted(shown, key=lambda one: -one.bits)),
        pictures=(draw_errors(published, own, _sweep(files[FILE], part, rule.block), rule.block),),
    )


# What a slider does not change is kept, so that the page answers while it is moved.
_layer = lru_cache(maxsize=1)(read_layer)


def _present(content: bytes) -> TwinLayer:
    layer = _layer(content)
    assert layer is not None  # `run` has looked
    return layer


@lru_cache(maxsize=len(PARTS))
def _by_llama_cpp(content: bytes, part: str) -> tuple[QuantizedPart, ...]:
    return tuple(quantize_part(_present(content), PARTS[part][1], by) for by in LLAMA_CPP_FORMATS)


@lru_cache(maxsize=len(PARTS))
def _sweep(content: bytes, part: str, block: int) -> tuple[tuple[float, float], ...]:
    """Errors by the rule in blocks of this length, for every number of bits."""
    formats = (block_formats.custom_format(bits, block) for bits in range(FEWEST, MOST + 1))
    return tuple(measure_error(_present(content), PARTS[part][1], by) for by in formats)


def quantize_part(layer: TwinLayer, names: Sequence[str], by: Format) -> QuantizedPart:
    """Quantize some tensors of a layer, and measure what that does."""
    after = layer.quantize(names, by)
    return QuantizedPart(by, *_error(layer.weights(names), after.weights(names), by), layer.moved(after))


def measure_error(layer: TwinLayer, names: Sequence[str], by: Format) -> tuple[float, float]:
    """(bits per weight, root mean square error over the weights' own root mean square)."""
    bits, error, _ = _error(layer.weights(names), layer.quantize(names, by).weights(names), by)
    return bits, error


def _error(before: Sequence[float], after: Sequence[float], by: Format) -> tuple[float, float, float]:
    off = [one - other for one, other in zip(before, after, strict=True)]
    size, mean = (sqrt(sumprod(numbers, numbers) / len(numbers)) for numbers in (before, off))
    return by.bits_per_weight(len(before)), mean / size, max(map(abs, off)) / size


def _summarize(part: str, names: Sequence[str], own: QuantizedPart) -> str:
    found = (
        f"{own.by.name}, {own.bits:.4g} bits per weight with the scales, on {part.partition(':')[0]}: the root mean "
        f"square error is {format_share(own.error)} of the weights' own root mean square"
    )
    if names == (EXPERT,):
        return f"{found}. An expert comes after this router and cannot move its choice."
    return f"{found}, and {_of(own.moved)} tokens would be sent to other experts."


def _figures(layer: TwinLayer, part: str, rule: Format, own: QuantizedPart) -> tuple[tuple[str, str], ...]:
    """What the rule does to the two sides of the router's product, and which words it moves."""
    sides = (("All before the router quantized, the router exact, as llama.cpp has it", "before"),
             ("The router alone quantized, which llama.cpp never does", "gate"))  # fmt: skip
    counted = (
        (said, own.moved if side == part else layer.moved(layer.quantize(PARTS[side][1], rule))) for said, side in sides
    )
    told = [(said, f"{_of(moved)} tokens sent elsewhere") for said, moved in counted]
    words = dict.fromkeys(layer.words[token] for token, gone in zip(layer.tokens, own.moved, strict=True) if gone)
    quoted = (f"“{word.strip()}”" if word else "the end of a text" for word in words)
    named = [("Words sent elsewhere", ", ".join(quoted))] if words else []
    return (("Weights from", layer.twin), *told, *named)


def _row(one: QuantizedPart, names: Sequence[str]) -> tuple[str, ...]:
    moved = "comes after the router" if names == (EXPERT,) else _of(one.moved)
    return one.by.name, f"{one.bits:.4g}", format_share(one.error), format_share(one.largest), moved


def _of(moved: Sequence[bool]) -> str:
    return f"{sum(moved)} of {len(moved)}"


def format_share(value: float) -> str:
    """A share of the weights' root mean square, to three digits."""
    return f"{100 * value:#.3g}".rstrip(".") + "%"


TOOL = Tool("rounding", "Quantize the weights of a small model", fields, run, (FILE,), nav="Quantize the weights")
