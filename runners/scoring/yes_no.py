"""Reading a reply to a question that takes yes or no."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_YES, _NO = {"yes", "yeah", "yep"}, {"no", "nope"}


def yes_or_no(text: str) -> str:
    """ "yes" or "no", whichever the first line says first, as a word of its own; empty where it says neither."""
    line = text.strip().partition("\n")[0]
    for word in map(str.casefold, _WORD.findall(line)):
        if word in _YES | _NO:
            return "yes" if word in _YES else "no"
    return ""
