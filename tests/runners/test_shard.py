"""Parts of a run: none has a question of another's, together they have all, and it does not matter where they ran."""

import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runners.experiments import find
from runners.experiments.json_fidelity import EXPERIMENT
from runners.scheduling.shard import Shard
from runners.schema import Item
from runners.storage import journal
from tests.helpers.command import finish, project, start
from tests.helpers.kept import ASK, kept, replies, where

CELLS = len(EXPERIMENT.chosen("quick")) * 4


@settings(max_examples=50)
@given(of=st.integers(1, 30), names=st.sets(st.text(max_size=8), max_size=40))
def test_every_question_is_in_exactly_one_part(of, names):
    items = [Item(name, "", None, {}) for name in names]
    parts = [[item.id for item in items if Shard(part, of).has(item)] for part in range(1, of + 1)]

    assert sorted(name for part in parts for name in part) == sorted(names)


@pytest.mark.parametrize("slug", [slug for slug, one in find().items() if not one.ladder and len(one.items) >= 100])
def test_four_parts_of_an_experiment_are_of_about_one_size(slug):
    items = find()[slug].chosen("full")
    sizes = [sum(Shard(part, 4).has(item) for item in items) / len(items) for part in range(1, 5)]

    assert min(sizes) > 0.15 and max(sizes) < 0.35


@pytest.mark.parametrize("text", ["0/3", "4/3", "1/0", "3", "1/2/3", "-1/2", "a/b", "", "1 / 2", "٣/٤", "1/9999999"])
def test_what_names_no_part_is_refused_with_what_to_give(text, tmp_path):
    with pytest.raises(ValueError, match="2/8"):
        Shard.read(text)
    said = finish(project(tmp_path / "home"), "plan", "--shard", text)
    assert said.returncode == 2 and "give I/N" in said.stderr


def test_a_part_of_the_first_few_cells_is_refused(tmp_path):
    said = finish(project(tmp_path / "home"), "plan", "json-fidelity", "--shard", "1/2", "--limit", "4")
    assert said.returncode == 2 and "give one of them" in said.stderr


def test_parts_at_work_in_one_folder_at_once_ask_everything_once(server, tmp_path, whole):
    home, server.seconds = project(tmp_path / "home"), 0.02
    parts = [start(home, *ASK, server.name, "--shard", f"{part}/3") for part in (1, 2, 3)]

    assert [part.communicate() and part.returncode for part in parts] == [0, 0, 0]
    assert set(kept(home).values()) == {1} and replies(where(home)) == replies(where(whole))
    assert "nothing left to ask" in finish(home, *ASK, server.name).stderr


def test_parts_that_ran_in_folders_of_their_own_are_merged_into_what_one_run_gives(server, tmp_path, whole):
    home, parts = project(tmp_path / "home"), [project(tmp_path / f"part{part}") for part in (1, 2, 3)]
    for number, part in enumerate(parts, start=1):
        assert finish(part, *ASK, server.name, "--shard", f"{number}/3").returncode == 0

    assert sum(len(replies(where(part))) for part in parts) == CELLS
    assert finish(home, "merge", *map(str, parts)).returncode == 0
    assert replies(where(home)) == replies(where(whole))
    before = sorted(where(home).iterdir())
    again = finish(home, "merge", *map(str, parts), str(parts[0] / "data" / "runs"))
    assert again.returncode == 0 and again.stdout.count("already here") == 4
    assert sorted(where(home).iterdir()) == before


def test_a_part_that_goes_on_after_it_was_merged_is_merged_again_and_nothing_is_kept_twice(server, tmp_path, whole):
    home, part = project(tmp_path / "home"), project(tmp_path / "part")
    assert finish(part, *ASK, server.name).returncode == 0
    (path,) = where(part).glob("*.jsonl")
    lines = path.read_bytes().splitlines(keepends=True)
    for taken in (5, 20, len(lines)):
        path.write_bytes(b"".join(lines[:taken]) + b'{"key":"torn')
        said = finish(home, "merge", str(part))
        assert said.returncode == 0 and "torn or altered line" in said.stderr
        assert len(kept(home)) == taken and set(kept(home).values()) == {1}
    assert replies(where(home)) == replies(where(whole))


def test_a_folder_without_replies_is_refused(tmp_path):
    home, empty = project(tmp_path / "home"), tmp_path / "empty"
    empty.mkdir()
    said = finish(home, "merge", str(empty))
    assert said.returncode == 1 and f"{empty}: no replies lie here" in said.stderr.replace("\n", " ")


def test_another_machine_under_the_same_name_is_refused_and_taken_under_another(whole, server, tmp_path):
    part = shutil.copytree(whole, tmp_path / "part")
    for path in where(part).glob("*.run.json"):
        path.write_text(path.read_text().replace('"cores_physical": ', '"cores_physical": 9'))
    before = sorted(path for path in (whole / "data").rglob("*") if path.is_file())
    said = finish(whole, "merge", str(part))
    assert said.returncode == 1 and "two machines" in said.stderr.replace("\n", " ")
    assert sorted(path for path in (whole / "data").rglob("*") if path.is_file()) == before
    assert finish(whole, "merge", "--as", "there-0000", str(part)).returncode == 0
    assert replies(whole / "data" / "runs" / "there-0000" / "json-fidelity") == replies(where(whole))
    assert {entry.run["rig"] for entry in journal.entries(where(whole))} == {"here-0000"}
