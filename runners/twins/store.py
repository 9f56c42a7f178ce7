"""Files under data/twins: a GGUF and a training log for each twin, and `models.toml`, which names them all.

data/twins/recipe.toml                     what there is to be
data/twins/<ladder>/<slug>.gguf            what there is
data/twins/<ladder>/<slug>.csv             how its training went
data/twins/models.toml                     written from the files and the recipe alone
"""

from __future__ import annotations

import csv
import hashlib
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from ..storage.atomic import write_whole
from .recipe import Rung, rungs

SPELLED = {"json": "JSON"}
"""Ladders whose name is not written like a word."""

HEAD = "# Written by `incompressible twins export` from the recipe and from what lies here. Do not edit.\n"


def weights_of(home: Path, rung: Rung) -> Path:
    """Where a twin's weights lie once they are exported."""
    return home / "data" / "twins" / rung.ladder / f"{rung.slug}.gguf"


def log_of(home: Path, rung: Rung) -> Path:
    """Where the log of a twin's training lies."""
    return weights_of(home, rung).with_suffix(".csv")


def checkpoints(home: Path) -> Path:
    """Where training keeps its checkpoints; git ignores them."""
    return home / "data" / "twins" / "checkpoints"


def write_catalogue(home: Path) -> Path:
    """Write `models.toml` anew and return its path. A twin that was there keeps the day it was made."""
    path = home / "data" / "twins" / "models.toml"
    days = _days(path)
    here = [rung for rung in rungs(home).values() if weights_of(home, rung).exists()]
    text = HEAD + "".join(_entry(home, rung, days) for rung in here)
    write_whole(path, text)
    return path


def _days(path: Path) -> dict[str, str]:
    """SHA-256 -> release date of the twins that the catalogue has."""
    known = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {entry["sha256"]: entry["released"].isoformat() for entry in known.values()}


def _entry(home: Path, rung: Rung, days: dict[str, str]) -> str:
    path = weights_of(home, rung)
    content = path.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    return f"""
[{rung.slug}]
name = "{title(rung)}"
licence = "Apache-2.0"
sha256 = "{sha256}"
bytes = {len(content)}
released = {days.get(sha256) or date.today().isoformat()}
sources = ["{path.relative_to(home).as_posix()}"]
twin = {{ ladder = "{rung.ladder}", rung = "{rung.name}", seed = {rung.seed}, experts = {rung.experts}, \
used = {rung.used}, training_flops = {_flops(home, rung):.4g}{_taught(rung)} }}
"""


def _flops(home: Path, rung: Rung) -> float:
    """Training FLOPs of what all rungs of a ladder read alike: without the warm-up."""
    last = _last(log_of(home, rung))
    return float(last["flops"]) * rung.steps * rung.batch * rung.context / int(last["tokens"])


def _taught(rung: Rung) -> str:
    return f', teacher = "{rung.teacher}", learns = "{rung.learns}"' if rung.teacher else ""


def title(rung: Rung) -> str:
    """A twin's name for readers: "Knowledge twin, dense f128, seed 1"."""
    kind = f"MoE {rung.name} top-{rung.used}" if rung.experts else f"dense {rung.name.partition('-')[0]}"
    kind += f" taught by {rung.teacher}'s {rung.learns}" if rung.teacher else ""
    skill = SPELLED.get(rung.ladder, rung.ladder.capitalize())
    return f"{skill} twin, {kind}, seed {rung.seed}"


def _last(log: Path) -> dict[str, Any]:
    with log.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))[-1]
