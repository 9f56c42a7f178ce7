"""Questions whose answers a program can check."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .digests import digest, plain


@dataclass(frozen=True)
class Item:
    """One question whose answer a program can check.

    `tags` hold what results are grouped by (`{"depth": 3}`); items of one `cluster` are not independent draws,
    so intervals resample whole clusters.
    """

    id: str
    prompt: str
    target: Mapping[str, Any]
    tags: Mapping[str, str | int] = field(default_factory=dict)
    cluster: str = ""

    @cached_property
    def hash(self) -> str:
        """The digest of everything in the item, so that an edited item is another item."""
        return digest(plain(self))


class Later(Sequence[Item]):
    """Items that are drawn when somebody first looks at them, so that knowing of an experiment costs nothing."""

    def __init__(self, draw: Callable[[], Sequence[Item]]) -> None:
        self._draw = draw

    @cached_property
    def _items(self) -> tuple[Item, ...]:
        return tuple(self._draw())

    def __getitem__(self, place: Any) -> Any:
        return self._items[place]

    def __len__(self) -> int:
        return len(self._items)
