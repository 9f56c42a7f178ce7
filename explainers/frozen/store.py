"""Frozen versions as they lie on disk: `data/frozen/<version>/frozen.json`, and beside it every file, packed.

The manifest holds what a page says of each chart, and the length and SHA-256 of each file as it is served. Format 1 has
the files that `file_names` gives. What lies here may come from a fork, so it is read as strangers' data are.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ..text.json_text import indented_json
from . import svg_check
from .chart_text import ChartText, parse_chart_text

FOLDER = "data/frozen"
MANIFEST = "frozen.json"
FORMAT = "incompressible-frozen-1"
PICTURES = ("light-wide.svg", "light-narrow.svg", "dark-wide.svg", "dark-narrow.svg")
KINDS = ("svg", "csv", "json")
"""The downloads of a chart that are kept. A PNG would be five times as large as all the others together."""


class FrozenError(ValueError):
    """A frozen version is not whole. The message names the file and the cure."""


@dataclass(frozen=True)
class FileDigest:
    """What a file has to be: its SHA-256 in hex, and its length."""

    sha256: str
    bytes: int


@dataclass(frozen=True)
class FrozenVersion:
    """One frozen version: what is said of each chart by its slug, and the sums of the files by "slug/name"."""

    folder: Path
    version: str
    charts: Mapping[str, ChartText]
    files: Mapping[str, FileDigest]

    @property
    def day(self) -> str:
        """The day of its newest reply (UTC); empty where no chart rests on one."""
        return max(text.day for text in self.charts.values())

    def content(self, name: str) -> bytes:
        """A file as it is served. Raises `FrozenError` when it is missing or not what its sum says."""
        path = self.folder / f"{name}.gz"
        if not path.is_file():
            raise FrozenError(f"{path} is missing; {cure(self.folder)}")
        content = _unpack(path.read_bytes(), self.files[name].bytes)
        if digest_of(content) != self.files[name]:
            raise FrozenError(f"{path} does not fit its SHA-256 in {MANIFEST}; {cure(self.folder)}")
        if name.endswith(".svg") and (why := svg_check.fault(content)):
            raise FrozenError(f"{path} is not shown: {why}; {cure(self.folder)}")
        return content


def file_names(slug: str) -> tuple[str, ...]:
    """What is kept of a chart, as its pages and downloads call it."""
    return (*PICTURES, *(f"{slug}.{kind}" for kind in KINDS))


def digest_of(content: bytes) -> FileDigest:
    """The sum of a file's content."""
    return FileDigest(hashlib.sha256(content).hexdigest(), len(content))


def cure(folder: Path) -> str:
    """What to do about a frozen version that is not whole."""
    return f"restore it with `git checkout -- {FOLDER}/{folder.name}`, or delete that folder to give the version up"


def load_versions(home: Path) -> tuple[FrozenVersion, ...]:
    """Every frozen version of `home`, the newest replies first. Raises `FrozenError`."""
    folders = [path for path in (home / FOLDER).glob("[!.]*") if path.is_dir()]
    return tuple(sorted(map(read_version, folders), key=lambda frozen: (frozen.day, frozen.version), reverse=True))


def read_version(folder: Path) -> FrozenVersion:
    """One version from its folder, whose name it has; the files are read when they are asked for. Raises
    `FrozenError`."""
    path = folder / MANIFEST
    if not path.is_file():
        raise FrozenError(
            f"{path} is missing; if `incompressible freeze` was interrupted, run it again, and if not, {cure(folder)}"
        )
    manifest = _read_manifest(path)
    if manifest["version"] != folder.name:
        raise FrozenError(f"{path} is of data version {manifest['version']}; call its folder by that name again")
    charts = {slug: parse_chart_text(text) for slug, text in manifest["charts"].items()}
    files = {name: FileDigest(**digest) for name, digest in manifest["files"].items()}
    return FrozenVersion(folder, manifest["version"], charts, files)


def manifest_json(version: str, charts: Mapping[str, ChartText], files: Mapping[str, FileDigest]) -> bytes:
    """The bytes of `frozen.json`."""
    content = {
        "format": FORMAT,
        "version": version,
        "charts": {slug: text.plain for slug, text in charts.items()},
        "files": {name: vars(digest) for name, digest in files.items()},
    }
    return indented_json(content)


def _read_manifest(path: Path) -> Any:
    try:
        manifest = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise FrozenError(f"{path} is no JSON that can be read; {cure(path.parent)}") from None
    fault = next(_validator().iter_errors(manifest), None)
    if fault is not None:
        raise FrozenError(f"{path}: {fault.json_path[:100]}: {fault.message[:200]}; {cure(path.parent)}")
    if set(manifest["files"]) != set(all_file_names(manifest["charts"])):
        raise FrozenError(f"{path} does not name exactly the files of its charts; {cure(path.parent)}")
    return manifest


def all_file_names(charts: Iterable[str]) -> list[str]:
    """The files of some charts, by "slug/name"."""
    return [f"{slug}/{name}" for slug in charts for name in file_names(slug)]


def _unpack(packed: bytes, length: int) -> bytes:
    """No more than shows whether it is as long as it should be, however small the file that unfolds to more."""
    try:
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(packed, length + 1)
    except zlib.error:
        return b""


@cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(json.loads(Path(__file__).with_name("frozen.schema.json").read_text(encoding="utf-8")))
