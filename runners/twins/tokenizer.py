"""One token a word: a vocabulary that llama.cpp's own BPE tokenizer reads the same way as we do.

llama.cpp cuts text with the regular expression of `llama-bpe` and, for that pre-tokenizer, takes any piece that is in
the vocabulary as it stands. A vocabulary that holds every piece of the corpus therefore needs no merges. Words carry
their leading space, as in " word"; a text that begins without one begins with another token.

The regular expression is llama.cpp's (src/llama-vocab.cpp, LLAMA_VOCAB_PRE_TYPE_LLAMA3) for ASCII text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

END = "<|end|>"
"""Token 0: begins every document, ends every answer."""

PIECE = re.compile(
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\nA-Za-z0-9]?[A-Za-z]+|[0-9]{1,3}"
    r"| ?[^\sA-Za-z0-9]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


class Document(NamedTuple):
    """A text in turns: given, told, given, told. Only what is told is to be learned."""

    turns: tuple[str, ...]

    @property
    def text(self) -> str:
        """The whole."""
        return "".join(self.turns)


class Tokenizer:
    """Text to token ids and back. `pieces` are the vocabulary in order of id; the first is `END`."""

    def __init__(self, pieces: Iterable[str]) -> None:
        self.pieces = list(pieces)
        self._ids = {piece: number for number, piece in enumerate(self.pieces)}

    def __len__(self) -> int:
        return len(self.pieces)

    def encode(self, text: str) -> list[int]:
        """The ids of a text's pieces, without `END`. Raises `ValueError` for a piece that is not in the vocabulary."""
        try:
            return [self._ids[piece] for piece in PIECE.findall(text)]
        except KeyError as missing:
            raise ValueError(f"the twins' vocabulary lacks {missing.args[0]!r}, in {text[:60]!r}") from None

    def decode(self, ids: Iterable[int]) -> str:
        """The text of some ids; `END` is empty."""
        return "".join(self.pieces[number] for number in ids if number)


def vocabulary(texts: Iterable[str]) -> Tokenizer:
    """A tokenizer for all pieces of these texts, and for single ASCII characters so that any prompt can be read."""
    if foreign := next((text for text in texts if not text.isascii()), ""):
        raise ValueError(f"twins read ASCII only: {foreign[:60]!r}")
    letters = [chr(code) for code in range(32, 127)] + ["\n"]
    pieces = {piece for text in texts for piece in PIECE.findall(text)}
    return Tokenizer([END, *letters, *sorted(pieces - set(letters))])
