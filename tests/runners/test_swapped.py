"""Weights that are cut, altered, renamed or swapped, and engines that abort, hang or may have no memory: the command
answers from the right weights, or says in one line which file it was and what to do."""

import hashlib
import os
import random
import shutil
import signal
import time
from contextlib import suppress

import psutil
import pytest

from runners.models.local_caches import Digests
from runners.storage import journal
from tests.helpers.command import finish, project, start
from tests.helpers.kept import ASK, replies, where
from tests.helpers.processes import below
from tests.helpers.stand_ins import leave_bare
from tests.helpers.twin_files import HOUSE

ONE, OTHER = (HOUSE / "data" / "twins" / "json" / f"json-f128-s{seed}.gguf" for seed in (1, 2))


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A project that knows one model, whose only source is not there, and a user who has no weights."""
    leave_bare(monkeypatch, tmp_path / "user")
    monkeypatch.setenv("INCOMPRESSIBLE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("LLAMA_CACHE", str(tmp_path / "llama"))
    home = project(tmp_path / "home")
    facts = ["[tiny]", 'name = "Tiny"', 'licence = "MIT"', f"bytes = {ONE.stat().st_size}", "released = 2024-01-31"]
    facts += [f'sha256 = "{hashlib.sha256(ONE.read_bytes()).hexdigest()}"', 'sources = ["wheel:no-such==1.0"]']
    (home / "data" / "models.toml").write_text("\n".join(facts))
    (tmp_path / "cache" / "models").mkdir(parents=True)
    (tmp_path / "llama").mkdir()
    return home


def spoilt(how):
    whole = ONE.read_bytes()
    middle = len(whole) // 2
    flipped = whole[:middle] + bytes([whole[middle] ^ 4]) + whole[middle + 1 :]
    return {"cut": whole[:-5], "flipped": flipped, "swapped": OTHER.read_bytes(), "header": b"GGUF" + whole[9:]}[how]


@pytest.mark.parametrize("how", ["cut", "flipped", "swapped", "header"])
def test_spoilt_weights_under_a_known_name_are_not_that_model(home, tmp_path, how):
    (tmp_path / "cache" / "models" / "tiny.gguf").write_bytes(spoilt(how))
    refused = finish(home, "models", "get", "tiny")
    assert refused.returncode == 2 and "tiny cannot be had" in refused.stderr and "Traceback" not in refused.stderr
    shutil.copy(ONE, tmp_path / "llama" / "called-otherwise.gguf")
    found = finish(home, "models", "get", "tiny")
    assert found.stdout.strip() == str(tmp_path / "llama" / "called-otherwise.gguf"), found.stderr


@pytest.mark.parametrize("how", ["cut", "header"])
def test_a_spoilt_file_that_is_named_by_its_path_is_refused_with_the_cure(home, tmp_path, how):
    path = tmp_path / "mine.gguf"
    path.write_bytes(spoilt(how))
    refused = finish(home, *ASK, str(path))
    assert refused.returncode == 2 and str(path) in refused.stderr and "; " in refused.stderr
    assert "Traceback" not in refused.stderr and not where(home).exists()


def test_a_file_that_is_written_over_with_another_of_its_size_and_date_is_another_model(tmp_path):
    path = shutil.copy2(ONE, tmp_path / "m.gguf")
    digests, before = Digests(tmp_path), os.stat(path)
    first = digests.of(path)
    with open(path, "r+b") as file:
        file.write(OTHER.read_bytes())
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = os.stat(path)
    assert (before.st_size, before.st_mtime_ns, before.st_ino) == (after.st_size, after.st_mtime_ns, after.st_ino)
    assert Digests(tmp_path).of(path) == hashlib.sha256(OTHER.read_bytes()).hexdigest() != first


@pytest.mark.engine
def test_a_renamed_file_answers_as_itself_and_a_swapped_or_altered_one_never_does(home, tmp_path):
    path, moved = tmp_path / "mine.gguf", tmp_path / "elsewhere" / "yours.gguf"
    shutil.copy(ONE, path)
    assert finish(home, "run", "quant-answers", "--limit", "2", "--model", str(path)).returncode == 0
    moved.parent.mkdir()
    path.rename(moved)
    again = finish(home, "run", "quant-answers", "--limit", "2", "--model", str(moved))
    assert "nothing left to ask: 10 cells" in again.stderr
    for how in ("swapped", "flipped"):
        path.write_bytes(spoilt(how))
        plan = finish(home, "plan", "quant-answers", "--limit", "2", "--model", str(path), "--json")
        assert plan.stdout.count('"done": 0') == 5 and plan.stdout.count('"left": 2') == 5, plan.stderr


SIGNALS = (signal.SIGSTOP, signal.SIGABRT, signal.SIGKILL, signal.SIGSEGV, signal.SIGBUS)


@pytest.mark.engine
@pytest.mark.soak
def test_an_engine_that_dies_or_stands_still_under_a_run_costs_no_reply(home, often):
    words, draw = ("run", "quant-answers", "--limit", "10", "--model", str(ONE)), random.Random(9)
    assert finish(home, *words).returncode in (0, 1)
    folder = where(home).with_name("quant-answers~limit10")
    whole = replies(folder)
    for number in range(often(1)):
        shutil.rmtree(folder)
        run = start(home, *words, more={"INCOMPRESSIBLE_CELL_SECONDS": "2"})
        disturb(run, folder, draw.randint(0, 40), SIGNALS[number % len(SIGNALS)])
        assert run.communicate() and run.returncode in (0, 1)
        assert replies(folder) == whole


def disturb(run, folder, after, how):
    """Send a signal to the engine of a run once so many replies are kept."""
    while run.poll() is None and len(journal.finished(folder)) < after:
        time.sleep(0.01)
    for engine in below(run.pid, "runners.engine.worker") if run.poll() is None else []:
        with suppress(psutil.NoSuchProcess):
            engine.send_signal(how)


@pytest.mark.engine
def test_an_engine_that_may_have_too_little_memory_is_named_with_its_file(home):
    small = start(home, "run", "quant-answers", "--model", str(ONE), more={"INCOMPRESSIBLE_MEMORY_GB": "0.2"})
    _, said = small.communicate()
    assert small.returncode == 1 and ONE.name in said and "Traceback (most" not in said.splitlines()[-1]
