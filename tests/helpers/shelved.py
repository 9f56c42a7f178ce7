"""Homes whose charts are drawn as a build draws them, without MkDocs, and what is frozen in them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from explainers.frozen.store import FOLDER, MANIFEST
from explainers.guide.guide import Guide, gather
from explainers.site import fingerprint
from explainers.site.build import outputs
from explainers.site.freeze import freeze, make_draft
from tests.helpers.planted import experiment, plant, usual

ASKED = {"json-fidelity": experiment(per_depth=2)}


def measured(home: Path, answer: Any = usual, **more: Any) -> None:
    plant(home, answer, asked=ASKED["json-fidelity"], **more)


def drawn(home: Path) -> Guide:
    """Everything that a build writes before it calls MkDocs, and its stamp."""
    guide = gather(home, ASKED)
    made = outputs(guide, {})
    for name, content in made.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(content)
    fingerprint.leave(home, fingerprint.inputs(home), made)
    return guide


def frozen(home: Path) -> Path:
    """Draw what there is and freeze it: the folder of the version."""
    guide = drawn(home)
    assert freeze(home, make_draft(home))
    return home / FOLDER / guide.version


def lying(folder: Path) -> dict[str, bytes]:
    """Everything under a folder that need not be there."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def say(folder: Path, **facts: Any) -> None:
    """Write other facts into a manifest."""
    path = folder / MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | facts))


def put(folder: Path, name: str, content: bytes) -> None:
    """Another content for a file, with a manifest that agrees to it."""
    from explainers.frozen.store import digest_of

    (folder / f"{name}.gz").write_bytes(gzip.compress(content))
    files = json.loads((folder / MANIFEST).read_text())["files"]
    say(folder, files=files | {name: vars(digest_of(content))})
