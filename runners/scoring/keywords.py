"""Reading a reply that should name one of a few words, or several of them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")
_SPELT = "zero one two three four five six seven eight nine"
_COUNTED = {word: str(value) for value, word in enumerate(_SPELT.split())} | {"once": "1", "twice": "2", "thrice": "3"}


def first_line(text: str) -> str:
    """The first line with anything in it; "" where there is none."""
    return next((line for line in text.splitlines() if line.strip()), "")


def first_named(text: str, among: Collection[str]) -> str:
    """Which of the words `among` a reply names first, as a word of its own and whatever its case; "" where none.
    Where they are numbers, number words count as well."""
    spelt = {word.casefold(): word for word in among}
    return next((spelt[word] for word in _words(text, spelt) if word in spelt), "")


def all_named(text: str, wanted: Sequence[str]) -> bool:
    """Whether a reply names all of these words."""
    return {word.casefold() for word in wanted} <= set(_words(text, wanted))


def _words(text: str, among: Collection[str]) -> list[str]:
    words = [word.casefold() for word in _WORD.findall(text)]
    return [_COUNTED.get(word, word) for word in words] if all(word.isdigit() for word in among) else words
