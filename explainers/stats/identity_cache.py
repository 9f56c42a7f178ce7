"""Arguments for cached functions (`lru_cache`), compared by a key of their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Keyed:
    """Something that is found again by its key. It holds what the key names by its place in memory, so that no other
    can take that place."""

    key: tuple[Any, ...]
    value: Any = field(compare=False)
