"""Whatever is done to a submission on its way, it says what it said or is refused and nothing is written."""

import os
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explainers.exchange import submission as form
from explainers.exchange.submission import Submission, SubmissionError, parse_submission, read_submission
from runners.schema import canonical
from tests.helpers.given import ASKED, forged, home_of, measured, one, put, refused, taken, told
from tests.helpers.hostile import HOSTILE
from tests.helpers.planted import scores

metric = st.fixed_dictionaries({"valid": st.booleans(), "tokens": st.integers(1, 900)})
answers = st.lists(st.one_of(st.none(), metric), min_size=24, max_size=24)
words = st.one_of(st.text(max_size=40), st.sampled_from(HOSTILE))
few = settings(max_examples=12, deadline=None)


@few
@given(answers, words)
def test_what_is_submitted_and_merged_measures_the_same(picked, said):
    order = [(item.id, arm["held"]) for item in ASKED.items for arm in ASKED.arms()]
    lookup = dict(zip(order, picked, strict=True))
    answer = lambda item, arm: (found := lookup[item.id, arm["held"]]) and scores(**found)  # noqa: E731
    with tempfile.TemporaryDirectory() as folder:
        there, here = measured(home_of(Path(folder) / "a"), answer, said=said), home_of(Path(folder) / "b")
        assert taken(here, put(Path(folder), one(there))) == ["merged"]
        assert told(here) == told(there)


@pytest.fixture(scope="module")
def sent(tmp_path_factory):
    """One good submission, made once."""
    return one(measured(home_of(tmp_path_factory.mktemp("sent") / "home")))


def damage(packed: bytes, how: str, place: int, amount: int) -> bytes:
    place %= len(packed)
    if how == "flip":
        return packed[:place] + bytes([packed[place] ^ (1 << amount % 8)]) + packed[place + 1 :]
    if how == "cut":
        return packed[:place]
    return packed[:place] + packed[place : place + amount] + packed[place:]


@settings(max_examples=60, deadline=None)
@given(how=st.sampled_from(["flip", "cut", "double"]), place=st.integers(0, 10**6), amount=st.integers(1, 300))
def test_a_damaged_file_is_refused_or_says_exactly_what_it_said(sent, how, place, amount):
    """A flipped bit of gzip's own head, such as its date, changes nothing that is inside."""
    with tempfile.TemporaryDirectory() as folder:
        here, path = home_of(Path(folder) / "home"), Path(folder) / sent.name
        path.write_bytes(damage(sent.packed, how, place, amount))
        try:
            assert read_submission(path).content == sent.content
        except SubmissionError:
            refused(here, path)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), how=st.sampled_from(["flip", "cut", "double", "swap", "field"]))
def test_damage_under_a_name_that_fits_it_never_reaches_a_table(sent, data, how):
    """The name vouches for nothing here; the sums, the schema and the keys do. Lines may stand in any order."""
    lines = list(sent.lines)
    place = data.draw(st.integers(0, len(lines) - 1))
    if how == "double":
        lines.insert(data.draw(st.integers(0, len(lines))), lines[place])
    elif how == "swap":
        other = data.draw(st.integers(0, len(lines) - 1))
        lines[place], lines[other] = lines[other], lines[place]
    elif how == "field":
        lines[place] = lines[place][:-1] + b',"more":1}'
    else:
        lines[place] = damage(lines[place], how, data.draw(st.integers(0, 10**6)), data.draw(st.integers(0, 300)))
    content = Submission(sent.run, tuple(lines)).content
    with tempfile.TemporaryDirectory() as folder:
        here, path = home_of(Path(folder) / "home"), forged(Path(folder), content)
        if how == "swap":
            assert taken(here, path) == ["merged"]
            assert set(parse_submission(content, "x").lines) == set(sent.lines)
        else:
            refused(here, path)


names = st.one_of(
    st.text(max_size=90),
    st.sampled_from(
        ["../up", "..", ".", "", "/etc", "a/b", "a\\b", "con\n", "rig-a\n", "rig a", "Rig", "-a", "a-", "a--b", 
         "a~limit3", "\x1b[31mred", "<b>x</b>", "{{ 7*7 }}", "a" * 81, "ä", "a\x00b", "$(id)", "`id`", "a;id"]
    ),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(name=names, field=st.sampled_from(["rig", "experiment", "started", "slug"]))
def test_a_hostile_name_is_refused_and_nothing_is_written_anywhere(sent, name, field):
    run = {**sent.run, "model": {**sent.run["model"], "slug": name}} if field == "slug" else {**sent.run, field: name}
    fits = re.fullmatch(r"\d{8}T\d{6}Z" if field == "started" else r"[a-z0-9]+(-[a-z0-9]+)*", name) and len(name) <= 80
    with tempfile.TemporaryDirectory() as folder:
        here = home_of(Path(folder) / "home")
        content = canonical({"format": form.FORMAT, "replies": len(sent.lines), "run": run}) + b"\n"
        path = forged(Path(folder) / "in", content + b"\n".join(sent.lines) + b"\n")
        if fits:
            return
        refused(here, path)
        assert sorted(os.listdir(folder)) == ["home", "in"]
        assert sorted(os.listdir(here / "data")) == ["models.toml"]
