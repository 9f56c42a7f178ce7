"""When a build is killed or the disk full, the next makes the whole guide, and takes nothing half-made for whole."""

import os
import random
import subprocess
import sys
import time

import psutil
import pytest

from tests.helpers.faults import DEVICE
from tests.helpers.planted import ROOT, experiment, home_in, plant

pytestmark = [pytest.mark.soak, pytest.mark.slow]

BUILD = """
import sys
from pathlib import Path
import runners.experiments
from explainers.site import build, npm
from explainers.cli.errors import plain_errors
from tests.helpers.planted import experiment
runners.experiments.find = lambda: {"json-fidelity": experiment(per_depth=1)}
npm.shutil.which, npm._installed = lambda name: None, lambda modules: False  # as on a machine without npm
with plain_errors():
    build.build(Path(sys.argv[1]))
"""


def start(home, fault=""):
    paths = [str(DEVICE), str(ROOT), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths), "FAULT": fault, "FAULT_OF": str(os.getpid())}
    command = [sys.executable, "-c", BUILD, str(home)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(home, fault=""):
    build = start(home, fault)
    said, _ = build.communicate()
    assert build.returncode == 0
    return said


def made(home):
    """All that is built, but for the note on what was."""
    places = [home / "build" / "docs", home / "data" / "tables", home / "site"]
    files = [path for place in places for path in place.rglob("*") if path.is_file() and path.name != ".built.json"]
    return {path.relative_to(home).as_posix(): path.read_bytes() for path in files}


def kill_in_mkdocs(home, draw):
    build = start(home)
    while build.poll() is None and not psutil.Process(build.pid).children():
        time.sleep(0.01)
    time.sleep(draw.uniform(0, 1.5))
    build.kill()
    build.communicate()


def fill_up(home, place):
    build = start(home, f"full {place} {home}")
    _, said = build.communicate()
    assert build.returncode == 1 and str(home / "build" / "docs" / "charts") in said and "make room" in said, said
    assert "Traceback" not in said


def test_a_build_that_is_killed_or_finds_the_disk_full_is_made_whole_by_the_next(tmp_path, often):
    home = home_in(tmp_path / "home")
    plant(home, asked=experiment(per_depth=1))
    note = tmp_path / "writes"
    finish(home, f"count {note} {home}")
    most, whole, draw = int(note.read_text()), made(home), random.Random(8)
    assert "nothing changed" in finish(home)
    for number in range(often(1)):
        for name in draw.sample([name for name in whole if name.startswith("build/docs/charts/")], 3):
            (home / name).unlink()
        fill_up(home, draw.randint(1, 4))  # a chart takes as many: open, write, force to disk, rename
        if number % 2:
            start(home, f"kill {draw.randint(1, most)} {home}").communicate()
        else:
            kill_in_mkdocs(home, draw)
        finish(home)
        assert made(home) == whole
        assert "nothing changed" in finish(home)
