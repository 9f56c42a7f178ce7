"""Needles in hay: the same needles at every length, and a program can find them again."""

import re
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.experiments.context_gap import EXPERIMENT, LENGTHS, ask, score
from runners.items.haystack import LANDMARKS, questions, text
from runners.schema import Reply
from runners.scoring.keywords import all_named, first_named

ITEMS = tuple(EXPERIMENT.items)


def told(item, length):
    """What stands between the instruction and the question."""
    return re.search(r"this text\.\n\n(.*)\n\nQuestion: ", ask(item, {"length": length}).prompt, re.DOTALL)[1]


def solved(read, item):
    """The answer, by somebody who reads nothing but the text and the question."""
    codes = dict(re.findall(r"The code of the (\w+) locker is (\d{4})\.", read))
    homes = {LANDMARKS[mark]: who for who, mark in re.findall(r"(\w+) lives next to ([\w ]+)\.", read)}
    hands = re.findall(r"(\w+) gave the parcel to (\w+)\.", read)
    assert all(taker == giver for (_, taker), (giver, _) in pairwise(hands))
    asked = item.prompt
    if colours := re.findall(r"the (\w+)(?= locker|, the| and the)", asked):
        return [codes[colour] for colour in colours]
    if asked.startswith("Who lives in "):
        return [homes[asked.removeprefix("Who lives in ").rstrip("?")]]
    return [hands[-1][1]] if "parcel" in asked else [str(read.count("The chapel bell rang."))]


@pytest.mark.parametrize("length", LENGTHS)
def test_every_question_has_its_answer_in_the_text_at_every_length(length):
    for item in ITEMS[:26]:
        assert solved(told(item, length), item) == item.target["answers"]


@given(st.integers(0, 10_000), st.integers(0, 99))
def test_so_it_is_in_texts_of_any_seed(seed, number):
    items = questions(number + 1, seed)[-13:]
    assert len({item.id for item in items}) == 13
    for item in items:
        assert solved(text(number, seed, 400), item) == item.target["answers"]


def needles(length):
    """The needles of the first text, fifth by fifth."""
    fifths = told(ITEMS[0], length).split("\n\n")
    return [re.findall(r"[^.]*\b(?:code|lives|parcel|bell)\b[^.]*\.", fifth) for fifth in fifths]


def test_needles_keep_their_order_and_their_fifths_while_the_hay_grows():
    short = [[needle.strip() for needle in fifth] for fifth in needles(256)]
    assert sum(map(len, short)) >= 16
    for length in LENGTHS[1:]:
        assert [[needle.strip() for needle in fifth] for fifth in needles(length)] == short


def test_the_fifth_of_an_answer_is_where_it_stands_and_every_fifth_is_asked_about_as_often():
    single = [item for item in ITEMS if "fifth" in item.tags]
    for item in single[:30]:
        assert item.target["answers"][0] in told(item, 1024).split("\n\n")[item.tags["fifth"] - 1]
        assert item.tags["part"] == ("ends" if item.tags["fifth"] in (1, 5) else "middle")
    assert Counter((item.tags["kind"], item.tags["fifth"]) for item in single) == {
        (kind, fifth): 12 for kind in ("literal", "association") for fifth in range(1, 6)
    }


def test_a_question_of_association_has_no_word_of_its_needle():
    for item in (item for item in ITEMS if item.tags["kind"] == "association"):
        needle = next(
            line for line in told(item, 256).split(".") if item.target["answers"][0] in line and "lives" in line
        )
        words = set(re.findall(r"\w+", needle.casefold())) & set(re.findall(r"\w+", item.prompt.casefold()))
        assert words <= {"lives", "the"}


def test_texts_take_about_as_many_words_as_their_length_allows():
    for length in LENGTHS:
        assert 0.6 < len(told(ITEMS[0], length).split()) / length < 0.9


def one(kind):
    return next(item for item in ITEMS if item.tags["kind"] == kind)


def judged(kind, said, length=256):
    return score(one(kind), {"length": length}, Reply(said, (said,), (0.0,), prompt_tokens=300))["right"]


@pytest.mark.parametrize("kind", ["literal", "association", "several", "tracking", "counting"])
@pytest.mark.parametrize("form", ["{}", " {}.", "**{}**", "The answer is {}.", "{}\nQuestion: another\nAnswer: 9999"])
def test_a_right_answer_is_right_in_other_dress(kind, form):
    assert judged(kind, form.format(", ".join(one(kind).target["answers"]))) == 1


@pytest.mark.parametrize("kind", ["literal", "association", "several", "tracking", "counting"])
@pytest.mark.parametrize(
    "said", ["", "  \n ", "unknown", "<script>alert(1)</script>", "9" * 5000, "ⅳ ٤", "None of them"]
)
def test_what_names_nothing_is_wrong(kind, said):
    assert judged(kind, said) == 0


@pytest.mark.parametrize("kind", ["literal", "association", "tracking"])
def test_another_needle_of_the_text_is_wrong_even_with_the_right_one_behind(kind):
    item = one(kind)
    other = next(word for word in item.target["among"] if word != item.target["answers"][0])
    assert judged(kind, other) == judged(kind, f"{other}, not {item.target['answers'][0]}") == 0


def test_one_code_of_three_is_not_enough():
    codes = one("several").target["answers"]
    assert judged("several", f"{codes[0]} and {codes[1]}") == 0
    assert judged("several", "".join(codes)) == 0


def test_a_number_word_counts_as_its_number():
    rings = int(one("counting").target["answers"][0])
    word = ["zero", "one", "two", "three", "four", "five"][rings]
    assert judged("counting", f"It rang {word} times.") == 1
    assert (
        judged("counting", f"{rings}{rings}")
        == judged("counting", str(rings + 1))
        == judged("counting", f"{rings}.5")
        == 0
    )


def test_a_name_within_another_word_is_not_that_name():
    assert first_named("Paula and Ana", ["Paul", "Ana"]) == "Ana"
    assert first_named("ANA.", ["Paul", "Ana"]) == "Ana"
    assert not all_named("12345", ["1234"])


@given(st.text())
def test_any_text_can_be_read(said):
    assert first_named(said, ["Ana", "Paul"]) in ("", "Ana", "Paul")
    assert all_named(said, ["\x00"]) is False


def test_questions_about_one_text_share_all_that_stands_before_them():
    first, second = (ask(item, {"length": 512}).prompt for item in ITEMS[:2])
    assert first.rpartition("Question: ")[0] == second.rpartition("Question: ")[0]
