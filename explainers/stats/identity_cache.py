"""Something that a function with a memory (`lru_cache`) is asked for again, found by a key of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Known:
    """Something that is found again by its key. It holds what the key names by its place in memory, so that no other
    can take that place."""

    key: tuple
    what: Any = field(compare=False)
