"""A journal line is a promise: what was kept stays readable, what was damaged is noticed."""

import gzip
import json
import os
import random

import pytest

from runners.schema import Cell, Generate, Item, Reply
from runners.storage import journal as journal_module
from runners.storage.journal import Journal, ReadReport, encode, entries, finished


def cell(number=0, prompt="2 + 2?"):
    item = Item(f"item-{number}", prompt, {"answer": 4})
    return Cell("sums", 1, "ab" * 32, {"build": "x"}, {"held": "free"}, item, Generate(prompt), 0)


def filled(where, count=3):
    journal = Journal(where, {"rig": "here"})
    for number in range(count):
        journal.keep(cell(number), Reply(text=f"four{number}", tokens=("four", str(number))))
    journal.close()
    return journal.path


def test_a_kept_reply_comes_back_whole(tmp_path):
    earlier = Reply(text="so", tokens=("so",), stop="length")
    reply = Reply("4 ✓", ("4", " ✓"), (-0.5, -1.25), 9, 3, 0.1, 0.2, "stop", True, ((-1.5, 2),), (earlier,))
    journal = Journal(tmp_path, {"rig": "here", "model": {"slug": "m"}})
    journal.keep(cell(), reply)
    journal.close()
    (entry,) = entries(tmp_path)
    assert entry.reply == reply
    assert (entry.key, entry.item_hash, entry.run["model"]) == (cell().key, cell().item.hash, {"slug": "m"})


def test_nothing_is_created_before_the_first_reply(tmp_path):
    Journal(tmp_path / "deep", {}).close()
    assert not (tmp_path / "deep").exists()


def test_a_torn_last_line_costs_only_its_own_cell(tmp_path):
    path = filled(tmp_path)
    path.write_bytes(path.read_bytes()[:-20])
    report = ReadReport()
    assert set(finished(tmp_path, report)) == {cell(0).key, cell(1).key}
    assert [(at.name, line) for at, line, _ in report.set_aside] == [(path.name, 3)]


@pytest.mark.parametrize(("old", "new"), [(b"four1", b"five1"), (b'"seed":0', b'"seed":1'), (b"item-1", b"item-9")])
def test_an_altered_line_is_set_aside_and_the_others_stand(tmp_path, old, new):
    path = filled(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], lines[1].replace(old, new), lines[2]]))
    assert set(finished(tmp_path)) == {cell(0).key, cell(2).key}
    assert [entry.item for entry in entries(tmp_path)] == ["item-0", "item-2"]


def test_a_line_moved_under_another_key_is_set_aside(tmp_path):
    path = filled(tmp_path, 1)
    path.write_bytes(path.read_bytes().replace(cell(0).key.encode(), cell(1).key.encode()))
    assert finished(tmp_path) == {}


@pytest.mark.parametrize("said", ["{broken", "[]", "null", "[" * 100_000, None])
def test_a_journal_without_its_run_file_is_set_aside_and_named_and_its_cells_are_asked_again(tmp_path, said):
    path = filled(tmp_path)
    path.with_suffix(".run.json").unlink() if said is None else path.with_suffix(".run.json").write_text(said)
    report = ReadReport()
    assert list(entries(tmp_path, report)) == [] and path.name in str(report)
    assert finished(tmp_path) == {}, "a reply that no table can use would never be asked for again"


def forged(body):
    """A line with the sum that is right for it, which says something that no journal writes."""
    return journal_module._start("ab" * 16, body) + body


@pytest.mark.parametrize("body", [b"}", b'"item":1}', b"[" * 100_000, b'"reply":{"text":', b'"reply":[],"item":1}'])
def test_a_line_that_says_nothing_is_set_aside_and_the_others_stand(tmp_path, body):
    path = filled(tmp_path)
    path.write_bytes(path.read_bytes() + forged(body) + b"\n")
    report = ReadReport()
    assert len(list(entries(tmp_path, report))) == 3
    assert "says nothing that can be read" in str(report) and len(str(report)) < 1000


def test_a_draft_that_a_kill_left_is_swept_and_one_that_is_being_written_is_not(tmp_path):
    old, young = tmp_path / ".x.run.json.0123abcd", tmp_path / ".y.jsonl.gz.0123abcd"
    old.touch(), young.touch()
    os.utime(old, (1e9, 1e9))
    filled(tmp_path)
    assert not old.exists() and young.exists()


def test_a_journal_is_placed_where_a_kill_left_only_what_made_it(tmp_path):
    ((name, run, lines),) = journal_module.raw_journals(filled(tmp_path / "a").parent)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / f"{name}.run.json").write_text("{}")
    journal_module.add_journal(tmp_path / "b", name, run, lines)
    assert len(list(entries(tmp_path / "b"))) == 3


def test_a_failure_is_told_from_an_answer_whatever_the_model_says(tmp_path):
    journal = Journal(tmp_path, {})
    journal.keep(cell(0), Reply(text='","stop":"failed"'))
    journal.keep(cell(1), Reply(stop="failed", error="out of memory"))
    journal.close()
    assert finished(tmp_path) == {cell(0).key: True, cell(1).key: False}


def test_an_answer_outweighs_an_earlier_failure(tmp_path):
    journal = Journal(tmp_path, {})
    journal.keep(cell(0), Reply(text="4"))
    journal.keep(cell(0), Reply(stop="failed", error="late"))
    journal.close()
    assert finished(tmp_path) == {cell(0).key: True}


def test_a_full_disk_leaves_what_was_kept_and_no_half_line(tmp_path, small_disk):
    journal = Journal(small_disk / "runs", {"rig": "here"})
    kept = 0
    with pytest.raises(OSError, match=r"disk|space"):
        for number in range(10_000):
            journal.keep(cell(number), Reply(text="x" * 3000))
            kept += 1
    journal.close()
    report = ReadReport()
    assert len(finished(small_disk / "runs", report)) == kept > 0
    assert report.set_aside == []


def test_a_line_is_one_line_of_json_whatever_the_reply_holds():
    line = encode(cell(), Reply(text='a\nb\r"\u2028\x00', tokens=('a\nb\r"\u2028\x00',)))
    assert line.count(b"\n") == 1
    assert json.loads(line)["reply"]["text"] == 'a\nb\r"\u2028\x00'


def large(where, monkeypatch):
    """A journal that was packed when it was closed, and its three cells."""
    monkeypatch.setattr("runners.storage.journal.LARGE", 100)
    return filled(where).with_suffix(".jsonl.gz")


def test_a_large_journal_is_packed_when_it_is_closed_and_reads_as_before(tmp_path, monkeypatch):
    plain = [entry.reply for entry in entries(filled(tmp_path / "plain").parent)]
    packed = large(tmp_path / "packed", monkeypatch)
    assert [path.suffix for path in sorted(packed.parent.iterdir())] == [".gz", ".json"]
    report = ReadReport()
    assert [entry.reply for entry in entries(packed.parent, report)] == plain
    assert list(finished(packed.parent)) == [cell(number).key for number in range(3)]
    assert report.set_aside == []


def test_a_kill_between_packing_and_taking_the_plain_file_away_doubles_nothing(tmp_path, monkeypatch):
    packed = large(tmp_path, monkeypatch)
    packed.with_suffix("").write_bytes(gzip.decompress(packed.read_bytes()))
    assert [entry.item for entry in entries(tmp_path)] == ["item-0", "item-1", "item-2"]


@pytest.mark.parametrize("damage", ["cut", "altered"])
def test_a_damaged_packed_journal_is_named_and_keeps_the_lines_before_the_damage(tmp_path, monkeypatch, damage):
    monkeypatch.setattr("runners.storage.journal.LARGE", 100)
    journal = Journal(tmp_path, {})
    for number in range(60):
        noise = "".join(random.Random(number).choices("abcdefghijklmnopqrstuvwxyz", k=9000))
        journal.keep(cell(number), Reply(text=noise))
    journal.close()
    (packed,) = tmp_path.glob("*.gz")
    data = bytearray(packed.read_bytes())
    place = len(data) * 3 // 4
    packed.write_bytes(data[:place] if damage == "cut" else data[:place] + bytes(64) + data[place + 64 :])
    report = ReadReport()
    kept = finished(tmp_path, report)
    assert 0 < len(kept) < 60
    assert set(kept) <= {cell(number).key for number in range(60)}
    assert packed.name in str(report)


def test_a_disk_too_full_to_pack_leaves_the_plain_journal(tmp_path, monkeypatch):
    monkeypatch.setattr("runners.storage.journal.LARGE", 100)
    monkeypatch.setattr("runners.storage.packing.write_whole", refusing(journal_module.write_whole))
    path = filled(tmp_path)
    assert path.exists()
    assert len(finished(tmp_path)) == 3


def refusing(write):
    """A `write_whole` for which the disk is full whenever it is given bytes."""

    def refuse(path, content):
        if isinstance(content, bytes):
            raise OSError(28, "No space left on device", str(path))
        write(path, content)

    return refuse


def test_a_journal_can_be_handed_on_and_placed_elsewhere(tmp_path):
    path = filled(tmp_path / "a")
    path.write_bytes(path.read_bytes()[:-20])
    report = ReadReport()
    ((name, run, lines),) = journal_module.raw_journals(tmp_path / "a", report)
    assert (path.name, run["rig"], len(lines)) == (f"{name}.jsonl", "here", 2)
    assert len(report.set_aside) == 1 and all(map(journal_module.is_intact, lines))
    journal_module.add_journal(tmp_path / "b", name, run, lines)
    theirs, ours = list(entries(tmp_path / "b")), list(entries(tmp_path / "a"))
    assert theirs == ours


def test_what_lies_there_is_never_written_over(tmp_path):
    path = filled(tmp_path)
    before = {found: found.read_bytes() for found in tmp_path.iterdir()}
    with pytest.raises(FileExistsError):
        journal_module.add_journal(tmp_path, path.stem, {"rig": "other"}, [])
    assert {found: found.read_bytes() for found in tmp_path.iterdir()} == before


def test_a_disk_too_full_for_the_lines_keeps_no_run_file_without_them(tmp_path, monkeypatch):
    ((name, run, lines),) = journal_module.raw_journals(filled(tmp_path / "a").parent)
    monkeypatch.setattr("runners.storage.journal.write_whole", refusing(journal_module.write_whole))
    with pytest.raises(OSError, match="No space"):
        journal_module.add_journal(tmp_path / "b", name, run, lines)
    assert list((tmp_path / "b").iterdir()) == []
