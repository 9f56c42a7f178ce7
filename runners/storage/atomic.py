"""Atomic writes: files that are there whole or not at all, and faults of a disk that say which file it was."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_DRAFT = re.compile(r"\..+\.[0-9a-f]{8}")
_OLD = 86_400
"""Seconds after which a draft, which is there for a moment, is nobody's any more."""


_PAUSES = (0.01, 0.04, 0.15, 0.3, 0.5)
"""Seconds between attempts to rename over a file that somebody reads."""


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file so that a reader sees either all of it or none of it."""
    data = content.encode() if isinstance(content, str) else content
    draft = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    try:
        with name_in_errors(path):
            with draft.open("wb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            _put(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _put(draft: Path, path: Path) -> None:
    """Rename a draft over the file. Windows refuses that while somebody reads the file, so it is tried again there for
    a second. Raises `OSError`."""
    for pause in _PAUSES if os.name == "nt" else ():
        try:
            draft.replace(path)
            return
        except PermissionError:
            time.sleep(pause)
    draft.replace(path)


@contextmanager
def name_in_errors(path: Path) -> Iterator[None]:
    """Name a file in the fault of a disk, which knows a number only, or a draft."""
    try:
        yield
    except OSError as fault:
        raise OSError(fault.errno, fault.strerror or str(fault), str(path)) from fault


def remove_stale_drafts(where: Path) -> None:
    """Take away the drafts that a kill left."""
    for draft in where.glob(".*"):
        with suppress(OSError):  # others may sweep as well, and who may not write here has other things to say
            if _DRAFT.fullmatch(draft.name) and draft.stat().st_mtime < time.time() - _OLD:
                draft.unlink()
