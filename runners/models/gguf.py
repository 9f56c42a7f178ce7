"""The header of a GGUF file: its metadata, its table of tensors and where each lies. The weights are never read here.

Source of the layout: the GGUF specification of the ggml project, versions 2 and 3, little-endian; block sizes from its
`ggml-common.h`. Every length is checked before anything is allocated, because a file may come from anywhere.
"""

from __future__ import annotations

import math
import mmap
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TENSOR_TYPES: dict[int, tuple[str, int, int]] = {
    0: ("F32", 1, 4),
    1: ("F16", 1, 2),
    2: ("Q4_0", 32, 18),
    3: ("Q4_1", 32, 20),
    6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24),
    8: ("Q8_0", 32, 34),
    9: ("Q8_1", 32, 36),
    10: ("Q2_K", 256, 84),
    11: ("Q3_K", 256, 110),
    12: ("Q4_K", 256, 144),
    13: ("Q5_K", 256, 176),
    14: ("Q6_K", 256, 210),
    15: ("Q8_K", 256, 292),
    16: ("IQ2_XXS", 256, 66),
    17: ("IQ2_XS", 256, 74),
    18: ("IQ3_XXS", 256, 98),
    19: ("IQ1_S", 256, 50),
    20: ("IQ4_NL", 32, 18),
    21: ("IQ3_S", 256, 110),
    22: ("IQ2_S", 256, 82),
    23: ("IQ4_XS", 256, 136),
    24: ("I8", 1, 1),
    25: ("I16", 1, 2),
    26: ("I32", 1, 4),
    27: ("I64", 1, 8),
    28: ("F64", 1, 8),
    29: ("IQ1_M", 256, 56),
    30: ("BF16", 1, 2),
    34: ("TQ1_0", 256, 54),
    35: ("TQ2_0", 256, 66),
    39: ("MXFP4", 32, 17),
    40: ("NVFP4", 64, 36),
    41: ("Q1_0", 128, 18),
    42: ("Q2_0", 64, 18),
}
"""ggml's number of a tensor type -> (name, weights in a block, bytes in a block)."""


_NUMBERS = dict(zip((0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12), "BbHhIif?Qqd", strict=True))
_TEXT, _ARRAY = 8, 9
_MOST_ENTRIES, _MOST_TEXTS, _LONGEST_TEXT, _KEPT = 1 << 16, 1 << 22, 1 << 24, 1 << 12


class ModelError(ValueError):
    """A model cannot be used. The message names the file or the spelling, what is wrong, and what to do."""


class BadWeights(ModelError):
    """A file is not the whole, single, little-endian GGUF of a model that an engine could load."""

    def __init__(self, path: Path, what: str, cure: str = "fetch the file again") -> None:
        text = what if len(what) <= 300 else f"{what[:300]} ..."
        text = "".join(letter if letter.isprintable() else "\ufffd" for letter in text)  # the file may say anything
        super().__init__(f"{path}: {text}; {cure}")


class MalformedHeader(Exception):
    """What is wrong with a header, and what to do, while the file's name is not at hand."""


@dataclass(frozen=True)
class Tensor:
    """One tensor as the header declares it. `shape` is in ggml's order, the length of a row first; `offset` counts
    bytes from where the weights begin."""

    name: str
    shape: tuple[int, ...]
    type: str
    parameters: int
    bytes: int
    offset: int


@dataclass(frozen=True)
class Header:
    """All that stands before the weights, which begin at byte `start`. In `metadata`, an array of texts or a long array
    is only its length."""

    metadata: Mapping[str, Any]
    tensors: tuple[Tensor, ...]
    start: int = 0

    def whole(self, key: str, default: int = 0) -> int:
        """A count from the metadata, the largest where each layer has its own. Raises `Malformed` for anything else."""
        value = self.metadata.get(key, default)
        numbers = value if isinstance(value, tuple) and value else (value,)
        if not all(type(number) is int and number >= 0 for number in numbers):
            raise MalformedHeader(f"gives {key} as {value!r}, which is no count", "convert the model again")
        return max(numbers)


def read_header(path: Path) -> Header:
    """Read everything before the weights. Raises `BadWeights` for a malformed, truncated or foreign file."""
    if not path.is_file():
        raise BadWeights(path, "is not a file that can be read", "check the path and its permissions")
    try:
        with path.open("rb") as file:
            if file.seek(0, 2) < 24:
                raise MalformedHeader("is too short to be a GGUF file")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return _header(_Cursor(data))
    except (struct.error, OverflowError):  # a length that leads beyond the file
        raise BadWeights(path, "ends inside its header") from None
    except MalformedHeader as fault:
        raise BadWeights(path, *fault.args) from None
    except OSError as fault:
        raise BadWeights(path, f"cannot be read ({fault.strerror})", "check the path and its permissions") from fault


class _Cursor:
    """A place in the file that moves on as values are read."""

    def __init__(self, data: mmap.mmap) -> None:
        self.data, self.at, self.size, self.texts = data, 0, len(data), _MOST_TEXTS

    def number(self, code: str) -> Any:
        (value,) = struct.unpack_from("<" + code, self.data, self.at)
        self.at += struct.calcsize("<" + code)
        return value

    def count(self, most: int, what: str) -> int:
        value = self.number("Q")
        if value > most:
            raise MalformedHeader(f"declares {value:,} {what}, more than there can be")
        return value

    def text(self) -> str:
        start = self.at + 8
        self.at = start + self.count(min(_LONGEST_TEXT, max(self.size - start, 0)), "bytes in one text")
        return self.data[start : self.at].decode("utf-8", "replace")

    def value(self, kind: int) -> Any:
        if kind in _NUMBERS:
            return self.number(_NUMBERS[kind])
        if kind == _TEXT:
            return self.text()
        if kind == _ARRAY:
            return self.array()
        raise MalformedHeader(f"has a value of unknown kind {kind}")

    def array(self) -> tuple | int:
        kind = self.number("I")
        if kind == _TEXT:
            return self.skip_texts()
        if kind not in _NUMBERS:
            raise MalformedHeader(f"has an array of kind {kind}, which no model needs")
        width = struct.calcsize(_NUMBERS[kind])
        length = self.count(self.size // width, "values in an array")
        start = self.at
        self.at += length * width
        if length > _KEPT:
            return length
        return struct.unpack_from(f"<{length}{_NUMBERS[kind]}", self.data, start)

    def skip_texts(self) -> int:
        # A vocabulary is most of a header: this loop is what the time of `inspect` goes into.
        length = self.count(self.texts, "texts in its arrays")
        self.texts -= length
        read, data, at = struct.Struct("<Q").unpack_from, self.data, self.at
        for _ in range(length):
            at += 8 + read(data, at)[0]
        self.at = at
        return length


def _header(file: _Cursor) -> Header:
    _check_version(file)
    tensors = file.count(_MOST_ENTRIES, "tensors")
    metadata: dict[str, Any] = {}
    for _ in range(file.count(_MOST_ENTRIES, "metadata entries")):
        key = file.text()
        if key in metadata:
            raise MalformedHeader(f"declares {key!r} twice")
        metadata[key] = file.value(file.number("I"))
    alignment = Header(metadata, ()).whole("general.alignment", 32)
    return Header(metadata, tuple(_tensors(file, tensors, alignment)), _padded(file.at, alignment))


def _check_version(file: _Cursor) -> None:
    if file.data[:4] != b"GGUF":
        raise MalformedHeader("is not a GGUF file", "give a file that llama.cpp can load")
    file.at = 4
    version = file.number("I")
    if version & 0xFFFF == 0:
        raise MalformedHeader("is big-endian", "convert the model again for a little-endian machine")
    if version not in (2, 3):
        raise MalformedHeader(
            f"is GGUF version {version}, not 2 or 3", "convert the model again with a current llama.cpp"
        )


def _tensors(file: _Cursor, count: int, alignment: int) -> Iterator[Tensor]:
    if alignment == 0 or alignment & (alignment - 1):
        raise MalformedHeader(f"is aligned to {alignment} bytes, which is no power of two")
    names: set[str] = set()
    start, end = 0, 0
    for _ in range(count):
        tensor = _tensor(file)
        if tensor.name in names or tensor.offset != start:
            raise MalformedHeader(f"declares tensor {tensor.name!r} twice or out of place")
        names.add(tensor.name)
        end = start + tensor.bytes
        start = _padded(end, alignment)
        yield tensor
    needed = _padded(file.at, alignment) + end
    if needed > file.size:
        raise MalformedHeader(f"is cut off: {file.size:,} of {needed:,} bytes are there")


def _padded(size: int, alignment: int) -> int:
    return -(-size // alignment) * alignment


def _tensor(file: _Cursor) -> Tensor:
    name = file.text()
    dimensions = file.number("I")
    if not 1 <= dimensions <= 4:
        raise MalformedHeader(f"gives tensor {name!r} {dimensions} dimensions")
    shape = tuple(file.number("Q") for _ in range(dimensions))
    kind, offset = file.number("I"), file.number("Q")
    if kind not in TENSOR_TYPES:
        raise MalformedHeader(
            f"stores tensor {name!r} as unknown type {kind}", "update incompressible or convert it again"
        )
    label, block, size = TENSOR_TYPES[kind]
    parameters = math.prod(shape)
    if not parameters or shape[0] % block:
        raise MalformedHeader(f"gives tensor {name!r} the shape {shape}, which {label} cannot hold")
    return Tensor(name, shape, label, parameters, parameters // block * size, offset)
