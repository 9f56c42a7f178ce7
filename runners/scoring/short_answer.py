"""Reading a short answer that should be a name: what is said, whether it is one of these names, or "unknown"."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from .keywords import first_line

_UNKNOWN = re.compile(
    r"\b(unknown|not known|(do not|dont) know|not sure|unsure|uncertain|no idea|cannot|cant|unable"
    r"|not (given|stated|mentioned|specified|provided|in the text)|no information)\b"
)
_LABEL = re.compile(r"^\W*answer\s*[:=]\s*", re.IGNORECASE)
_SHORT = re.compile(r"\b(\w{1,2})\.")
_END = re.compile(r"[\n,;(]|\.\s|\b(?:or|but|not that of)\b")


def extract_answer(text: str, name: str = "") -> str:
    """What a reply gives as its answer: its first line up to the first break in it. The `name` that was asked about is
    left out, so that "Lagos, Nigeria" gives Nigeria and not Lagos."""
    first = _LABEL.sub("", first_line(text))
    if name:
        first = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", " ", first, flags=re.IGNORECASE).lstrip(" ,;.(")
    return _END.split(_SHORT.sub(r"\1", first))[0].strip()


def fold(text: str) -> str:
    """Text as names are compared: without case, accents, apostrophes and signs, words apart by one space."""
    parts = unicodedata.normalize("NFKD", text)
    bare = "".join(letter for letter in parts if not unicodedata.combining(letter) and letter not in "'’ʼ`")
    return " ".join(re.findall(r"\w+", _SHORT.sub(r"\1", bare).casefold()))


def names_any(answer: str, names: Sequence[str]) -> bool:
    """Whether an answer holds one of these names as whole words. "US" and "UK" are told from "us" by their case."""
    words = f" {fold(answer)} "
    return any(
        re.search(rf"\b{name}\b", answer) if name.isupper() and len(name) < 4 else f" {fold(name)} " in words
        for name in names
    )


def admits_not_knowing(answer: str) -> bool:
    """Whether an answer owns up to not knowing."""
    return bool(_UNKNOWN.search(fold(answer)))


def is_empty(answer: str) -> bool:
    """Whether there is no word in an answer at all."""
    return not fold(answer)
