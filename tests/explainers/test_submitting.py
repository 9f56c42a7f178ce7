"""The verbs compare, submit and merge as their users meet them."""

import json
import re

import pytest

import runners.experiments
import runners.scheduling.plan
from tests.helpers.given import EXPERIMENTS, again, bytes_of, home_of, measured, one, put, runs, say
from tests.helpers.planted import scores
from tests.helpers.spoken import said


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A home in which one experiment is known, on a machine whose rig is called rig-mine."""
    monkeypatch.setattr(runners.experiments, "find", lambda: EXPERIMENTS)
    monkeypatch.setattr(runners.scheduling.plan, "find", lambda: EXPERIMENTS)
    for word, value in (("HOME", tmp_path / "home"), ("CACHE", tmp_path / "cache"), ("RIG", "rig-mine")):
        monkeypatch.setenv(f"INCOMPRESSIBLE_{word}", str(value))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("explainers.exchange.submit.private_words", lambda: {"/home/alice": "home folder"})
    return home_of(tmp_path / "home")


# -- compare -----------------------------------------------------------------------------------------------------


def test_your_run_stands_beside_the_published_one_with_paired_differences(here):
    measured(here, rig="rig-mine")
    measured(here, lambda item, arm: scores(True), rig="rig-published")
    found = said("compare", "json-fidelity")
    assert found.exit_code == 0 and "1 model with the same weights" in found.stderr
    head, *rows = [line.split("\t") for line in found.stdout.splitlines()]
    assert all(len(row) == len(head) for row in rows)
    row = next(row for row in rows if row[head.index("arm")] == "asked" and row[head.index("number")] == "schema valid")
    cells = dict(zip(head, row, strict=True))
    assert (cells["weights"], cells["rig"], cells["other rig"]) == ("same weights", "rig-mine", "rig-published")
    assert (cells["here"], cells["there"]) == ("0.0% (n 6)", "100.0% (n 6)")
    assert cells["same questions"] == "6 of 6" and cells["difference"].startswith("−100.0 points")


def test_json_has_the_same_rows_and_speeds_without_a_difference(here):
    measured(here, rig="rig-mine")
    measured(here, rig="rig-published")
    rows = json.loads(said("compare", "--json").stdout)
    speeds = [row for row in rows if row["speed"]]
    assert speeds and {row["metric"] for row in speeds} == {"tokens_per_second"}
    assert all(row["difference"] is None and row["mine"]["rig"] != row["theirs"]["rig"] for row in speeds)
    assert all(row["difference"] for row in rows if not row["speed"] and row["metric"] == "schema_valid")


@pytest.mark.parametrize(
    ("planted", "says"),
    [
        ([], "nothing was measured on rig-mine yet; run `incompressible run"),
        (["rig-published"], "nothing was measured on rig-mine yet; run `incompressible run"),
        (["rig-mine"], "all replies in data/runs are of one rig, rig-mine"),
    ],
)
def test_where_there_is_nothing_to_compare_a_sentence_says_what_to_do(here, monkeypatch, planted, says):
    monkeypatch.delenv("INCOMPRESSIBLE_RIG")
    monkeypatch.setattr("runners.host.machine.rig", lambda backend: "rig-mine")
    for rig in planted:
        measured(here, rig=rig)
    found = said("compare")
    assert found.exit_code == 0 and says in found.stdout and len(found.stdout.splitlines()) == 1
    assert json.loads(said("compare", "--json").stdout) == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["compare", "nothing"], "no experiment is called 'nothing'"),
        (
            ["compare", "--rig", "rig-nowhere"],
            "no rig is called 'rig-nowhere' in data/runs; there are: rig-mine, rig-p",
        ),
        (["compare", "--rig", "../up"], "--rig"),
        (["compare", "--against", "gpt"], "no other rig has measured 'gpt'; there are: small"),
        (["merge"], "FILE"),
        (["merge", "--as", "../up", "x"], "lower-case words joined by hyphens"),
    ],
)
def test_a_mistake_gives_exit_2_and_one_clear_line(here, words, says):
    measured(here, rig="rig-mine")
    measured(here, rig="rig-published")
    found = said(*words)
    assert found.exit_code == 2 and says in found.stderr and found.stdout == ""


def test_another_rig_and_another_model_can_be_named(here):
    measured(here, rig="rig-mine", model="other", name="other Q4_1")
    measured(here, rig="rig-published")
    assert "not measured elsewhere" in said("compare").stdout
    found = said("compare", "--rig", "rig-published", "--against", "other")
    assert found.exit_code == 0 and "other weights: other Q4_1" in found.stdout


# -- submit ------------------------------------------------------------------------------------------------------


def test_submit_shows_what_would_leave_and_writes_nothing(here, tmp_path):
    measured(here, rig="rig-mine")
    before = sorted(tmp_path.rglob("*"))
    for words in (["submit"], ["submit", "--dry-run"], ["submit", "--dry-run", "--out", str(tmp_path / "out")]):
        found = said(*words)
        assert found.exit_code == 0 and "nothing is ever sent" in found.stderr
        assert re.search(r"rig-mine\tsmall Q4_1\t24\t0\t\d+\t0\t[0-9a-f]{64}\.jsonl\.gz", found.stdout)
        assert "machine.cpu\tAMD EPYC" in found.stdout
    assert sorted(tmp_path.rglob("*")) == before
    assert json.loads(said("submit", "--json").stdout)[0]["run"]["rig"] == "rig-mine"


def test_a_rig_without_runs_is_told_what_to_do(here):
    found = said("submit")
    assert found.exit_code == 0 and "rig-mine has no run that could be contributed" in found.stdout


def test_what_must_not_leave_stops_with_exit_1_and_names_file_and_field(here, tmp_path):
    measured(here, rig="rig-mine")
    say(runs(here)[0], model={"licence": "see /home/alice/licence"})
    found = said("submit", "--out", str(tmp_path / "out"))
    assert found.exit_code == 1 and found.stdout == "" and not (tmp_path / "out").exists()
    assert re.search(r"json-fidelity/\S+\.jsonl: field run\.model\.licence holds '/home/alice", found.stderr)


def test_what_submit_writes_merge_takes_in_and_compare_sees(here, tmp_path, monkeypatch):
    measured(here, rig="rig-mine")
    assert said("submit", "--out", str(tmp_path / "out")).exit_code == 0
    theirs = home_of(tmp_path / "theirs")
    measured(theirs, rig="rig-theirs")
    monkeypatch.setenv("INCOMPRESSIBLE_HOME", str(theirs))
    (file,) = (tmp_path / "out").iterdir()
    found = said("merge", str(file))
    assert found.exit_code == 0 and "merged" in found.stdout
    assert "already here" in said("merge", str(file)).stdout
    assert json.loads(said("merge", "--json", str(file)).stdout)[0]["replies"] == 24
    assert "rig-mine" in said("compare", "--rig", "rig-theirs").stdout


# -- merge -------------------------------------------------------------------------------------------------------


def test_a_file_that_is_no_submission_gives_exit_1_and_one_line(here, tmp_path):
    (tmp_path / "x.jsonl.gz").write_bytes(b"no gzip")
    found = said("merge", str(tmp_path / "x.jsonl.gz"))
    assert found.exit_code == 1 and "x.jsonl.gz: not whole gzip data" in found.stderr and found.stdout == ""
    missing = said("merge", str(tmp_path / "gone"))
    assert missing.exit_code == 1 and "gone" in missing.stderr and "Traceback" not in missing.stderr


def test_no_control_character_of_a_stranger_reaches_the_terminal(here, tmp_path):
    told, hostile = "<b>x</b> {{ 7*7 }}", "\x1b[31mred\x1b[0m \x07 \x9b31m \u202egnp"
    failing = lambda item, arm: None if arm["held"] == "free" else scores(True)  # noqa: E731
    sender = measured(home_of(tmp_path / "sender"), failing, said=hostile)
    submission = one(sender)
    refused = again(submission, machine={"cpu": hostile})
    submission = again(submission, model={**submission.run["model"], "name": told}, machine={"cpu": told})
    outputs = [said("merge", str(put(tmp_path, submission)))]
    outputs += [said("status"), said("compare", "--rig", "rig-a"), said("submit", "--rig", "rig-a")]
    measured(here, rig="rig-mine", machine={"cpu": "x"})
    outputs += [said("compare", "--rig", "rig-a"), said("compare", "--against", "small")]
    clash = again(submission, started="20200101T000000Z", machine={"cpu": f"other {told}"})
    outputs += [said("merge", str(put(tmp_path, one))) for one in (clash, refused)]
    for found in outputs:
        assert found.exit_code in (0, 1)
        assert not [letter for letter in found.output if not letter.isprintable() and letter not in "\n\t"]
    assert any("<b>x</b> {{ 7*7 }}" in found.stdout for found in outputs)


def test_a_refused_file_changes_nothing(here, tmp_path):
    measured(here, rig="rig-mine")
    before = bytes_of(here)
    submission = again(one(measured(home_of(tmp_path / "sender"))), rig="rig-mine", machine={"cpu": "another"})
    found = said("merge", str(put(tmp_path, submission)))
    assert found.exit_code == 1 and "--as NAME" in found.stderr
    assert bytes_of(here) == before
    assert said("merge", str(put(tmp_path, submission)), "--as", "rig-b").exit_code == 0
