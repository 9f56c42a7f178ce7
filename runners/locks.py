"""What one process at a time may do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout


@contextmanager
def held(lock: FileLock, say: Callable[[str], None], words: str) -> Iterator[None]:
    """Hold a lock, which ends with its process; where another process has it, say so in these words and wait."""
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say(words)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
