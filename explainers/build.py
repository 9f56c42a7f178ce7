"""Replies -> tables, verdicts, charts, pages -> site. All of it can be deleted and built again, byte for byte."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from runners.schema import Experiment

from . import stamp, theme
from .guide import Guide, gather
from .pages import pages
from .render import files
from .scripts import scripts
from .tables import compared_table, verdicts_table

GENERATED = (
    "data/tables/",
    "docs/assets/theme/",
    "docs/assets/vega/",
    "docs/charts/",
    "docs/claims/",
    "docs/compare.md",
    "docs/experiments/",
    "docs/index.md",
    "docs/models.md",
)
"""What only a build writes. A folder here holds nothing else: what a build no longer makes is removed from it."""


class BuildError(Exception):
    """The guide cannot be built. The message names the file and the cure."""


@dataclass(frozen=True)
class Report:
    """What a build found: files written (or, when checking, `stale` ones), and where the site lies."""

    site: Path
    written: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    version: str = ""


def build(
    home: Path,
    *,
    check: bool = False,
    progress: Callable[[str], object] = print,
    experiments: Mapping[str, Experiment] | None = None,
) -> Report:
    """Build the guide of `home` into `home`/site. With `check` nothing is written and stale files are reported.

    `experiments` defaults to all that are found. Raises `BuildError`.
    """
    home = home.resolve()
    if not (home / "mkdocs.yml").is_file():
        raise BuildError(f"{home / 'mkdocs.yml'} is missing; run this in a checkout of the project")
    inputs = stamp.inputs(home, GENERATED)
    current = experiments is None and stamp.seen(home) == inputs
    if current and not check and stamp.untouched(home):
        progress("nothing changed since the last build")
        return Report(home / "site")
    guide = _gathered(home, experiments)
    progress(f"{len(guide.measured.rows):,} replies, data version {guide.version}")
    made = outputs(guide, scripts(progress))
    stale = _stale(home, made)
    if check:
        return Report(home / "site", stale=stale or (() if current else (stamp.FILE,)), version=guide.version)
    _write(home, made, stale)
    progress(f"{len(stale)} of {len(made)} generated files written")
    _mkdocs(home)
    stamp.leave(home, inputs, made)
    return Report(home / "site", written=stale, version=guide.version)


def outputs(guide: Guide, live: Mapping[str, bytes]) -> dict[str, bytes]:
    """Path under the home -> bytes of everything that is generated. Pure: equal evidence gives equal bytes."""
    docs: dict[str, bytes] = {path: text.encode() for path, text in pages(guide, bool(live)).items()}
    for slug, table in guide.drawn.items():
        if table:
            chart = guide.charts[slug]
            drawn = files(chart, table, guide.source_line(chart))
            docs |= {f"charts/{slug}/{name}": content for name, content in drawn.items()}
    docs |= {"assets/theme/colours.css": theme.css().encode(), "assets/theme/charts.json": _json(theme.configs())}
    docs |= live
    tables = {**guide.tables, "verdicts.csv": verdicts_table(guide.verdicts.values())}
    tables |= compared_table(guide.compared)
    return {
        **{f"docs/{path}": content for path, content in docs.items()},
        **{f"data/tables/{name}": content for name, content in tables.items()},
    }


def _gathered(home: Path, experiments: Mapping[str, Experiment] | None) -> Guide:
    if experiments is None:
        from runners.experiments import find

        experiments = find()
    try:
        return gather(home, experiments)
    except ValueError as fault:
        raise BuildError(str(fault)) from fault


def _stale(home: Path, made: Mapping[str, bytes]) -> tuple[str, ...]:
    """Files on disk that are not what this build makes: altered, missing, or no longer made at all."""
    differing = [name for name, content in made.items() if _read(home / name) != content]
    folders = [home / name for name in GENERATED if name.endswith("/")]
    found = [path.relative_to(home).as_posix() for folder in folders for path in folder.rglob("*") if path.is_file()]
    return tuple(sorted({*differing, *(name for name in found if name not in made)}))


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _write(home: Path, made: Mapping[str, bytes], stale: Iterable[str]) -> None:
    for name in stale:
        path = home / name
        if name not in made:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(made[name])


def _mkdocs(home: Path) -> None:
    """Markdown -> site, in a process of its own. Raises `BuildError` with the end of what MkDocs said."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"]
    seen = [str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": os.pathsep.join(filter(None, seen))}
    done = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(f"MkDocs could not build {home / 'docs'}:\n{(done.stdout + done.stderr).strip()[-2000:]}")


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=1, sort_keys=True) + "\n").encode()
