"""Block quantization as llama.cpp does it without an importance matrix: the same numbers to the last bit.

A block of weights shares a scale in half precision, and some formats an offset. Sources: the functions
`quantize_row_*_ref` and `dequantize_row_*` of ggml's `ggml-quants.c`; block sizes from its `ggml-common.h`. They
compute in single precision, so every step here is rounded to it. Standard library only.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import copysign, floor, inf
from struct import pack, unpack

SCALE_BITS = 16
"""Bits of a half-precision number."""


@dataclass(frozen=True)
class Format:
    """How a tensor is quantized: `bits` a weight, blocks of `block` weights, `shared` half-precision numbers a block.

    `rule(block, bits)` gives the weights of one block as they come back from the file.
    """

    name: str
    bits: int
    rule: Callable[[Sequence[float], int], Sequence[float]]
    block: int = 32
    shared: int = 1

    def bits_per_weight(self, weights: int) -> float:
        """Bits per weight of a tensor of so many weights, what its blocks share included; a last short block counts."""
        return self.bits + SCALE_BITS * self.shared * -(-weights // self.block) / weights

    def quantize(self, weights: Sequence[float]) -> list[float]:
        """The weights after quantization, in their order. They must be single-precision numbers below 1e38 in size."""
        blocks = (weights[place : place + self.block] for place in range(0, len(weights), self.block))
        return [weight for block in blocks for weight in self.rule(block, self.bits)]


@dataclass(frozen=True)
class QuantizedPart:
    """A part of the layer after quantization: bits per weight with the scales; the root mean square and the largest
    error, both over the weights' own root mean square; and for each token whether the router chooses other experts."""

    by: Format
    bits: float
    error: float
    largest: float
    moved: tuple[bool, ...]


def to_half(number: float) -> float:
    """The nearest half-precision number; infinite where there is none (IEEE 754, binary16)."""
    try:
        return unpack("<e", pack("<e", number))[0]
    except OverflowError:
        return copysign(inf, number)


def to_single(numbers: Sequence[float]) -> array:
    """The nearest single-precision numbers."""
    return array("f", numbers)


def quantize_signed(block: Sequence[float], bits: int) -> Sequence[float]:
    """The weight furthest from zero becomes the lowest whole number, so that its sign has one step more to go."""
    middle = 2 ** (bits - 1)
    (scale,) = to_single([max(block, key=abs) / -middle])
    step = to_half(scale)
    if not step:
        return [0.0] * len(block)
    (inverse,) = to_single([1 / scale])
    lifted = to_single([number + (middle + 0.5) for number in to_single([weight * inverse for weight in block])])
    return [step * (min(int(number), 2 * middle - 1) - middle) for number in lifted]


def quantize_with_offset(block: Sequence[float], bits: int) -> Sequence[float]:
    """The lowest weight becomes zero, and the highest the highest whole number."""
    lowest, steps = min(block), 2**bits - 1
    (scale,) = to_single([to_single([max(block) - lowest])[0] / steps])
    step, offset = to_half(scale), to_half(lowest)
    if not step:
        return [offset] * len(block)
    (inverse,) = to_single([1 / scale])
    above = to_single([weight * inverse for weight in to_single([weight - lowest for weight in block])])
    lifted = to_single([number + 0.5 for number in above])
    return to_single([step * min(int(number), steps) + offset for number in lifted])


def quantize_symmetric(block: Sequence[float], bits: int) -> Sequence[float]:
    """As many steps below zero as above it; halves are rounded away from zero."""
    (scale,) = to_single([max(map(abs, block)) / (2 ** (bits - 1) - 1)])
    step = to_half(scale)
    if not step:
        return [0.0] * len(block)
    (inverse,) = to_single([1 / scale])
    return [step * copysign(floor(abs(number) + 0.5), number) for number in to_single([w * inverse for w in block])]


LLAMA_CPP_FORMATS = (
    Format("Q8_0", 8, quantize_symmetric),
    Format("Q5_1", 5, quantize_with_offset, shared=2),
    Format("Q5_0", 5, quantize_signed),
    Format("Q4_1", 4, quantize_with_offset, shared=2),
    Format("Q4_0", 4, quantize_signed),
)
"""llama.cpp's formats with blocks of 32 weights, the finest first."""


def custom_format(bits: int, block: int) -> Format:
    """The rule of Q5_0 and Q4_0 with other bits and blocks: for 4 or 5 bits in blocks of 32 it is just these."""
    wanted = bits, block, quantize_signed
    known = next((known.name for known in LLAMA_CPP_FORMATS if (known.bits, known.block, known.rule) == wanted), "")
    return Format(known or f"{bits} bits in blocks of {block}", bits, quantize_signed, block)
