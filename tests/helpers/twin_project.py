"""A project with two small twins in it, and a llama.cpp that is another build, for runs on several machines."""

from __future__ import annotations

import shutil
from pathlib import Path

from runners.engine import build_info
from tests.helpers.command import HOUSE, project

TWINS = ("json-f128-s1", "knowledge-f32-s1")


def checkout(folder: Path) -> Path:
    """A project that has the twins that are asked."""
    home = project(folder)
    for slug in TWINS:
        path = next((HOUSE / "data" / "twins").glob(f"*/{slug}.gguf"))
        target = home / path.relative_to(HOUSE)
        target.parent.mkdir(parents=True)
        shutil.copy(path, target)
    shutil.copy(HOUSE / "data" / "twins" / "models.toml", home / "data" / "twins")
    return home


def other_build(folder: Path) -> Path:
    """llama.cpp's libraries as another compiler might have left them."""
    folder.mkdir()
    for path in build_info.libraries():
        shutil.copy(path, folder)
    with min(folder.glob("*ggml-base*")).open("ab") as library:
        library.write(b"\0")
    return folder
