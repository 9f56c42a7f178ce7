"""Scripts of others, fetched from npm by their lock file and copied where pages find them. Nothing comes from a CDN.

Without npm the guide is built all the same: its charts stay the static pictures that are painted first, and where a
live experiment would be it says that it is missing.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

LIVE = Path(__file__).parents[1] / "live"
FILES = {
    "vega": ("vega/build/vega.min.js", "vega-lite/build/vega-lite.min.js", "vega-embed/build/vega-embed.min.js"),
    "wllama": ("@wllama/wllama/esm/index.min.js", "@wllama/wllama/esm/wasm/wllama.wasm"),
}
"""Folder under docs/assets/ -> what of npm's packages lies in it."""


def scripts(progress: Callable[[str], object]) -> dict[str, bytes]:
    """Path under docs/ -> bytes of each script; empty, with a word to the reader, where npm cannot bring them."""
    fault = install(LIVE)
    if fault:
        progress(f"{fault}, so charts stay static pictures and nothing is live")
        return {}
    modules = LIVE / "node_modules"
    return {
        f"assets/{folder}/{Path(name).name}": (modules / name).read_bytes()
        for folder, names in FILES.items()
        for name in names
    }


def install(folder: Path) -> str:
    """Bring what the lock file of `folder` names, unless it lies there. Says why that failed; empty when it did not."""
    modules = folder / "node_modules"
    if _installed(modules):
        return ""
    npm = shutil.which("npm")
    if npm is None:
        return "npm is not here (install Node.js)"
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        return f"npm ci failed in {folder} ({done.stderr.strip()[-300:]})"
    shutil.copyfile(folder / "package-lock.json", modules / ".locked")
    return ""


def _installed(modules: Path) -> bool:
    """Whether what lies there was installed by the lock file as it is now."""
    stamp = modules / ".locked"
    return stamp.is_file() and stamp.read_bytes() == (modules.parent / "package-lock.json").read_bytes()
