"""The whole guide against Material alone, and a build that has nothing to do.

    python -m tests.bench.guide [RUNS]

The guide is built in a copy of this checkout; what a build fetches has been fetched before (`make bench` builds once).
Material alone gets the same pages, as the build left them, and neither our figures nor notebooks: one plugin, its own
search.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.rows import HOUSE, Row, show, words
from tests.bench.startup import clean, quickest, spent

PARTS = ("data", "docs", "overrides", "mkdocs.yml")


def rows():
    runs = int(next(iter(words()), 1))
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        for part in PARTS:
            (shutil.copytree if (HOUSE / part).is_dir() else _copy)(HOUSE / part, home / part)
        environment = clean(Path(folder)) | {"INCOMPRESSIBLE_HOME": str(home)}
        whole = min(built(home, environment) for _ in range(runs))
        nothing = quickest(["build"], environment, 5)
        alone = min(material(home) for _ in range(runs))
        pages = len(list((home / "site").rglob("index.html")))
    yield Row("`build` with nothing changed", nothing, "s", most=1)
    yield Row(f"`build` of the whole site, {pages:,} pages", whole, "s", alone, "Material alone", most=3)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)


def built(home: Path, environment: dict[str, str]) -> float:
    """Seconds for everything, from replies to the site, when nothing is taken to be done."""
    (home / "site" / ".built.json").unlink(missing_ok=True)
    return spent(["build"], environment)


def material(home: Path) -> float:
    """Seconds that MkDocs takes for the same pages with Material and nothing of ours."""
    settings = (home / "mkdocs.yml").read_text(encoding="utf-8")
    alone = re.sub(r"^  - mkdocs-jupyter:\n( {6}.*\n)*|^ +- .*: notebooks/.*\n", "", settings, flags=re.MULTILINE)
    alone = re.sub(r"^  - pymdownx.superfences:\n( {6,}.*\n)*", "  - pymdownx.superfences\n", alone, flags=re.MULTILINE)
    alone = alone.replace("  custom_dir: overrides\n", "").replace("strict: true\n", "")
    (home / "alone.yml").write_text(alone.replace("site_dir: site\n", "site_dir: alone\n"), encoding="utf-8")
    began = time.perf_counter()
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--config-file", "alone.yml"]
    subprocess.run(command, cwd=home, capture_output=True, check=True)
    return time.perf_counter() - began


if __name__ == "__main__":
    show(__file__, rows())
