"""Submissions of strangers: taken whole and true, or not at all and not a byte changed."""

import dataclasses
import gzip
import json

import pytest

from explainers.exchange import submission as form
from explainers.exchange.merge import merge
from explainers.exchange.submission import Submission
from runners.storage import journal
from tests.helpers.given import (
    EXPERIMENTS,
    MACHINE,
    again,
    bytes_of,
    forged,
    home_of,
    made,
    measured,
    one,
    put,
    refused,
    taken,
    told,
)
from tests.helpers.planted import scores, usual


@pytest.fixture
def there(tmp_path):
    """Somebody else's home with a run in it."""
    return measured(home_of(tmp_path / "there"))


@pytest.fixture
def here(tmp_path):
    return home_of(tmp_path / "here")


# -- what is taken -----------------------------------------------------------------------------------------------


def test_a_merged_run_is_read_by_the_journal_and_counts_as_the_original_does(there, here, tmp_path):
    submission = one(there)
    assert taken(here, put(tmp_path, submission)) == ["merged"]
    assert told(here) == told(there)
    where = here / "data" / "runs" / "rig-a" / "json-fidelity"
    assert len(journal.finished(where)) == 24
    assert next(entry.run for entry in journal.entries(where)) == submission.run
    assert sorted(path.name for path in where.iterdir()) == [
        f"{submission.run['started']}-{submission.digest[:32]}{ending}" for ending in (".jsonl.gz", ".run.json")
    ]


def test_failures_unfinished_runs_and_two_turns_come_through(there, here, tmp_path):
    measured(there, lambda item, arm: None if arm["held"] == "free" else usual(item, arm), model="frail")
    measured(there, lambda item, arm: usual(item, arm) if item.tags["depth"] < 3 else False, model="cut")
    assert taken(here, *(put(tmp_path, found.submission) for found in made(there))) == ["merged"] * 3
    assert told(here) == told(there)
    assert told(here)[1] and told(here)[2]


def test_a_file_that_was_merged_is_passed_over_also_twice_in_one_call(there, here, tmp_path):
    path = put(tmp_path, one(there))
    assert taken(here, path, path) == ["merged", "already here"]
    before = bytes_of(here)
    assert taken(here, path) == ["already here"]
    assert taken(here, path, rig="another-name") == ["already here"]
    assert bytes_of(here) == before


def test_your_own_run_is_not_doubled_by_merging_its_submission(there, tmp_path):
    before = bytes_of(there)
    assert taken(there, put(tmp_path, one(there))) == ["already here"]
    assert bytes_of(there) == before


def test_what_a_run_added_since_is_merged_beside_what_was_there(there, here, tmp_path):
    half = Submission(one(there).run, one(there).lines[:10])
    assert taken(here, put(tmp_path, half)) == ["merged"]
    kept = bytes_of(here)
    assert taken(here, put(tmp_path, one(there))) == ["merged"]
    assert kept.items() <= bytes_of(here).items()
    assert told(here) == told(there)


def test_a_cell_that_failed_may_be_answered_later(there, here, tmp_path):
    frail = measured(home_of(tmp_path / "frail"), lambda item, arm: None)
    assert taken(here, put(tmp_path, one(frail)), put(tmp_path, one(there))) == ["merged", "merged"]
    assert told(here)[1] == []


# -- what is refused ---------------------------------------------------------------------------------------------


def test_a_kept_answer_cannot_be_replaced(there, here, tmp_path):
    taken(here, put(tmp_path, one(there)))
    rival = measured(home_of(tmp_path / "rival"), lambda item, arm: scores(True))
    early = again(one(rival), started="19990101T000000Z")  # a reader goes by this first
    assert "another answer to that cell already" in refused(here, put(tmp_path, early))
    assert taken(here, put(tmp_path, early), rig="rig-rival") == ["merged"]


def test_two_machines_under_one_name_are_refused_with_the_cure(there, here, tmp_path):
    taken(here, put(tmp_path, one(there)))
    other = measured(home_of(tmp_path / "b"), machine={**MACHINE, "cpu": "Ryzen <b>"}, model="other")
    path = put(tmp_path, one(other))
    said = refused(here, path)
    assert "AMD EPYC" in said and "Ryzen" in said and "--as NAME" in said
    assert taken(here, path, rig="rig-b") == ["merged"]
    assert (here / "data" / "runs" / "rig-b").is_dir()


def test_two_machines_under_one_name_are_told_apart_within_one_call_too(there, here, tmp_path):
    other = measured(home_of(tmp_path / "b"), machine={**MACHINE, "arch": "arm64"}, model="other")
    assert "two machines" in refused(here, put(tmp_path, one(there)), put(tmp_path, one(other)))


def test_more_memory_is_no_other_machine(there, here, tmp_path):
    other = measured(home_of(tmp_path / "b"), machine={**MACHINE, "memory_total": 1}, model="other")
    assert taken(here, put(tmp_path, one(there)), put(tmp_path, one(other))) == ["merged", "merged"]


def test_one_bad_file_stops_all_of_them(there, here, tmp_path):
    good = put(tmp_path, one(there))
    bad = tmp_path / ("0" * 64 + ".jsonl.gz")
    bad.write_bytes(good.read_bytes())
    assert "renamed or altered" in refused(here, good, bad)


def test_a_disk_that_is_full_half_way_leaves_nothing_behind(there, here, tmp_path, monkeypatch):
    measured(there, model="other")
    paths = [put(tmp_path, found.submission) for found in made(there)]
    whole, wrote = journal.write_whole, []

    def full(path, content):
        wrote.append(path)
        if str(here) in str(path) and sum(str(here) in str(one) for one in wrote) == 4:
            raise OSError(28, "No space left on device", str(path))
        whole(path, content)

    monkeypatch.setattr("runners.storage.journal.write_whole", full)
    before = bytes_of(here)
    with pytest.raises(OSError, match="No space"):
        merge(here, paths, EXPERIMENTS)
    assert bytes_of(here) == before


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"version": 2}, "nobody asks json-fidelity version 2"),
        ({"experiment": "no-such"}, "nobody asks no-such"),
        ({"engine": {"build": "b2"}}, "not the digest of what was asked"),
    ],
)
def test_what_nobody_asks_today_or_with_other_facts_than_the_key_has_is_refused(there, here, tmp_path, facts, says):
    assert says in refused(here, put(tmp_path, again(one(there), **facts)))


def test_nobody_borrows_a_known_models_name_or_calls_a_model_a_twin(there, here, tmp_path):
    submission = one(there)
    known = '[small]\nname="S"\nlicence="x"\nsha256="{}"\nbytes=1\nreleased=2024-01-01\nsources=["hf:a/b:c.gguf"]\n'
    (here / "data" / "models.toml").write_text(known.format("0" * 64))
    assert "run.model.sha256 is not that of small" in refused(here, put(tmp_path, submission))
    (here / "data" / "models.toml").write_text(known.format(submission.run["model"]["sha256"]))
    twin = {**submission.run["model"], "twin": {"ladder": "knowledge", "rung": "f128", "seed": 1}}
    assert "run.model.twin" in refused(here, put(tmp_path, again(submission, model=twin)))
    assert taken(here, put(tmp_path, submission)) == ["merged"]


def line(answer):
    """A journal line that says this, with the sum that is right for it."""
    import hashlib

    body = json.dumps({name: part for name, part in answer.items() if name not in ("key", "sum")},
                      separators=(",", ":"))[1:]  # fmt: skip
    key = answer["key"]
    return f'{{"key":"{key}","sum":"{hashlib.sha256((key + body).encode()).hexdigest()[:16]}",{body}'.encode()


def altered(submission, change):
    """A submission whose first line was changed by somebody who knows how sums are made."""
    answer = json.loads(submission.lines[0])
    change(answer)
    return Submission(submission.run, (line(answer), *submission.lines[1:]))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda a: a.update(extra=1), "extra"),
        (lambda a: a["reply"].update(run="x"), "field reply"),
        (lambda a: a.update(item="d9-99"), "does not ask that"),
        (lambda a: a.update(hash="0" * 32), "does not ask that"),
        (lambda a: a.update(arm={"held": "asked"}), "not the digest"),
        (lambda a: a.update(arm={"held": True}), "does not ask that"),
        (lambda a: a.update(key="0" * 32), "not the digest"),
        (lambda a: a.update(seed=7), "not the digest"),
        (lambda a: a["reply"].update(text="no score in this"), "score of json-fidelity failed"),
        (lambda a: a["reply"].update(text='{"schema_valid": 1e999}'), "can be scored"),
        (lambda a: a["reply"].update(logprobs=["x"]), "field reply.logprobs"),
        (lambda a: a["reply"].update(seconds=-1), "field reply.seconds"),
        (lambda a: a["reply"].update(stop="failed"), "disagree"),
        (lambda a: a["reply"].update(error="x"), "disagree"),
        (lambda a: a["reply"].update(seconds=float("nan")), "no JSON"),
        (lambda a: a.update(at="2026-11-24T00:00:00+00:00\n"), "field at"),
        (lambda a: a["reply"].update(routes=deep(90)), "nested more than 32 deep"),
    ],
)
def test_a_line_that_was_changed_together_with_its_sum_is_refused(there, here, tmp_path, change, says):
    assert says in refused(here, put(tmp_path, altered(one(there), change)))


def deep(levels):
    nested = {}
    for _ in range(levels):
        nested = {"a": nested}
    return nested


def test_other_spellings_of_the_same_line_are_refused(there, here, tmp_path):
    """A key given twice, or spaces, could show one thing to one reader and another to the next."""
    submission = one(there)
    first = submission.lines[0]
    for body in (first[67:-1] + b',"seed":0}', first[67:].replace(b'"seed":0', b'"seed": 0')):
        key = first[8:40]
        import hashlib

        spelt = first[:49] + hashlib.sha256(key + body).hexdigest()[:16].encode() + b'",' + body
        assert journal.is_intact(spelt)
        path = put(tmp_path, Submission(submission.run, (spelt, *submission.lines[1:])))
        assert "not written as a journal writes it" in refused(here, path)


@pytest.mark.parametrize(
    "text", ["\x1b[31mred", "a\x00b", "a\nb", "\x9b31m", "\u202egnp", "a\u200bb", "\ud800", "\uffff"]
)
def test_a_fact_with_a_character_that_does_not_print_is_refused(there, here, tmp_path, text):
    """Among them are those on which the program that draws the charts gives up for good."""
    submission = one(there)
    named = again(submission, model={**submission.run["model"], "name": f"small {text}"})
    assert "field run.model.name" in refused(here, put(tmp_path, named))
    assert "run.machine.gpus" in refused(here, put(tmp_path, again(submission, machine={"gpus": [{"name": text}]})))


def test_facts_of_strangers_are_data_and_come_through_as_they_are(there, here, tmp_path):
    told = "<b>x</b> {{ 7*7 }} `x` ${x} naïve ✓"
    hostile = again(one(there), machine={"cpu": told, "os": "linux"})
    hostile = dataclasses.replace(hostile, run={**hostile.run, "model": {**hostile.run["model"], "name": told}})
    assert taken(here, put(tmp_path, hostile)) == ["merged"]
    (entry, *_) = journal.entries(here / "data" / "runs" / "rig-a" / "json-fidelity")
    assert entry.run["model"]["name"] == told


# -- bounds ------------------------------------------------------------------------------------------------------


def test_a_bomb_is_not_unfolded(here, tmp_path, monkeypatch):
    monkeypatch.setattr(form, "MOST_BYTES", 1 << 20)
    bomb = tmp_path / "bomb.jsonl.gz"
    bomb.write_bytes(gzip.compress(bytes(64 << 20)))
    assert "unpacks to more than" in refused(here, bomb)


def test_sizes_lines_and_replies_have_bounds(there, here, tmp_path, monkeypatch):
    path = put(tmp_path, one(there))
    monkeypatch.setattr(form, "MOST_REPLIES", 23)
    assert "more than 23 lines" in refused(here, path)
    monkeypatch.undo()
    monkeypatch.setattr(form, "MOST_LINE", 100)
    assert "longer than" in refused(here, path)
    monkeypatch.setattr(form, "MOST_PACKED", 100)
    assert "larger than" in refused(here, path)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"\n", b"[]\n", b"null\n", b'{"format":1}\n', b"\xff\xfe\n", b"1e999\n"]
)
def test_what_is_no_submission_is_refused_in_one_line(here, tmp_path, content):
    refused(here, forged(tmp_path, content))
    plain = tmp_path / "plain.jsonl.gz"
    plain.write_bytes(content)
    refused(here, plain)


def test_whatever_follows_the_packed_data_is_refused(there, here, tmp_path):
    path = put(tmp_path, one(there))
    path.write_bytes(path.read_bytes() + gzip.compress(b"more"))
    assert "followed by something else" in refused(here, path)
