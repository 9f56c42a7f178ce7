"""Python in the reader's browser: Pyodide from npm, and as a wheel the part of our own code that judges.

pyodide-build does two things here: it writes our wheel into the lock file that Pyodide loads packages by, and it
precompiles wheel and standard library, so that no page waits for that. The second needs a host Python of the browser's
version; on another host the sources are shipped.

Pages start from a snapshot of Python's memory with all of ours imported, which takes half the work; where a browser
cannot make use of it, from the parts themselves. Pyodide can make and restore snapshots, but does not document it yet:
a test holds a restored Python to this one.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from .npm import LIVE

PLACE = "assets/pyodide/"
"""Where, under docs/, all of it lies."""
CORE = ("pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm")
"""What is served as npm brings it."""
LOCK, LIBRARY = "pyodide-lock.json", "python_stdlib.zip"
SNAPSHOT, EMPTY = "python.snapshot", "empty.zip"
"""A restored Python has its library in memory, but Pyodide asks for an archive of it all the same."""
PARTS = (
    "runners/schema",
    "runners/items",
    "runners/scoring",
    "runners/experiments",
    "runners/storage",
    "explainers/schema",
    "explainers/text",
    "explainers/measurements",
    "explainers/claims",
    "explainers/stats",
    "explainers/verdicts",
    "explainers/analysis",
    "explainers/plotting",
    "explainers/charts",
    "explainers/live",
)
"""The packages of the wheel: all that scores, estimates, judges and draws. Engines, twins and the site stay out."""

WHEN = (1980, 1, 1, 0, 0, 0)
"""The date of everything in an archive: the earliest that a zip can name, so that equal contents are equal bytes."""
_SAME_PYC = {"SOURCE_DATE_EPOCH": "315532800"}  # makes py_compile name sources by their digest and not by their date


class BrowserError(Exception):
    """The browser's Python could not be made. The message holds what pyodide-build or Node said."""


def python(progress: Callable[[str], object]) -> dict[str, bytes]:
    """Path under docs/ -> bytes of all that a page fetches to run Python. Raises `BrowserError`.

    Empty, with a word to the reader, on a Python that pyodide-build does not run on.
    """
    if find_spec("pyodide_cli") is None:
        progress("pyodide-build is not here (it needs Python 3.12 or newer), so no page runs Python")
        return {}
    wheel = _wheel(Path(__file__).parents[2])
    return {f"{PLACE}{name}": content for name, content in _made(wheel).items()}


def fetched(live: Mapping[str, bytes]) -> int:
    """Bytes that a page fetches to start Python, of all that lies under docs/; 0 where Python is not there."""
    return sum(len(live.get(f"{PLACE}{name}", b"")) for name in (*CORE, LOCK, SNAPSHOT, EMPTY))


@cache
def _made(wheel: bytes) -> dict[str, bytes]:
    brought = LIVE / "node_modules" / "pyodide"
    name = f"incompressible-{version('incompressible')}-py3-none-any.whl"
    with TemporaryDirectory() as folder:
        place = Path(folder)
        (place / name).write_bytes(wheel)
        for one in (*CORE, LOCK, LIBRARY):
            shutil.copyfile(brought / one, place / one)
        _pyodide(place, "lockfile", "add-wheels", "--input", LOCK, "--output", "new.json", "--base-path", ".", name)
        (place / "new.json").replace(place / LOCK)
        if _compiles(place / LOCK):
            _pyodide(place, "py-compile", "--silent", ".")
        _settle(place)
        _snapshot(place)
        return {path.name: path.read_bytes() for path in sorted(place.iterdir())}


def _settle(place: Path) -> None:
    """Archives of one date, and a lock file that names no other."""
    for path in (*place.glob("*.whl"), place / LIBRARY):
        path.write_bytes(_dated(path.read_bytes()))
    lock = json.loads((place / LOCK).read_text(encoding="utf-8"))
    (place / LOCK).write_bytes(_ours(lock, place))
    (place / EMPTY).write_bytes(_archive({}))


def _snapshot(place: Path) -> None:
    (wheel,) = place.glob("*.whl")
    _run(["node", str(LIVE / "snapshot.mjs"), str(place), wheel.name, SNAPSHOT], place)
    (place / SNAPSHOT).write_bytes(gzip.compress((place / SNAPSHOT).read_bytes(), mtime=0))


def _pyodide(place: Path, *words: str) -> None:
    _run([sys.executable, "-m", "pyodide_cli", *words], place)


def _run(command: Sequence[str], place: Path) -> None:
    environment = {**os.environ, **_SAME_PYC}
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BrowserError(f"{' '.join(command)} failed:\n{(done.stdout + done.stderr).strip()[-2000:]}")


def _compiles(lock: Path) -> bool:
    """Whether this Python writes the byte code that the browser's Python reads."""
    theirs = json.loads(lock.read_text(encoding="utf-8"))["info"]["python"]
    return theirs.split(".")[:2] == [str(part) for part in sys.version_info[:2]]


def _ours(lock: dict, place: Path) -> bytes:
    """The lock file with our wheel alone, by its digest: of the others none lies on this site."""
    own = lock["packages"]["incompressible"]
    own["sha256"] = hashlib.sha256((place / own["file_name"]).read_bytes()).hexdigest()
    return json.dumps({**lock, "packages": {"incompressible": own}}, sort_keys=True).encode()


def _wheel(home: Path) -> bytes:
    """Our modules as a wheel (the binary distribution format of PyPA's specifications)."""
    paths = [home / top / "__init__.py" for top in ("runners", "explainers")]
    paths += [path for part in PARTS for path in (home / part).rglob("*.py") if "node_modules" not in path.parts]
    ours = {path.relative_to(home).as_posix(): path.read_bytes() for path in sorted(paths)}
    return _archive(ours | _described(version("incompressible"), ours))


def _described(release: str, files: dict[str, bytes]) -> dict[str, bytes]:
    about = f"incompressible-{release}.dist-info"
    told = {
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: incompressible\nVersion: {release}\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: incompressible\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{about}/RECORD": "".join(f"{name},,\n" for name in [*files, f"{about}/METADATA", f"{about}/WHEEL"]),
    }
    return {name: text.encode() for name, text in told.items()}


def _archive(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, WHEN), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _dated(archive: bytes) -> bytes:
    """The same archive with the same dates whenever it is made."""
    with zipfile.ZipFile(io.BytesIO(archive)) as old:
        return _archive({name: old.read(name) for name in old.namelist() if not name.endswith("/")})
