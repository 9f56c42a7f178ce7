"""Errors of the command line: each ends its verb with one clear line and an exit code."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from .extras import cure

FAILED, USAGE, CANNOT, STALE, INTERRUPTED = 1, 2, 3, 4, 130
"""Exit codes beside 0 (done): some cells failed, usage, this machine cannot, stale pages, interrupted."""

_ROOM = "make room there and give the same command again; every reply that was kept stays"
_RIGHT = "make that writable for you, or take another folder with INCOMPRESSIBLE_HOME or INCOMPRESSIBLE_CACHE"
_CURES = {errno.ENOSPC: _ROOM, errno.EDQUOT: _ROOM, errno.EFBIG: _ROOM}
_CURES |= {errno.EACCES: _RIGHT, errno.EPERM: _RIGHT, errno.EROFS: _RIGHT}


@contextmanager
def plain_errors() -> Iterator[None]:
    """A user's mistake or a machine's limit gives one clear line and the right exit code, never a traceback."""
    try:
        yield
        sys.stdout.flush()  # so that a reader who has gone is noticed here
    except KeyboardInterrupt:
        click.echo("\nInterrupted. Every finished reply is kept; the same command goes on from there.", err=True)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # whoever read our output has seen enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as fault:
        code = _exit_code(fault)
        if code is None:
            raise
        fail(_message(fault), code)


def _exit_code(fault: Exception) -> int | None:
    """The exit code for a fault that a user can do something about; None for one of our own."""
    # Imported here and not before: most commands end without a fault.
    from runners.engine.protocol import EngineError
    from runners.host.settings import SettingError
    from runners.items.facts import FactsError
    from runners.models.gguf import ModelError
    from runners.scheduling.local import MachineError
    from runners.scheduling.plan import PlanError
    from runners.twins.recipe import RecipeError

    from ..exchange.submission import SubmissionError
    from ..frozen.store import FrozenError
    from ..site.build import BuildError
    from ..site.freeze import FreezeError, StaleError
    from .cite import CiteError

    kinds = {
        USAGE: (SettingError, ModelError, PlanError, RecipeError, CiteError),
        CANNOT: (MachineError, EngineError, ModuleNotFoundError),
        FAILED: (BuildError, FactsError, SubmissionError, FreezeError, FrozenError, OSError),
        STALE: (StaleError,),
    }
    return next((code for code, types in kinds.items() if isinstance(fault, types)), None)


def _message(fault: Exception) -> str:
    if isinstance(fault, OSError):
        way_out = f"; {_CURES[fault.errno]}" if fault.errno in _CURES else ""
        return f"{fault.filename or 'the system'}: {fault.strerror or fault}{way_out}"
    if isinstance(fault, ModuleNotFoundError):
        return cure(fault.name or "") or str(fault)
    return str(fault)


def fail(text: str, code: int) -> None:
    """One line on stderr, and out."""
    click.echo(f"Error: {text}", err=True)
    sys.exit(code)


def load_settings(**flags: Any):
    """The settings under these flags. Raises `SettingError`."""
    from runners.host.settings import load

    return load(flags)
