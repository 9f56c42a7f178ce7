"""The real command, disturbed at the n-th thing that it writes (see faulty/sitecustomize.py) or at some moment."""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.helpers.command import finish, killed_after, start

DEVICE = Path(__file__).parent / "faulty"


@dataclass(frozen=True)
class Trial:
    """A command that is to be disturbed.

    words  what is said to it
    make   a fresh project for it, in a folder
    kept   what must never be lost or altered again once it is there, by name
    end    all that it leaves when it is through
    more   variables of its environment, given its project
    """

    words: tuple[str, ...]
    make: Callable[[Path], Path]
    kept: Callable[[Path], Mapping[str, Any]]
    end: Callable[[Path], Any]
    more: Callable[[Path], Mapping[str, str]] = field(default=lambda home: {})

    def finish(self, home: Path) -> subprocess.CompletedProcess:
        """Run it to its end, undisturbed."""
        return finish(home, *self.words, more=self.more(home))

    def disturbed(self, kind: str, place: int | Path, home: Path) -> subprocess.CompletedProcess:
        """Run it to its end, or to its fault."""
        path = os.pathsep.join(filter(None, [str(DEVICE), os.environ.get("PYTHONPATH")]))
        fault = {"FAULT": f"{kind} {place} {home}", "FAULT_OF": str(os.getpid()), "PYTHONPATH": path}
        process = start(home, *self.words, more={**fault, **self.more(home)})
        out, err = process.communicate()
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def writes(self, home: Path) -> int:
        """How often it writes something when nobody disturbs it."""
        note = home.with_name(f"{home.name}.writes")
        done = self.disturbed("count", note, home)
        assert done.returncode == 0, done.stderr
        return int(note.read_text())


def survive(trial: Trial, folder: Path, times: int, seed: int) -> None:
    """Kill a command again and again, half of the time at some write and half of the time at some moment. What it kept
    must stay as it is, and when it comes to its end all must be as if nobody had disturbed it."""
    whole, began = trial.make(folder / "undisturbed"), time.monotonic()
    most, seconds, said = trial.writes(whole), time.monotonic() - began, trial.end(whole)
    draw, home, kept = random.Random(seed), trial.make(folder / "home"), {}
    for number in range(times):
        if draw.random() < 0.5:
            done = killed_after(draw.uniform(0, seconds), home, *trial.words, more=trial.more(home))
        else:
            done = trial.disturbed("kill", draw.randint(1, most), home).returncode == 0
        now = trial.kept(home)
        assert kept.items() <= now.items(), "something that was kept is lost or altered"
        kept = now
        if done:
            assert trial.end(home) == said
            home, kept = trial.make(folder / f"home-{number}"), {}
    last = trial.finish(home)
    assert last.returncode == 0, last.stderr
    assert trial.end(home) == said


def fill_up(trial: Trial, folder: Path, places: Callable[[int], list[int]]) -> None:
    """Let the disk be full from some write on. It must be said in one line that names a file of the project and what to
    do; what was kept must stay; and with room again all must come to its end."""
    whole = trial.make(folder / "undisturbed")
    most, said = trial.writes(whole), trial.end(whole)
    for place in places(most):
        home = trial.make(folder / f"full-{place}")
        done = trial.disturbed("full", place, home)
        assert done.returncode in (0, 1, 2, 3) and "Traceback" not in done.stderr, done.stderr
        if done.returncode:
            assert str(home) in done.stderr and "room" in done.stderr, f"at write {place}: {done.stderr}"
        kept = trial.kept(home)
        last = trial.finish(home)
        assert last.returncode == 0, last.stderr
        assert kept.items() <= trial.kept(home).items()
        assert trial.end(home) == said
