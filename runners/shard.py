"""One part of the questions: how several jobs share a run without a word between them, and ask nothing twice."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .schema import Item, digest


@dataclass(frozen=True)
class Shard:
    """The `part`-th of `of` parts, counted from 1.

    A question's part hangs on its cluster alone: what shares a text stays together, so that the text is read once, and
    no part hangs on what is finished, or on the profile.
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
        return int(digest(item.cluster or item.id), 16) % self.of == self.part - 1

    def __str__(self) -> str:
        return f"{self.part}/{self.of}"
