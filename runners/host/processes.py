"""Processes that wait for each other, and processes that end together.

python -m runners.host.processes PARENT MODULE [ARGUMENT]...    run a module that ends when the process PARENT does
"""

from __future__ import annotations

import os
import runpy
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from filelock import FileLock

HOUSE = Path(__file__).parents[2]


def python_path() -> str:
    """The PYTHONPATH under which a process that is started anywhere finds this code."""
    return os.pathsep.join(filter(None, [str(HOUSE), os.environ.get("PYTHONPATH")]))


@contextmanager
def hold_lock(lock: FileLock, say: Callable[[str], None], words: str) -> Iterator[None]:
    """Hold a lock, which ends with its process; where another process has it, say so in these words and wait."""
    from filelock import Timeout

    try:
        lock.acquire(timeout=0)
    except Timeout:
        say(words)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def die_with(parent: int) -> None:
    """End when the parent does, even when it was killed and this process is deep inside a computation."""

    alive = _watcher(parent)

    def watch() -> None:
        while alive():
            time.sleep(1.0)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _watcher(parent: int) -> Callable[[], bool]:
    """What says whether the process that started this one is still there."""
    if os.name != "nt":
        return lambda: os.getppid() == parent  # an orphan gets another parent
    import psutil

    try:
        process = psutil.Process(parent)
    except psutil.NoSuchProcess:
        return lambda: False
    return process.is_running  # Windows keeps naming a parent that has ended, and gives its number to others


if __name__ == "__main__":
    die_with(int(sys.argv[1]))
    sys.argv = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
