"""Seconds from a command to its end: `incompressible --help`, and a `run` that finds everything done.

    python -m tests.bench.startup [RUNS]

By the clock, the least of several. Python's compiled files are kept, as they are for users.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path

from runners.experiments import find
from runners.host.settings import load
from runners.scheduling.plan import make_plan
from runners.schema import Reply
from runners.storage import journal
from tests.bench.rows import HOUSE, Row, show, words

RIG, CELLS = "bench-0000", 5_000
REPLY = Reply("word " * 200, ("word ",) * 200, (-0.5,) * 200)
"""A reply of usual size."""


def rows():
    runs = int(next(iter(words()), 15))
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        (home / "data").mkdir(parents=True)
        shutil.copy(HOUSE / "data" / "models.toml", home / "data")
        names, cells = finished(home)
        environment = clean(Path(folder)) | {"INCOMPRESSIBLE_HOME": str(home), "INCOMPRESSIBLE_RIG": RIG}
        yield Row("`--help`", quickest(["--help"], environment, runs), "s", most=0.2)
        asked = ["run", *names, "--profile", "full"]
        yield Row(f"`run` over {cells:,} finished cells", quickest(asked, environment, runs), "s", most=0.5)


def finished(home: Path) -> tuple[list[str], int]:
    """Keep a reply for every cell of the experiments that have the fewest above 5,000; their names, and how many."""
    settings = load({"home": home, "rig": RIG, "profile": "full"})
    plans = {name: make_plan(settings, [name]) for name, experiment in find().items() if not experiment.ladder}
    some = [names for many in range(1, len(plans) + 1) for names in combinations(plans, many)]
    cells, names = min((left, names) for names in some if (left := sum(plans[name].left for name in names)) >= CELLS)
    for name in names:
        keep(plans[name])
    return list(names), cells


def keep(plan) -> None:
    """Write the journals of a plan as its run would leave them, without forcing each line to disk."""
    for place, task in enumerate(plan.tasks):
        lines = [journal.encode(cell, REPLY).rstrip(b"\n") for cell in task.cells]
        journal.add_journal(task.where, f"20260101T000000Z-{place:08x}", {"rig": plan.rig}, lines)


def clean(folder: Path) -> dict[str, str]:
    """This environment, with compiled files kept in a folder of their own."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": str(folder / "compiled"), "PYTHONPATH": str(HOUSE)}


def quickest(asked: list[str], environment: Mapping[str, str], runs: int) -> float:
    """The least seconds of so many runs, after one that does not count."""
    return min([spent(asked, environment) for _ in range(runs + 1)][1:])


def spent(asked: list[str], environment: Mapping[str, str]) -> float:
    """Seconds that `incompressible` takes for some words. Raises `RuntimeError` with its last ones when it fails."""
    command = [sys.executable, "-m", "explainers.cli.main", *asked]
    began = time.perf_counter()
    done = subprocess.run(command, env=environment, cwd=HOUSE, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return time.perf_counter() - began


if __name__ == "__main__":
    show(__file__, rows())
