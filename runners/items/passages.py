"""A text of our own, cut into pieces to be read by models as it stands: data/items/text.txt.

Lines that begin with `## part:` divide it into registers. A piece is made of whole lines or sentences and is about as
long as any other, counted in words and marks, so that every tokenizer is given the same pieces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ..schema import Item

TEXT = Path(__file__).parents[2] / "data" / "items" / "text.txt"

KINDS = {
    "everyday": ("story", "machine", "recipe", "dialogue", "report", "letter"),
    "formal": ("code", "json"),
    "long tail": ("craft", "place", "abstract"),
}
"""What parts have in common -> their names."""

LONG = 230
"""Words and marks of a piece, about 256 tokens."""


def pieces(long: int = LONG) -> tuple[Item, ...]:
    """The text, piece by piece."""
    kinds = {part: kind for kind, names in KINDS.items() for part in names}
    return tuple(
        _item(f"{part}-{number}", piece, {"part": part, "kind": kinds[part]})
        for part, text in parts().items()
        for number, piece in enumerate(cut(text, long))
    )


def _item(name: str, piece: str, tags: dict[str, str]) -> Item:
    return Item(name, piece, {}, tags, cluster=name)


def parts() -> dict[str, str]:
    """Name of a part -> its text."""
    _, *found = re.split(r"^## part: (.+)\n", TEXT.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {name: text.strip() for name, text in zip(found[::2], found[1::2], strict=True)}


def cut(text: str, long: int) -> Iterator[str]:
    """Pieces of nearly equal length that together are the text."""
    lines = [line for line in re.split(r"(?<=\n)(?=\S| )|(?<=[.?!] )", text) if line]
    whole, here, piece = _length(text), 0, ""
    count = max(1, round(whole / long))
    ends = [whole * number / count for number in range(1, count)]
    for line in lines:
        if piece and ends and here + _length(line) / 2 > ends[0]:
            yield piece
            piece, ends = "", ends[1:]
        piece, here = piece + line, here + _length(line)
    yield piece


def _length(text: str) -> int:
    return len(re.findall(r"\w+|[^\w\s]", text))
