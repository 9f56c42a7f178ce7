"""Replies -> tables, verdicts, charts, pages -> site. All of it can be deleted and built again, byte for byte."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from runners.host.processes import python_path
from runners.schema import Experiment

from ..analysis.tables import compared_table
from ..exports import files
from ..exports.atom_feed import updated
from ..exports.citation import cited
from ..exports.markdown import served
from ..frozen.chart_text import ChartText
from ..guide.guide import Guide, gather
from ..plotting import render, theme
from ..text.formatting import count
from ..text.json_text import indented_json
from . import csp, fingerprint, live_data, navigation, pyodide
from .check import faults
from .live_pages import FOLDER, offered, painted
from .notebooks import NotebookError, executed
from .npm import scripts
from .pages import asked, pages

DOCS = "build/docs/"
"""What MkDocs reads: the pages that people write, and all that is generated beside them."""

GENERATED = (DOCS, "data/tables/")
"""Folders that only a build writes. What a build no longer makes is removed from them."""

SITE = "site/"
"""Where the site lies. What is generated straight into it is written when MkDocs is done."""


NBCONVERT = str(Path(__file__).parent / "templates" / "jupyter")
"""Where nbconvert finds the template of a notebook's page (`nbconvert/templates/` below it) and no user's settings."""


class BuildError(Exception):
    """The guide cannot be built. The message names the file and the cure."""


@dataclass(frozen=True)
class BuildReport:
    """What a build found: files written (or, when checking, `stale` ones and `faults` of the site as it lies there)."""

    site: Path
    written: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    version: str = ""

    @property
    def wrong(self) -> str:
        """What a check found, and the cure; empty where all is well."""
        stale = f"{count(len(self.stale), 'generated file')} stale; run `incompressible build`"
        faults = f"{count(len(self.faults), 'fault')} in the built site: mend what each names, and build again"
        return "; ".join([stale] * bool(self.stale) + [faults] * bool(self.faults))


def build(
    home: Path,
    *,
    check: bool = False,
    progress: Callable[[str], object] = print,
    experiments: Mapping[str, Experiment] | None = None,
) -> BuildReport:
    """Build the guide of `home` into `home`/site. With `check` nothing is written; stale files and faults are reported.

    `experiments` defaults to all that are found. Raises `BuildError`, and `FrozenError` for a frozen file that is not
    what it was.
    """
    home = home.resolve()
    if not (home / "mkdocs.yml").is_file():
        raise BuildError(f"{home / 'mkdocs.yml'} is missing; run this in a checkout of the project")
    inputs = fingerprint.inputs(home)
    current = experiments is None and fingerprint.seen(home) == inputs
    if current and not check and fingerprint.untouched(home):
        progress("nothing changed since the last build")
        return BuildReport(home / "site")
    guide = gathered(home, experiments)
    progress(f"{len(guide.measured.rows):,} replies, data version {guide.version}")
    with ThreadPoolExecutor() as threads:  # kernels are processes of their own, and this one need not wait for them
        notebooks = threads.submit(_run_notebooks, home)
        made = outputs(guide, _live(progress)) | _by_hand(home, guide.chart_texts) | _config(home, guide)
    made |= notebooks.result()
    stale = _stale(home, made)
    if check:
        stale = stale or (() if current else (fingerprint.FILE,))
        found = faults(home / "site", guide.address)
        return BuildReport(home / "site", stale=stale, faults=found, version=guide.version)
    _write(home, made, [name for name in stale if not name.startswith(SITE)])
    _mkdocs(home, updated(guide.moments.values()))
    _guarded(home / "site")
    _write(home, made, [name for name in made if name.startswith(SITE)])  # MkDocs empties that folder first
    progress(f"{len(stale)} of {len(made)} generated files written")
    fingerprint.leave(home, inputs, made)
    return BuildReport(home / "site", written=stale, version=guide.version)


def outputs(guide: Guide, live: Mapping[str, bytes]) -> dict[str, bytes]:
    """Path under the home -> bytes of everything that is generated. Pure: equal evidence gives equal bytes."""
    laid = live_data.files(guide)
    tried = offered(guide.verdicts, guide.demo_accuracy, laid, live)
    told = pages(guide, bool(live), tried)
    docs: dict[str, bytes] = {path: text.encode() for path, text in told.items()}
    for slug, said in guide.chart_texts.items():
        drawn = render.render_files(guide.charts[slug], guide.chart_tables[slug], said.source)
        drawn[f"{slug}.bib"] = cited(guide, slug).bibtex.encode()
        docs |= {f"charts/{slug}/{name}": content for name, content in drawn.items()}
    docs |= {
        "assets/theme/colours.css": theme.css().encode(),
        "assets/theme/charts.json": indented_json(theme.for_scripts()),
    }
    docs |= live
    docs |= {f"{FOLDER}{name}": content for name, content in laid.items()} | painted(tried)
    docs |= files.files(guide)
    kept = {name: content for name, content in files.tables(guide).items() if not name.endswith(".parquet")}
    kept |= compared_table(guide.comparisons)
    return {
        **{f"{DOCS}{path}": content for path, content in docs.items()},
        **{f"data/tables/{name}": content for name, content in kept.items()},
        **{f"{SITE}{path}": content for path, content in served(guide.chart_texts, told).items()},
    }


def _by_hand(home: Path, charts: Mapping[str, ChartText]) -> dict[str, bytes]:
    """The files under docs/, which nobody generates, and their pages as served to programs that read Markdown."""
    docs = home / "docs"
    paths = [path for path in sorted(docs.rglob("*")) if path.is_file() and ".ipynb_checkpoints" not in path.parts]
    files = {path.relative_to(docs).as_posix(): path.read_bytes() for path in paths}
    pages = {name: content.decode() for name, content in files.items() if name.endswith(".md")}
    told = {f"{SITE}{path}": content for path, content in served(charts, pages).items()}
    return {f"{DOCS}{name}": content for name, content in files.items()} | told


def _config(home: Path, guide: Guide) -> dict[str, bytes]:
    """MkDocs' configuration. Raises `BuildError`."""
    experiments = asked(guide.claims.values(), guide.experiments)
    try:
        return {navigation.CONFIG: navigation.config(home, guide.claims.values(), guide.charts.values(), experiments)}
    except ValueError as fault:
        raise BuildError(str(fault)) from fault


def _live(progress: Callable[[str], object]) -> dict[str, bytes]:
    """What the reader's browser runs; nothing where npm cannot bring it."""
    brought = scripts(progress)
    try:
        return brought | pyodide.python(progress) if brought else {}
    except pyodide.BrowserError as fault:
        raise BuildError(str(fault)) from fault


def _run_notebooks(home: Path) -> dict[str, bytes]:
    try:
        return executed(home)
    except NotebookError as fault:
        raise BuildError(str(fault)) from fault


def gathered(home: Path, experiments: Mapping[str, Experiment] | None = None) -> Guide:
    """The guide of `home`, over all experiments unless some are given. Raises `BuildError`."""
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
    folders = [home / name for name in GENERATED]
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


def _mkdocs(home: Path, newest: str) -> None:
    """Markdown -> site, in a process of its own. Raises `BuildError` with the end of what MkDocs said.

    The sitemap bears the day of the `newest` verdict in place of today's (SOURCE_DATE_EPOCH, reproducible-builds.org).
    """
    # --quiet would keep warnings from being counted.
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--config-file", navigation.CONFIG]
    environment = {
        **os.environ,
        "NO_MKDOCS_2_WARNING": "1",
        "JUPYTER_PATH": NBCONVERT,
        "JUPYTER_CONFIG_DIR": NBCONVERT,
        "PYTHONPATH": python_path(),
        "SOURCE_DATE_EPOCH": f"{datetime.fromisoformat(newest).timestamp():.0f}",
    }
    done = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(f"MkDocs could not build {home / DOCS}:\n{(done.stdout + done.stderr).strip()[-2000:]}")


def _guarded(site: Path) -> None:
    try:
        csp.guard(site)
    except csp.PolicyError as fault:
        raise BuildError(str(fault)) from fault
