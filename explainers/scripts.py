"""The charts' scripts, from npm by their lock file, copied where the pages find them. Nothing comes from a CDN.

Without npm the guide is built all the same: its charts stay the static pictures that are painted first.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

LIVE = Path(__file__).parent / "live"
FILES = ("vega/build/vega.min.js", "vega-lite/build/vega-lite.min.js", "vega-embed/build/vega-embed.min.js")


def scripts(progress: Callable[[str], object]) -> dict[str, bytes]:
    """Path under docs/ -> bytes of each script; empty, with a word to the reader, where npm cannot bring them."""
    modules = LIVE / "node_modules"
    if not _installed(modules) and not _install(progress):
        return {}
    return {f"assets/vega/{Path(name).name}": (modules / name).read_bytes() for name in FILES}


def _installed(modules: Path) -> bool:
    """Whether what lies there was installed by the lock file as it is now."""
    stamp = modules / ".locked"
    return stamp.is_file() and stamp.read_bytes() == (LIVE / "package-lock.json").read_bytes()


def _install(progress: Callable[[str], object]) -> bool:
    npm = shutil.which("npm")
    if npm is None:
        progress("npm is not here: charts stay static pictures (install Node.js for the interactive ones)")
        return False
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=LIVE, capture_output=True, text=True, check=False)
    if done.returncode:
        progress(f"npm ci failed in {LIVE}, so charts stay static pictures: {done.stderr.strip()[-300:]}")
        return False
    shutil.copyfile(LIVE / "package-lock.json", LIVE / "node_modules" / ".locked")
    return True
