"""Shards of a run: several jobs share the questions without a word between them, and ask nothing twice."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..schema import Item, digest


@dataclass(frozen=True)
class Shard:
    """The `part`-th of `of` parts, counted from 1.

    A question's part hangs on its name alone, not on what is finished, nor on the profile. All arms of a question are
    in one part, so that what they share is read once.
    """

    part: int
    of: int

    @classmethod
    def read(cls, text: str) -> Shard:
        """The part that "2/8" names. Raises `ValueError`."""
        found = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text, re.ASCII)
        part, of = map(int, found.groups()) if found else (0, 0)
        if not 1 <= part <= of:
            raise ValueError(f"{text!r} is no part of a whole; give I/N, such as 2/8 for the second of eight parts")
        return cls(part, of)

    def has(self, item: Item) -> bool:
        """Whether a question belongs to this part."""
        return int(digest(item.id), 16) % self.of == self.part - 1
