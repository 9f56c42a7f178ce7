"""The models that have a short name: `data/models.toml`, `data/models/*.toml` and the twins, read and checked."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from . import sources
from .gguf import ModelError


@dataclass(frozen=True)
class CatalogEntry:
    """A model that the guide knows. `released` is an ISO date, `bytes` the size of the file that has this `sha256`.

    `sources` are spelled as in `runners.models.sources` and tried in order; `chat` is a note on how the model is
    prompted. `twin` holds what sets a controlled twin apart from others of its ladder (`runners.twins.store`); empty
    otherwise.
    """

    slug: str
    name: str
    licence: str
    sha256: str
    bytes: int
    released: str
    sources: tuple[str, ...]
    chat: str = ""
    twin: Mapping[str, Any] = dataclasses.field(default_factory=dict)


def read_catalog(home: Path) -> dict[str, CatalogEntry]:
    """Slug -> entry. Raises `ModelError` with file, entry and field for anything malformed."""
    data = home / "data"
    entries = dict(_read(data / "models.toml", optional=False))
    for path in (*sorted((data / "models").glob("*.toml")), data / "twins" / "models.toml"):
        for slug, entry in _read(path, optional=True).items():
            if slug in entries:
                raise ModelError(f"{path}: [{slug}] is the name of another model already; choose another")
            entries[slug] = entry
    return entries


def _read(path: Path, optional: bool) -> dict[str, CatalogEntry]:
    if optional and not path.exists():
        return {}
    try:
        found = path.stat()
        return _parsed(path, found.st_mtime_ns, found.st_size)
    except ModelError:
        raise
    except (OSError, ValueError, RecursionError) as fault:
        raise ModelError(f"{path} cannot be read: {fault}; run inside the project or set INCOMPRESSIBLE_HOME") from None


@lru_cache(maxsize=8)
def _parsed(path: Path, changed: int, size: int) -> dict[str, CatalogEntry]:
    """The entries of a file as it stands: a plan resolves each of its models by itself."""
    with path.open("rb") as file:
        tables = tomllib.load(file)
    return {slug: _entry(f"{path}: [{slug}]", slug, table) for slug, table in tables.items()}


def _entry(where: str, slug: str, table: Any) -> CatalogEntry:
    if not isinstance(table, dict) or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug):
        raise ModelError(f"{where} is no entry: write a table with a name of lower-case words joined by hyphens")
    for field in table.keys() - _FIELDS.keys():
        raise ModelError(f"{where} has an unknown field {field!r}; there are {', '.join(_FIELDS)}")
    for field in _FIELDS.keys() - table.keys() - {"chat", "twin"}:
        raise ModelError(f"{where} lacks the field {field!r}")
    for field, value in table.items():
        expected, fits = _FIELDS[field]
        if not fits(value):
            raise ModelError(f"{where} {field} is {value!r}, but {expected} is expected")
    return CatalogEntry(
        slug, **{**table, "released": table["released"].isoformat(), "sources": tuple(table["sources"])}
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_digest(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None


def _is_size(value: Any) -> bool:
    return type(value) is int and value > 0


def _is_day(value: Any) -> bool:
    return type(value) is date


def _are_sources(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(_is_source(text) for text in value)


def _is_source(text: Any) -> bool:
    try:
        return _is_text(text) and bool(sources.parse(text))
    except ModelError:
        return False


_FIELDS: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "name": ("a text", _is_text),
    "licence": ("a text", _is_text),
    "sha256": ("64 lower-case hex digits", _is_digest),
    "bytes": ("a whole number above 0", _is_size),
    "released": ("a date, as in 2024-11-01,", _is_day),
    "sources": ("a list of paths, hf:org/name:FILE or wheel:PACKAGE==VERSION", _are_sources),
    "chat": ("a text", _is_text),
    "twin": ("a table", lambda value: isinstance(value, dict)),
}
