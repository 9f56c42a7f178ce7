"""CPU seconds of `incompressible --help` and of a `run` that finds everything done. Goals: 0.3 and 0.6."""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from runners.journal import Journal
from runners.plan import make
from runners.schema import Reply
from runners.settings import load

RUNS = 7


def main() -> None:
    print(f"--help            {cpu(['--help'], {}):6.3f} s CPU   (median of {RUNS})")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "data").mkdir()
        shutil.copy("data/models.toml", home / "data")
        cells = finish_all(home)
        environment = {"INCOMPRESSIBLE_HOME": str(home), "INCOMPRESSIBLE_RIG": "bench-0000"}
        print(f"no-op run         {cpu(['run'], environment):6.3f} s CPU   ({cells} finished cells)")


def finish_all(home: Path) -> int:
    """Keep a reply of usual size for every cell of the quick profile."""
    plan = make(load({"home": home, "rig": "bench-0000"}))
    for task in plan.tasks:
        journal = Journal(task.where, {"rig": plan.rig})
        for cell in task.cells:
            journal.keep(cell, Reply("word " * 200, ("word ",) * 200, (-0.5,) * 200))
        journal.close()
    return sum(len(task.cells) for task in plan.tasks)


def cpu(words: list[str], environment: dict[str, str]) -> float:
    return statistics.median(once(words, environment) for _ in range(RUNS))


def once(words: list[str], environment: dict[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "explainers.cli", *words]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
