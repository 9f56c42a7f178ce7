"""Whatever happens to a journal, a merge or a clock: what was whole stays, and the rest is asked again."""

import random

import pytest

from runners.storage import journal
from tests.helpers.command import finish, killed_after, project
from tests.helpers.kept import ASK, kept, replies, where

pytestmark = pytest.mark.soak


def journal_of(home):
    (path,) = where(home).glob("*.jsonl")
    return path


# -- damage, each kind of which takes lines and gives lines ----------------------------------------------------------


def torn(draw, lines):
    place = draw.randrange(len(lines))
    return [*lines[:place], lines[place][: draw.randrange(1, len(lines[place]) - 1)] + b"\n", *lines[place + 1 :]]


def doubled(draw, lines):
    return [*lines, *draw.sample(lines, 3)]


def reordered(draw, lines):
    return draw.sample(lines, len(lines))


def altered(draw, lines):
    place = draw.randrange(len(lines))
    line = bytearray(lines[place])
    line[draw.randrange(len(line) - 1)] ^= 1 << draw.randrange(8)
    return [*lines[:place], bytes(line), *lines[place + 1 :]]


def run_together(draw, lines):
    """A line whose end is another character."""
    place = draw.randrange(len(lines))
    return [*lines[:place], lines[place][:-1] + bytes([draw.choice(b"\0 x}")]), *lines[place + 1 :]]


def lost(draw, lines):
    return draw.sample(lines, len(lines) - 3)


def mixed_up(draw, lines):
    """The start of one line and the end of another."""
    one, other = draw.sample(range(len(lines)), 2)
    cut = draw.randrange(1, min(len(lines[one]), len(lines[other])))
    return [lines[one][:cut] + lines[other][cut:] if at == one else line for at, line in enumerate(lines)]


DAMAGE = (torn, doubled, reordered, altered, run_together, lost, mixed_up)


def test_a_journal_damaged_in_every_way_still_says_all_that_is_whole_in_it_and_nothing_else(whole, often):
    said, lines = replies(where(whole)), journal_of(whole).read_bytes().splitlines(keepends=True)
    draw, whole_lines = random.Random(7), {line[:-1] for line in lines}
    for _ in range(often(60)):
        spoilt = lines
        for damage in draw.sample(DAMAGE, draw.randrange(1, len(DAMAGE))):
            spoilt = damage(draw, spoilt)
        journal_of(whole).write_bytes(b"".join(spoilt))
        report = journal.ReadReport()
        found = replies(where(whole), report)
        sound = {line[8:40].decode() for line in spoilt if line[:-1] in whole_lines}
        assert sound <= found.keys() and found.items() <= said.items()
        assert set(journal.finished(where(whole))) == found.keys()
        assert bool(report.set_aside) == any(line[:-1] not in whole_lines for line in spoilt)


def test_what_was_damaged_is_asked_again_and_all_is_as_if_nothing_had_happened(whole, server, often):
    said, draw = replies(where(whole)), random.Random(3)
    for _ in range(often(3)):
        path = draw.choice(sorted(where(whole).glob("*.jsonl")))
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join(altered(draw, torn(draw, lines))))
        assert finish(whole, *ASK, server.name).returncode == 0
        assert replies(where(whole)) == said


def test_a_merge_that_is_killed_leaves_journals_whole_and_is_finished_by_the_next(whole, tmp_path, often):
    home, draw, before = project(tmp_path / "home"), random.Random(5), {}
    for _ in range(often(12)):
        killed_after(draw.uniform(0.05, 0.5), home, "merge", str(whole))
        found, report = {}, journal.ReadReport()
        if where(home).is_dir():
            found = replies(where(home), report)
        assert before.items() <= found.items() and not report.set_aside
        before = found
    assert finish(home, "merge", str(whole)).returncode == 0
    assert replies(where(home)) == replies(where(whole))
    assert set(kept(home).values()) == {1}


def test_a_clock_that_jumps_back_costs_nothing_and_overwrites_nothing(whole, server):
    said, path = replies(where(whole)), journal_of(whole)
    future = path.with_name(path.name.replace(path.name[:4], "2999"))
    beside = path.with_name(path.name.partition(".")[0] + ".run.json")
    beside.rename(future.with_name(future.name.partition(".")[0] + ".run.json"))
    path.rename(future)
    lines = future.read_bytes().splitlines(keepends=True)
    future.write_bytes(b"".join(lines[:-4]))
    assert finish(whole, *ASK, server.name).returncode == 0
    assert replies(where(whole)) == said and len(list(where(whole).glob("*.jsonl"))) == 2
    assert "nothing left to ask" in finish(whole, *ASK, server.name).stderr


@pytest.mark.parametrize("taken", ["data/runs", "data/runs/here-0000", "data/runs/here-0000/json-fidelity"])
def test_a_folder_that_cannot_be_made_is_named_in_one_line(server, tmp_path, taken):
    home = project(tmp_path / "home")
    (home / taken).parent.mkdir(parents=True, exist_ok=True)
    (home / taken).write_text("a file where a folder has to be")
    said = finish(home, *ASK, server.name)
    assert said.returncode in (1, 3) and taken in said.stderr and "Traceback" not in said.stderr
    assert not server.asked
