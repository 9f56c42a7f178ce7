"""A run asks what is missing, keeps what it gets, and never asks twice, whatever happens to it."""

import random
from collections import Counter

import pytest

from runners.experiments.json_fidelity import EXPERIMENT
from runners.storage import journal
from tests.helpers.command import finish, killed_after, project, start
from tests.helpers.kept import kept, where

CELLS = len(EXPERIMENT.chosen("quick")) * 4


@pytest.fixture
def home(tmp_path):
    return project(tmp_path / "home")


def table(home):
    """Every reply's scores that do not depend on time, and its text."""
    items = {item.id: item for item in EXPERIMENT.items}
    rows = {}
    for entry in journal.entries(where(home)):
        scores = EXPERIMENT.score(items[entry.item], entry.arm, entry.reply)
        scores.pop("tokens_per_second")
        rows[entry.item, entry.arm["held"]] = (entry.reply.text, entry.reply.logprobs, repr(scores))
    return rows


def test_a_run_keeps_every_cell_and_a_second_one_asks_nothing(home, server):
    first = finish(home, "run", "json-fidelity", "--model", server.name)
    assert first.returncode == 0, first.stderr
    assert len(kept(home)) == CELLS
    asked = len(server.asked)
    second = finish(home, "run", "json-fidelity", "--model", server.name)
    assert (second.returncode, len(server.asked)) == (0, asked)
    assert "nothing left to ask" in second.stderr


@pytest.mark.soak
def test_kills_at_random_moments_lose_nothing_repeat_nothing_and_change_nothing(home, server, tmp_path, often):
    undisturbed = project(tmp_path / "undisturbed")
    assert finish(undisturbed, "run", "json-fidelity", "--model", server.name).returncode == 0
    server.seconds, draw, before = 0.25, random.Random(1), Counter()
    for _ in range(often(8)):
        killed_after(draw.uniform(0.4, 1.6), home, "run", "json-fidelity", "--model", server.name)
        now = kept(home)
        assert before <= now, "a finished reply was lost"
        before = now
    server.seconds = 0.0
    assert finish(home, "run", "json-fidelity", "--model", server.name).returncode == 0
    assert set(kept(home).values()) == {1}, "a finished reply was asked for again"
    assert table(home) == table(undisturbed)


def test_two_runs_at_once_share_the_work_and_repeat_nothing(home, server):
    server.seconds = 0.02
    runs = [start(home, "run", "json-fidelity", "--model", server.name) for _ in range(3)]
    assert [run.communicate() and run.returncode for run in runs] == [0, 0, 0]
    assert len(kept(home)) == CELLS and set(kept(home).values()) == {1}


def test_a_damaged_line_is_reported_and_only_its_cell_is_asked_again(home, server):
    finish(home, "run", "json-fidelity", "--model", server.name)
    (path,) = where(home).glob("*.jsonl")
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(
        b"".join(lines[:5]) + lines[5].replace(b"reply", b"rEply", 1) + b"".join(lines[6:-1]) + lines[-1][:-9]
    )
    asked = len(server.asked)
    again = finish(home, "run", "json-fidelity", "--model", server.name)
    assert again.returncode == 0
    assert f"{path.name}:6" in again.stderr and f"{path.name}:{CELLS}" in again.stderr
    assert len(kept(home)) == CELLS
    # Two cells, of which each may have two turns, and at most one probe of the constraint.
    assert 2 <= len(server.asked) - asked <= 6


def test_a_limited_run_is_kept_apart_and_stamped(home, server):
    assert finish(home, "run", "json-fidelity", "--model", server.name, "--limit", "3").returncode == 0
    assert not where(home).exists() or not kept(home)
    (entry, *_) = journal.entries(where(home).with_name("json-fidelity~limit3"))
    assert entry.run["limit"] == 3
    assert f'"left": {CELLS}' in finish(home, "plan", "--model", server.name, "--json").stdout


def test_the_quick_profile_is_not_asked_again_by_the_full_one(home, server):
    finish(home, "run", "json-fidelity", "--model", server.name)
    quick = dict(kept(home))
    plan = finish(home, "plan", "--model", server.name, "--profile", "full", "--json")
    assert f'"done": {len(quick)}' in plan.stdout


def test_batch_width_is_part_of_the_key(home, server):
    finish(home, "run", "json-fidelity", "--model", server.name)
    assert f'"left": {CELLS}' in finish(home, "plan", "--model", server.name, "--json", "--width", "2").stdout


def test_failures_are_recorded_and_asked_again_only_on_demand(home, server):
    server.refuses = lambda prompt: "patient:" in prompt
    first = finish(home, "run", "json-fidelity", "--model", server.name)
    failed = [key for key, answered in journal.finished(where(home)).items() if not answered]
    assert first.returncode == 1 and f"{len(failed)} cells failed" in first.stderr and failed
    asked = len(server.asked)
    assert finish(home, "run", "json-fidelity", "--model", server.name).returncode == 1
    assert len(server.asked) == asked
    server.refuses = lambda prompt: False
    assert finish(home, "run", "json-fidelity", "--model", server.name, "--retry-failed").returncode == 0
    assert all(journal.finished(where(home)).values())


def test_a_server_that_is_not_there_costs_one_clear_line(home, server):
    server.close()
    down = finish(home, "run", "json-fidelity", "--model", server.name)
    assert down.returncode == 1 and "is it running" in down.stderr
    assert "Traceback" not in down.stderr


@pytest.mark.engine
@pytest.mark.slow
@pytest.mark.soak
def test_kills_of_a_real_engine_lose_repeat_and_change_nothing(home, tmp_path, starter, often):
    # Short replies: some written, some chosen, some held by a grammar.
    words = ("run", "story-state", "--model", str(starter.path), "--limit", "24")
    undisturbed = project(tmp_path / "undisturbed")
    assert finish(undisturbed, *words).returncode == 0
    draw = random.Random(2)
    for _ in range(often(5)):
        killed_after(draw.uniform(0.8, 4.0), home, *words)
    assert finish(home, *words).returncode == 0
    replies = [
        sorted(
            (entry.key, entry.reply.text, entry.reply.logprobs, entry.reply.options)
            for entry in journal.entries(where(at).parent / "story-state~limit24")
        )
        for at in (home, undisturbed)
    ]
    assert len(replies[0]) == 24 and replies[0] == replies[1]
