"""Whatever stands in a file or a reply: it is read, or refused in a line that names the file, soon and in little."""

import gzip
import json
import resource
import struct
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runners.host.settings import SettingError, load
from runners.items import facts
from runners.models import sources
from runners.models.catalog import read_catalog
from runners.models.gguf import BadWeights, ModelError
from runners.models.gguf_facts import inspect
from runners.models.local_caches import Digests
from runners.schema import Reply, request_from_json
from runners.scoring import json_contract, keywords, short_answer, steps, story_events, yes_no
from runners.storage import journal
from tests.helpers.gguf_maker import DENSE, DENSE_TENSORS, MOE, gguf, text

HOUSE = Path(__file__).parents[2]
shared = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@contextmanager
def soon(seconds=3.0):
    """Whatever happens here takes little of the processor's time."""
    began = time.process_time()
    yield
    assert time.process_time() - began < seconds


def one_line(refusal, path):
    said = str(refusal)
    assert str(path) in said and "; " in said and len(said) < 2000 and said.isprintable()


# -- headers of weights ------------------------------------------------------------------------------------------------

numbers = st.one_of(st.integers(0, 40), st.sampled_from([2**31, 2**32 - 1, 2**60, 2**63, 2**64 - 1]))
scraps = st.one_of(
    st.binary(max_size=40),
    numbers.map(lambda number: struct.pack("<Q", number)),
    numbers.map(lambda number: struct.pack("<I", number & 0xFFFFFFFF)),
    st.sampled_from([text("general.architecture"), text("llama"), text("general.alignment"), text("split.count")]),
)


@shared
@given(numbers, numbers, st.lists(scraps, max_size=25))
def test_a_header_made_of_anything_is_read_or_refused(tmp_path, tensors, entries, parts):
    path = tmp_path / "any.gguf"
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, tensors, entries) + b"".join(parts) + bytes(64))
    with soon():
        try:
            inspect(path)
        except BadWeights as refusal:
            one_line(refusal, path)


hostile = st.one_of(st.integers(-5, 2**32 - 1), st.booleans(), st.floats(width=32), st.text(max_size=30),
                    st.lists(st.integers(0, 9), max_size=4))  # fmt: skip


@shared
@given(st.dictionaries(st.sampled_from(sorted({*DENSE, *MOE, "general.type", "general.alignment", "split.count"})),
                       hostile, max_size=6))  # fmt: skip
def test_metadata_of_any_kind_is_read_or_refused(tmp_path, changes):
    path = tmp_path / "any.gguf"
    path.write_bytes(gguf({**DENSE, **changes}, DENSE_TENSORS))
    try:
        assert inspect(path).parameters > 0
    except BadWeights as refusal:
        one_line(refusal, path)


BOMBS = {
    "2^60 texts": struct.pack("<IIQ", 9, 8, 2**60),
    "2^60 numbers": struct.pack("<IIQ", 9, 4, 2**60),
    "a text of 2^60 bytes": struct.pack("<IQ", 8, 2**60),
    "arrays in arrays": struct.pack("<IIQ", 9, 9, 1) * 100_000,
}


@pytest.mark.parametrize("bomb", [*BOMBS, "hollow"])
def test_a_header_that_promises_more_than_there_is_takes_neither_memory_nor_time(tmp_path, bomb):
    path = tmp_path / "bomb.gguf"
    if bomb == "hollow":  # a file with holes, full of empty texts: many arrays of as many as one may have
        arrays = 2_000
        with path.open("wb") as file:
            file.write(b"GGUF" + struct.pack("<IQQ", 3, 0, arrays))
            for number in range(arrays):
                file.write(text(f"key{number}") + struct.pack("<IIQ", 9, 8, 1 << 22))
                file.seek(8 << 22, 1)
            file.truncate(file.tell() + 64)
    else:
        path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("key") + BOMBS[bomb] + bytes(64))
    code = f"""
import resource, sys, time
from pathlib import Path
from runners.models.gguf import BadWeights
from runners.models.gguf_facts import inspect
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    inspect(Path({str(path)!r}))
except BadWeights:
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    sys.exit(grown > 50_000 * (1024 if sys.platform == "darwin" else 1) and "it took %d kB" % grown)
sys.exit("it was read")
"""
    limit = lambda: resource.setrlimit(resource.RLIMIT_CPU, (20, 20))  # noqa: E731
    done = subprocess.run([sys.executable, "-c", code], cwd=HOUSE, preexec_fn=limit, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


# -- journals ----------------------------------------------------------------------------------------------------------

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
fields = ("item", "hash", "arm", "seed", "at", "reply", "x")
bodies = st.dictionaries(st.sampled_from(fields), anything | st.fixed_dictionaries({"earlier": anything})
                         | st.fixed_dictionaries({"options": anything}), max_size=7)  # fmt: skip


def line_of(body):
    rest = json.dumps(body).encode()[1:]
    return journal._start("ab" * 16, rest) + rest


@shared
@given(st.lists(st.one_of(st.binary(max_size=60), bodies.map(line_of)), max_size=6), anything, st.booleans())
def test_a_journal_of_any_lines_beside_any_facts_is_read_or_set_aside(tmp_path, lines, run, packed):
    for path in tmp_path.iterdir():
        path.unlink()
    content = b"\n".join(lines)
    (tmp_path / ("a.jsonl.gz" if packed else "a.jsonl")).write_bytes(gzip.compress(content) if packed else content)
    (tmp_path / "a.run.json").write_text(json.dumps(run))
    report = journal.ReadReport()
    found = list(journal.entries(tmp_path, report))
    assert all(isinstance(entry.reply, Reply) and isinstance(entry.run, dict) for entry in found)
    assert isinstance(run, dict) or not (found or journal.finished(tmp_path))
    assert str(report) or not report.set_aside


@shared
@given(st.binary(max_size=200))
def test_a_packed_journal_of_any_bytes_is_set_aside(tmp_path, content):
    (tmp_path / "a.jsonl.gz").write_bytes(content)
    (tmp_path / "a.run.json").write_text("{}")
    report = journal.ReadReport()
    assert list(journal.entries(tmp_path, report)) == [] and report.set_aside


@shared
@given(bodies | anything)
def test_a_request_of_any_fields_is_read_or_refused(data):
    with suppress(ValueError, TypeError, AttributeError):
        request_from_json(data if isinstance(data, dict) else {"prompt": data})


# -- what people write -------------------------------------------------------------------------------------------------

DEEP = ["a = " + "[" * 100_000, "a = " + "{a=" * 20_000, "a = " + "9" * 10_000, "a = 1e9999999", "a" + ".a" * 20_000]
tomls = st.one_of(
    st.text(max_size=80),
    st.lists(st.sampled_from(["[tiny]\n", "name = ", '"x"', "\n", "sources = ", "[", "]", "bytes = ", "1", "sha256 = ",
                              "released = ", "2024-01-31", "'~no/x'", "wheel:", '"', "\0", "{", "}", "="]), max_size=20)
    .map("".join),
)  # fmt: skip


def toml_is_read_or_refused(folder, written):
    (folder / "data").mkdir(exist_ok=True)
    path, own = folder / "data" / "models.toml", folder / "incompressible.toml"
    for file in (path, own):
        file.write_text(written, encoding="utf-8", errors="replace")
    with soon():
        try:
            read_catalog(folder)
        except ModelError as refusal:
            assert str(path) in str(refusal) and len(str(refusal)) < 20_000
        try:
            load({}, folder, {})
        except SettingError as refusal:
            assert str(own) in str(refusal)


@shared
@given(tomls)
def test_models_and_settings_of_any_text_are_read_or_refused(tmp_path, written):
    toml_is_read_or_refused(tmp_path, written)


@pytest.mark.parametrize("written", DEEP, ids=range(len(DEEP)))
def test_models_and_settings_nested_or_numbered_without_end_are_refused(tmp_path, written):
    toml_is_read_or_refused(tmp_path, written)


@shared
@given(st.one_of(st.text(max_size=40), st.from_regex(r"(hf|wheel):[\w./@:=~-]{0,30}", fullmatch=True),
                 st.from_regex(r"wheel:a[0-9]{1,30}\.\.[0-9]{1,30}==1", fullmatch=True),
                 st.from_regex(r"~\w{1,8}/x", fullmatch=True)))  # fmt: skip
def test_a_source_of_any_spelling_is_read_or_refused(spelt):
    try:
        sources.parse(spelt)
    except ModelError as refusal:
        assert "; " in str(refusal) or "give 1 to 100" in str(refusal)


@pytest.mark.parametrize("content", [b"[" * 100_000, b"9" * 10_000, b"\xff", b'{"a": [1, 2, 3, 4]}', b"{}", b"null"])
def test_remembered_digests_of_any_kind_are_no_digests(tmp_path, content):
    (tmp_path / "sha256.json").write_bytes(content)
    path = tmp_path / "m.gguf"
    path.write_bytes(gguf())
    assert len(Digests(tmp_path).of(path)) == 64


@shared
@given(st.integers(0, 10**9), st.binary(max_size=4))
def test_a_damaged_file_of_facts_is_refused_or_says_what_it_said(tmp_path, place, scrap):
    whole = facts.FILE.read_bytes()
    place %= len(whole)
    path = tmp_path / "facts.json"
    path.write_bytes(whole[:place] + scrap + whole[place + 1 :])
    try:
        assert facts.read_facts(path) == facts.read_facts()
    except facts.FactsError as refusal:
        one_line(refusal, path)


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"facts": NaN}', b'{"facts": ' + b"9" * 10_000 + b"}", b"[]"])
def test_strange_facts_are_refused(tmp_path, content):
    (tmp_path / "facts.json").write_bytes(content)
    with pytest.raises(facts.FactsError, match="git checkout"):
        facts.read_facts(tmp_path / "facts.json")


# -- replies -----------------------------------------------------------------------------------------------------------

SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "string"}}}
LONG = 300_000
REPLIES = {
    "a number": '{"a": ' + "1" * LONG, "a fraction": '{"a": 0.' + "1" * LONG, "a text": '{"b": "' + "x" * LONG,
    "nested": '{"a":' * LONG, "lists": '{"a":' + "[" * LONG, "lines": "\n" * LONG, "blanks": "step 1" + " " * LONG,
    "colons": "answer" + ":" * LONG, "answers": "answer " * (LONG // 7), "a word": "x" * LONG,
    "steps": "step 1 ." * 40_000,
    "dots": "a." * LONG, "quotes": "'" * LONG, "digits": "9." * LONG, "ligatures": "\ufdfa" * (LONG // 10),
    "takes": "Ann takes the " * 20_000, "escapes": '{"b": "' + "\\u0041" * (LONG // 6), "signs": "-" * LONG,
}  # fmt: skip


def read_every_way(said):
    json_contract.examine(list(said), SCHEMA)
    json_contract.fields_right(json_contract.parse(said), {"a": 1, "b": {"c": "x"}})
    (
        steps.steps(said),
        steps.answer(said),
        story_events.events(said),
        story_events.names(said, ["a"]),
        yes_no.yes_or_no(said),
    )
    (
        short_answer.admits_not_knowing(short_answer.extract_answer(said, "a")),
        short_answer.names_any(said, ["US", "France"]),
        short_answer.is_empty(said),
    )
    keywords.first_named(said, ["a"]), keywords.first_named(said, ["1"]), keywords.all_named(said, ["a", "b"])


@pytest.mark.parametrize("said", REPLIES.values(), ids=REPLIES)
def test_a_long_reply_is_read_in_time_that_grows_no_faster_than_it(said):
    with soon(8.0):
        read_every_way(said)


marks = ["{", "}", '"a"', ":", ",", "1", "-", "0", ".", "e", "9", "step 1:", "answer", "\n", " ", '"', "\\", "[", "]"]


@shared
@given(st.text(max_size=60) | st.lists(st.sampled_from(marks), max_size=30).map("".join))
def test_a_reply_of_any_text_is_read_every_way(said):
    read_every_way(said)
