"""The command line as users run it: in a process of its own, on a project folder of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

HOUSE = Path(__file__).parent.parent.parent


def project(folder: Path) -> Path:
    """An empty project: nothing measured, the known models listed."""
    (folder / "data").mkdir(parents=True)
    shutil.copy(HOUSE / "data" / "models.toml", folder / "data")
    return folder


def start(home: Path, *words: str, more: Mapping[str, str] | None = None, **options) -> subprocess.Popen:
    """Start `incompressible ...` on a project; `more` are variables of its environment."""
    environment = os.environ | {"INCOMPRESSIBLE_HOME": str(home), "INCOMPRESSIBLE_RIG": "here-0000"} | (more or {})
    command = [sys.executable, "-m", "explainers.cli.main", *words]
    return subprocess.Popen(
        command,
        env=environment,
        cwd=HOUSE,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=_heed_interrupts,
        **options,
    )


def _heed_interrupts() -> None:
    """A shell that runs the tests in the background makes them, and all that they start, deaf to Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def finish(home: Path, *words: str, more: Mapping[str, str] | None = None) -> subprocess.CompletedProcess:
    """Run `incompressible ...` to its end."""
    process = start(home, *words, more=more)
    out, err = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def killed_after(seconds: float, home: Path, *words: str, more: Mapping[str, str] | None = None) -> bool:
    """Run `incompressible ...` and kill it without warning after some time, unless it was faster. Whether it came to
    its end."""
    process = start(home, *words, more=more)
    with suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    process.kill()
    process.communicate()
    return process.returncode == 0
