"""Whatever a stranger sends: it is taken, or refused in one line, and nothing on this machine has changed."""

import copy
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explainers.exchange.merge import merge
from explainers.exchange.submission import FORMAT, SubmissionError, parse_submission
from runners.schema import canonical
from runners.storage import journal
from tests.helpers.given import ASKED, EXPERIMENTS, bytes_of, forged, home_of, measured, one
from tests.helpers.hostile import HOSTILE

ROOT = Path(__file__).parents[2]
often = settings(max_examples=80, deadline=None)
paths = ("../../etc/passwd", "/etc/passwd", "C:\\x", "..", "a/b", "<img src=x onerror=alert(1)>", "x\0y", "", "~")
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.sampled_from((*paths, *HOSTILE)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def sent(tmp_path_factory):
    """One good submission: its facts, and its lines as they are parsed."""
    submission = one(measured(home_of(tmp_path_factory.mktemp("sent") / "home")))
    return dict(submission.run), list(submission.answers)


def line(answer):
    """A line as a journal writes it, with the sum that is right for what it says."""
    body = json.dumps({name: part for name, part in answer.items() if name not in ("key", "sum")},
                      separators=(",", ":"))[1:].encode()  # fmt: skip
    return journal._start(str(answer.get("key", "")), body) + body


def content(run, answers):
    header = {"format": FORMAT, "replies": len(answers), "run": run}
    try:
        first = canonical(header)
    except ValueError:  # endless numbers, which Python reads and JSON does not have
        first = json.dumps(header, sort_keys=True, separators=(",", ":")).replace("Infinity", "1e999").encode()
    return b"".join(part + b"\n" for part in (first, *map(line, answers)))


def tried(packed):
    """Merge a file into an empty home: what is said when it is refused, and where files are afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        home = home_of(Path(folder) / "home")
        path, before = forged(Path(folder) / "sent", packed), bytes_of(home)
        around = set(Path(folder).rglob("*"))
        try:
            merge(home, [path], EXPERIMENTS)
        except SubmissionError as refusal:
            assert bytes_of(home) == before
            assert str(refusal).isprintable() and len(str(refusal)) < 1000
            return str(refusal)
        new = {found.relative_to(home / "data" / "runs").parts for found in set(Path(folder).rglob("*")) - around
               if found.is_file()}  # fmt: skip
        assert all(len(parts) == 3 and parts[1] == ASKED.slug for parts in new) and len(new) == 2
        return ""


def places(value, here=()):
    """Every place inside a value, as the names and numbers that lead there."""
    yield here
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in inner:
        yield from places(part, (*here, name))


def put_in(value, place, what):
    """The value with something else at a place; at no place at all, that alone."""
    value = copy.deepcopy(value)
    if not place:
        return what
    inner = value
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = what
    return value


@often
@given(st.data(), anything)
def test_any_fact_of_a_run_may_say_anything_and_nothing_gets_out(sent, data, what):
    run, answers = sent
    place = data.draw(st.sampled_from(list(places(run))))
    tried(content(put_in(run, place, what), answers))


@often
@given(st.data(), anything)
def test_any_part_of_a_reply_may_say_anything_and_nothing_gets_out(sent, data, what):
    run, answers = sent
    place = data.draw(st.sampled_from([place for place in places(answers[0]) if place]))
    tried(content(run, [put_in(answers[0], place, what), *answers[1:]]))


@often
@given(st.data(), st.text(max_size=9) | st.sampled_from(paths), anything)
def test_a_fact_that_nobody_knows_is_refused(sent, data, name, what):
    run, answers = sent
    place = data.draw(st.sampled_from(["model", "machine", ""]))
    added = {**run, place: {**run[place], name: what}} if place else {**run, name: what}
    if name not in run.get(place, run):
        assert tried(content(added, answers))


@pytest.mark.parametrize("name", paths)
@pytest.mark.parametrize("field", ["rig", "experiment", "started"])
def test_no_path_gets_through(sent, field, name):
    assert f"field run.{field}" in tried(content({**sent[0], field: name}, sent[1]))


@pytest.mark.parametrize("spelt", ["1e999", "-1e999", "NaN", "Infinity", "9" * 5000, "1" + "0" * 400 + ".0"])
def test_a_number_that_is_none_is_refused_in_the_head_and_in_a_line(sent, spelt):
    run, answers = sent
    head = content({**run, "engine": {**run["engine"], "width": 7654321}}, answers).replace(b"7654321", spelt.encode())
    assert tried(head)
    body = line({**answers[0], "seed": 7654321})[67:].replace(b"7654321", spelt.encode())
    spoilt = journal._start(answers[0]["key"], body) + body
    whole = content(run, answers).split(b"\n")
    assert tried(b"\n".join([whole[0], spoilt, *whole[2:]]))


@often
@given(st.binary(max_size=300))
def test_content_of_any_bytes_is_refused(junk):
    with pytest.raises(SubmissionError) as refusal:
        parse_submission(junk, "a file")
    assert str(refusal.value).isprintable()


BOMBS = {
    "nested": b"[" * (4 << 20), "objects": b'{"a":' * (1 << 20), "digits": b"9" * (4 << 20),
    "lines": b"\n" * (4 << 20), "one text": b'"' + b"x" * (7 << 20) + b'"\n',
    "lists": b"[" + b"[]," * (1 << 20) + b"[]]\n",
}  # fmt: skip


@pytest.mark.parametrize("bomb", BOMBS)
def test_content_that_unfolds_takes_neither_time_nor_memory(tmp_path, bomb):
    (tmp_path / "bomb").write_bytes(BOMBS[bomb])
    code = f"""
from pathlib import Path
from explainers.exchange.submission import SubmissionError, parse_submission
try:
    parse_submission(Path({str(tmp_path / "bomb")!r}).read_bytes(), "a file")
except SubmissionError:
    raise SystemExit(0)
raise SystemExit("it was read")
"""

    def limit():
        resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, preexec_fn=limit, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
