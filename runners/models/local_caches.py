"""Weights in the caches of other programs on this machine: found there, and never copied.

Each find has a source such as `hf:org/name:FILE` or `ollama:name:tag`. A source is fit to be published: it never holds
the path of anyone's folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..host.cgroups import read_text
from . import gguf_facts

Progress = Callable[[int, int], None]
"""Told how much is done: (bytes done, bytes in all)."""

_CHUNK = 1 << 20


@dataclass(frozen=True)
class LocalFile:
    """A GGUF file on this machine. `repository` is "org/name" where the place keeps it; `revision` a commit of it."""

    source: str
    path: Path
    repository: str = ""
    revision: str | None = None


def find_local_files() -> Iterator[LocalFile]:
    """Every GGUF in the caches of the Hugging Face hub, llama.cpp, LM Studio and Ollama."""
    for root in dict.fromkeys((hub_folder(), llama_folder())):  # a newer llama.cpp lays its cache out like the hub's
        yield from _in_hub_layout(root)
    yield from _in_llama_cpp()
    yield from _in_lm_studio()
    yield from _in_ollama()


def find_in_repository(repository: str) -> list[LocalFile]:
    """What was found of "org/name"; llama.cpp's own cache keeps a repository only as the start of a file's name."""
    flat = f"llama.cpp:{repository.replace('/', '_')}_"
    return [find for find in find_local_files() if find.repository == repository or find.source.startswith(flat)]


def hub_folder() -> Path:
    """Where huggingface_hub keeps what it fetched, by the variables that it obeys."""
    for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if os.environ.get(variable):
            return Path(os.environ[variable]).expanduser()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache")
    return Path(os.environ.get("HF_HOME") or cache / "huggingface").expanduser() / "hub"


def llama_folder() -> Path:
    """Where llama.cpp keeps what it fetched: `LLAMA_CACHE`, or this system's usual place."""
    if os.environ.get("LLAMA_CACHE"):
        return Path(os.environ["LLAMA_CACHE"]).expanduser()
    if sys.platform == "darwin":
        return Path("~/Library/Caches/llama.cpp").expanduser()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or "~/AppData/Local").expanduser() / "llama.cpp"
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "llama.cpp"


def _in_hub_layout(root: Path) -> Iterator[LocalFile]:
    """The folders are models--ORG--NAME/snapshots/COMMIT/FILE; the commit that "main" means comes first."""
    for folder in sorted(root.glob("models--*")):
        repository = folder.name.removeprefix("models--").replace("--", "/", 1)
        main = read_text(folder / "refs" / "main")
        snapshots = sorted(
            (folder / "snapshots").glob("*"), key=lambda snapshot: (snapshot.name != main, snapshot.name)
        )
        for snapshot in snapshots:
            for path in _ggufs(snapshot):
                file = path.relative_to(snapshot).as_posix()
                yield LocalFile(f"hf:{repository}:{file}", path, repository, snapshot.name)


def _in_llama_cpp() -> Iterator[LocalFile]:
    for path in sorted(llama_folder().glob("*.gguf")):
        yield LocalFile(f"llama.cpp:{path.name}", path)


def _in_lm_studio() -> Iterator[LocalFile]:
    for root in (Path("~/.lmstudio/models").expanduser(), Path("~/.cache/lm-studio/models").expanduser()):
        for path in _ggufs(root):
            repository = path.parent.relative_to(root).as_posix()
            yield LocalFile(f"lmstudio:{repository}:{path.name}", path, repository)


def _in_ollama() -> Iterator[LocalFile]:
    """A manifest is manifests/REGISTRY/NAMESPACE/NAME/TAG; the namespace "library" is left out of names."""
    for root in _ollama_folders():
        for manifest in sorted((root / "manifests").glob("*/*/*/*")):
            namespace, name, tag = manifest.parts[-3:]
            blob = root / "blobs" / _ollama_blob(manifest)
            if os.path.isfile(blob):  # unlike Path.is_file, never stopped by a folder that may not be read
                yield LocalFile(f"ollama:{'' if namespace == 'library' else namespace + '/'}{name}:{tag}", blob)


def _ollama_folders() -> list[Path]:
    if os.environ.get("OLLAMA_MODELS"):
        return [Path(os.environ["OLLAMA_MODELS"]).expanduser()]
    return [Path("~/.ollama/models").expanduser(), Path("/usr/share/ollama/.ollama/models")]


def _ollama_blob(manifest: Path) -> str:
    with contextlib.suppress(ValueError, TypeError, KeyError, AttributeError, RecursionError):
        for layer in json.loads(read_text(manifest))["layers"]:
            # The digest becomes a file's name, so it must be a digest and nothing else.
            if layer["mediaType"].endswith("image.model") and re.fullmatch(r"sha256:[0-9a-f]{64}", layer["digest"]):
                return layer["digest"].replace(":", "-")
    return "none"


def _ggufs(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*.gguf") if os.path.isfile(path))


class Digests:
    """The SHA-256 of files, remembered in a small file for as long as size, times and inode stay the same."""

    def __init__(self, cache: Path) -> None:
        self._file = cache / "sha256.json"
        self._known = self._load()

    def of(self, path: Path, progress: Progress | None = None) -> str:
        """The SHA-256 of a whole GGUF file. Raises `BadWeights` for a truncated or foreign one."""
        key, state = str(path.resolve()), _state(path)
        if self._known.get(key, [])[:-1] != state or not state:
            gguf_facts.inspect(path)
            self._known = {**self._load(), key: [*state, sha256(path, progress)]}
            self._save()
        return self._known[key][-1]

    def _load(self) -> dict[str, list]:
        try:
            known = json.loads(read_text(self._file))
            return {key: entry for key, entry in known.items() if len(entry) == 5 and isinstance(entry[4], str)}
        except (ValueError, TypeError, AttributeError, RecursionError):
            return {}

    def _save(self) -> None:
        draft = self._file.with_name(f".{self._file.name}.{secrets.token_hex(4)}")
        # Only a convenience: a folder that cannot be written costs time, not the run.
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            draft.write_text(json.dumps(self._known, indent=0), encoding="utf-8")
            draft.replace(self._file)


def _state(path: Path) -> list[int]:
    try:
        stat = path.stat()
    except OSError:
        return []
    # Nobody can set the last: a file that is written over keeps its inode, and `cp -p` gives it any other date.
    return [stat.st_size, stat.st_mtime_ns, stat.st_ino, stat.st_ctime_ns]


def sha256(path: Path, progress: Progress | None = None) -> str:
    """The SHA-256 of a file, in hex."""
    total, done, digest = path.stat().st_size, 0, hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            done += len(chunk)
            if progress:
                progress(done, total)
    return digest.hexdigest()
