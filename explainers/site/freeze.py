"""Freezing of what the last build drew, under its data version. A version that is kept is never written again."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runners.storage.atomic import write_whole

from ..frozen import svg_check
from ..frozen.chart_text import ChartText, parse_chart_text
from ..frozen.store import (
    FOLDER,
    MANIFEST,
    FileDigest,
    FrozenVersion,
    all_file_names,
    digest_of,
    load_versions,
    manifest_json,
    read_version,
)
from . import fingerprint

DRAWN = "build/docs/charts"


class StaleError(Exception):
    """What lies there is not what a build would make now."""


class FreezeError(Exception):
    """A version cannot be frozen. The message says why, and what to do."""


@dataclass(frozen=True)
class Draft:
    """What is to be kept of one data version: the words on its charts, and the packed bytes and sums of its files by
    "slug/name"."""

    version: str
    charts: Mapping[str, ChartText]
    packed: Mapping[str, bytes]
    sums: Mapping[str, FileDigest]

    @property
    def manifest(self) -> bytes:
        """The bytes of its `frozen.json`."""
        return manifest_json(self.version, self.charts, self.sums)


def make_draft(home: Path) -> Draft:
    """The charts as the last build of `home` drew them.

    Raises `StaleError` when a build would draw others now, and `FreezeError` when there is nothing to keep.
    """
    if not fingerprint.drawn(home):
        raise StaleError("a build would draw other charts than those that lie here; run `incompressible build` first")
    texts = json.loads((home / DRAWN / "told.json").read_bytes())
    if not texts["charts"]:
        raise FreezeError("no chart is drawn yet; measure with `incompressible run`, then `incompressible build`")
    contents = {name: (home / DRAWN / name).read_bytes() for name in all_file_names(texts["charts"])}
    for name, content in contents.items():
        if name.endswith(".svg") and (why := svg_check.fault(content)):
            raise FreezeError(f"{home / DRAWN / name} cannot be kept: {why}; see ELEMENTS in {svg_check.__file__}")
    return Draft(
        version=texts["version"],
        charts={slug: parse_chart_text(text) for slug, text in texts["charts"].items()},
        packed={name: gzip.compress(content, mtime=0) for name, content in contents.items()},
        sums={name: digest_of(content) for name, content in contents.items()},
    )


def freeze(home: Path, draft: Draft, dry: bool = False) -> bool:
    """Keep a version, unless `dry`. False when the very same is kept already.

    Raises `FreezeError` when it is kept with other bytes, `FrozenError` when what is kept is not whole.
    """
    folder = home / FOLDER / draft.version
    if (folder / MANIFEST).is_file():
        _require_same(read_version(folder), draft)
        return False
    if not dry:
        _write(folder, draft)
    return True


def _require_same(kept: FrozenVersion, draft: Draft) -> None:
    for name in kept.files:
        kept.content(name)
    files = kept.files.keys() | draft.sums.keys()
    differing = [name for name in sorted(files) if kept.files.get(name) != draft.sums.get(name)]
    charts = kept.charts.keys() | draft.charts.keys()
    differing += [f"words of {slug}" for slug in sorted(charts) if kept.charts.get(slug) != draft.charts.get(slug)]
    if differing:
        raise FreezeError(
            f"{kept.folder} keeps data version {kept.version} as other code drew it ({len(differing)} differences: "
            f"{', '.join(differing[:3])}{', ...' if differing[3:] else ''}). What may have been cited stays; if it was "
            "never published, delete that folder and freeze again"
        )


def _write(folder: Path, draft: Draft) -> None:
    """The manifest comes last: a version without one was interrupted, and is written again."""
    for name, content in draft.packed.items():
        path = folder / f"{name}.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
    write_whole(folder / MANIFEST, draft.manifest)


def chart_rows(draft: Draft) -> list[dict[str, Any]]:
    """A row for each chart of a draft: how many files, and the bytes that they take on disk."""
    own = {slug: [data for name, data in draft.packed.items() if name.startswith(f"{slug}/")] for slug in draft.charts}
    return [{"chart": slug, "files": len(files), "bytes": sum(map(len, files))} for slug, files in own.items()]


def list_versions(home: Path) -> list[dict[str, Any]]:
    """A row for each frozen version: day of its newest reply, charts, and bytes on disk. Raises `FrozenError`."""
    return [
        {"version": one.version, "newest_reply": one.day, "charts": len(one.charts), "bytes": _size(one.folder)}
        for one in load_versions(home)
    ]


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
