"""A module that is run for another process ends as that one does."""

import os
import subprocess
import sys

import psutil

from tests.helpers.command import HOUSE

PARENT = """
import os, subprocess, sys
child = subprocess.Popen([sys.executable, "-m", "runners.host.processes", str(os.getpid()), "lasting"])
print(child.pid, flush=True)
child.wait()
"""


def running(folder, *words):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(folder), str(HOUSE)])}
    return subprocess.Popen([sys.executable, *words], env=environment, stdout=subprocess.PIPE, text=True)


def test_what_was_started_for_a_process_does_not_outlive_it(tmp_path):
    (tmp_path / "lasting.py").write_text("import time\ntime.sleep(600)\n")
    parent = running(tmp_path, "-c", PARENT)
    child = psutil.Process(int(parent.stdout.readline()))
    assert child.is_running()
    parent.kill()
    parent.communicate()
    gone, _ = psutil.wait_procs([child], timeout=30)
    assert gone


def test_a_module_gets_its_words_and_gives_its_exit_status(tmp_path):
    (tmp_path / "telling.py").write_text("import sys\nprint(__name__, *sys.argv[1:])\nsys.exit(7)\n")
    asked = running(tmp_path, "-m", "runners.host.processes", str(os.getpid()), "telling", "--twice", "a b")
    said, _ = asked.communicate()
    assert (said, asked.returncode) == ("__main__ --twice a b\n", 7)
