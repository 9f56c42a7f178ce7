"""Fingerprint of the last build, its inputs and outputs, so that a build with nothing to do does nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from runners.storage.atomic import write_whole

from ..frozen.store import FOLDER

FILE = "site/.built.json"


def inputs(home: Path) -> dict[str, str]:
    """The digests of all that a build reads: what is "drawn" from (replies, logs of twins, code and pages), and what is
    "frozen", which pages name but no chart depends on."""
    code = Path(__file__).parents[2]
    read = [home / "mkdocs.yml", home / "data" / "literature.toml", *(home / "data" / "runs").rglob("*.json*")]
    twins = home / "data" / "twins"
    read += [*twins.glob("*.toml"), *(path for kind in ("csv", "gguf", "json") for path in twins.glob(f"*/*.{kind}"))]
    read += (home / "overrides").rglob("*.html")
    read += (code / "data" / "items").glob("*.json")
    read += (home / "docs").rglob("*")
    read += [path for part in ("runners", "explainers") for path in (code / part).rglob("*") if _is_source(path)]
    return {"drawn": _whole(read), "frozen": _whole((home / FOLDER).rglob("*"))}


def _whole(paths: Iterable[Path]) -> str:
    whole = hashlib.sha256()
    for path in sorted(path for path in set(paths) if path.is_file()):
        whole.update(f"{path}\0{_digest(path)}\n".encode())
    return whole.hexdigest()


def leave(home: Path, seen: Mapping[str, str], made: Iterable[str]) -> None:
    """Note down what a whole build saw and made."""
    stamp = {"inputs": dict(seen), "outputs": _digests(home, made)}
    write_whole(home / FILE, json.dumps(stamp, indent=1, sort_keys=True))


def seen(home: Path) -> dict[str, str]:
    """The digests of the inputs of the last whole build; empty when there was none."""
    return _read(home)[0]


def drawn(home: Path) -> bool:
    """Whether the charts of the last whole build lie there untouched and are what a build would draw now."""
    was = seen(home).get("drawn")
    return was == inputs(home)["drawn"] and untouched(home)


def untouched(home: Path) -> bool:
    """Whether everything that the last whole build made still lies there as it was made."""
    _, made = _read(home)
    return bool(made) and _digests(home, made) == made


def _read(home: Path) -> tuple[dict[str, str], dict[str, str]]:
    try:
        stamp = json.loads((home / FILE).read_text(encoding="utf-8"))
        return dict(stamp["inputs"]), stamp["outputs"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}, {}


def _digests(home: Path, names: Iterable[str]) -> dict[str, str]:
    return {name: _digest(home / name) for name in names if (home / name).is_file()}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _is_source(path: Path) -> bool:
    return not {"node_modules", "__pycache__"} & set(path.parts)
