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
import re
from collections.abc import Iterable
from pathlib import Path

from ..host import settings
from . import local_caches, sources
from .catalog import read_catalog
from .gguf import ModelError
from .local_caches import Digests, LocalFile, Progress
from .locate import Search, fetch_first, locate, model_of_file
from .model import Model, slugify, unique_slug

_REPOSITORY = re.compile(r"(?P<repository>[\w.-]+/[\w.-]+)(?::(?P<tag>[\w.-]+))?")
_OLLAMA = re.compile(r"ollama:(?:[\w.-]+/(?=.*/))?(?P<name>[\w.-]+(?:/[\w.-]+)?)(?::(?P<tag>[\w.-]+))?")


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


def list_models(home: Path | None = None, cache: Path | None = None) -> tuple[list[Model], list[LocalFile]]:
    """(every entry of data/models.toml, every other GGUF that was found here). Nothing is fetched.

    The `source` of a find is a name that `resolve` takes.
    """
    search = _search(home, cache, fetch=False)
    entries = [locate(entry, search) for entry in search.entries.values()]
    taken = {model.path for model in entries}
    return entries, [find for find in local_caches.find_local_files() if find.path not in taken]


def _search(home: Path | None, cache: Path | None, fetch: bool, progress: Progress | None = None) -> Search:
    if home is None or cache is None:
        configured = settings.load()
        home, cache = home or configured.get("home"), cache or configured.get("cache")
    return Search(home, cache, read_catalog(home), Digests(cache), fetch, progress)


def _suggestion(name: str, entries: Iterable[str]) -> str:
    close = difflib.get_close_matches(slugify(name), entries, n=1)
    if close:
        return f"; did you mean {close[0]}?"
    return "; `incompressible models list` shows the known ones, and a path or org/name:TAG works too"


def _as_server(name: str, search: Search) -> Model | None:
    if not name.startswith("openai:"):
        return None
    url, _, model = name.removeprefix("openai:").partition("#")
    if not re.match(r"https?://[^/?]", url) or not model:
        raise ModelError(f"{name!r} is no server; write openai:URL#model, as in openai:http://127.0.0.1:8080/v1#name")
    if "@" in url or "?" in url:  # the address is published with the results
        raise ModelError("a server's address may hold no user name, password or query; write openai:URL#model without")
    return Model(unique_slug(model, name), model, None, "", 0, name, server=url.rstrip("/"))


def _as_entry(name: str, search: Search) -> Model | None:
    entry = None if re.search(r"[/\\:]", name) else search.entries.get(slugify(name))
    if entry is None:
        return None
    model = locate(entry, search)
    return model if model.path or not search.fetch else fetch_first(entry, search)


def _as_local_file(name: str, search: Search) -> Model | None:
    """A name that `list_models` lists, and Ollama's shorter ones."""
    if not name.startswith(("ollama:", "lmstudio:", "llama.cpp:")):
        return None
    ollama = _OLLAMA.fullmatch(name)
    source = f"ollama:{ollama['name']}:{ollama['tag'] or 'latest'}" if ollama else name
    for find in local_caches.find_local_files():
        if find.source == source:
            return model_of_file(find, search)
    pull = f"pull it with `ollama pull {name.removeprefix('ollama:')}`"
    raise ModelError(f"{name} is not on this machine; {pull if ollama else 'see `incompressible models list`'}")


def _as_hub_file(name: str, search: Search) -> Model | None:
    if not name.startswith("hf:"):
        return None
    wanted = sources.parse(name)
    if not isinstance(wanted, sources.HubFile):
        return None
    for find in local_caches.find_in_repository(wanted.repository):
        if find.source == f"hf:{wanted.repository}:{wanted.file}" and wanted.revision in (None, find.revision):
            return model_of_file(find, search)
    return _of_hub_file(wanted, search)


def _of_hub_file(wanted: sources.HubFile, search: Search) -> Model:
    if sources.PART.search(wanted.file):
        cure = "fetch all parts and join them with `llama-gguf-split --merge`, then give the path"
        raise ModelError(f"{wanted.repository}: {wanted.file} is one part of a split model; {cure}")
    if not search.fetch:
        name = f"hf:{wanted.repository}:{wanted.file}"
        raise ModelError(f"{name} is not on this machine; fetch it with `incompressible models get {name}`")
    return model_of_file(sources.fetch_from_hub(wanted, progress=search.progress), search)


def _as_file(name: str, search: Search) -> Model | None:
    path = Path(name).expanduser()
    meant = name.startswith((".", "/", "~")) or (name.lower().endswith(".gguf") and ":" not in name)
    if not meant and not path.is_file():
        return None
    return model_of_file(LocalFile(f"file:{path.name}", path.absolute()), search)


def _as_repository(name: str, search: Search) -> Model | None:
    named = _REPOSITORY.fullmatch(name)
    if not named:
        return None
    repository, tag = named["repository"], named["tag"]
    here = {find.source.rpartition(":")[2]: find for find in reversed(local_caches.find_in_repository(repository))}
    if file := sources.choose(here, tag):
        return model_of_file(here[file], search)
    if not search.fetch:
        raise ModelError(f"{name} is not on this machine; fetch it with `incompressible models get {name}`")
    there = sources.list_hub_files(repository)
    if file := sources.choose(there, tag):
        return _of_hub_file(sources.HubFile(repository, file), search)
    ggufs = ", ".join(file for file in there if file.endswith(".gguf")) or "no GGUF at all"
    raise ModelError(
        f"{repository} has no single file for {tag or sources.USUAL_TAG}, but: {ggufs}; name one of its tags"
    )
