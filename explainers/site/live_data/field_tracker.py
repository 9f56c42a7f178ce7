"""Tracker of the fields that a score reads: a reply is watched while it is scored, and the rest is not published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


class Seen:
    """Stands in for a reply or an item, and remembers which of its fields were read."""

    def __init__(self, whole: Any) -> None:
        self._whole = whole
        self._read: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        if name not in self._read:
            value = getattr(self._whole, name)
            self._read[name] = _SeenParts(value) if isinstance(value, Mapping) else value
        return self._read[name]

    def read(self) -> dict[str, Any]:
        """The fields that were read; of a mapping, the parts that were."""
        return {name: value.read if isinstance(value, _SeenParts) else value for name, value in self._read.items()}


class _SeenParts(Mapping):
    def __init__(self, whole: Mapping[str, Any]) -> None:
        self._whole = whole
        self.read: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        self.read[name] = self._whole[name]
        return self.read[name]

    def __iter__(self) -> Iterator[str]:
        self.read.update(self._whole)
        return iter(self._whole)

    def __len__(self) -> int:
        return len(self._whole)
