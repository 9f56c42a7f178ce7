"""Texts of every kind that no twin has read, and what a gate goes by in stored replies to them."""

import itertools
import random
from math import isnan

import pytest

from runners.experiments.twin_routing import EXPERIMENT, WINDOW, ask, score
from runners.items.puzzles import PUZZLES, is_held_out
from runners.schema import Reply
from runners.scoring.expert_routes import pack
from runners.twins.corpus import documents, tokenizer

MIX = {"card": 0.2, **dict.fromkeys(PUZZLES, 0.2)}
ITEMS = EXPERIMENT.items


def test_every_text_is_one_window_of_words_that_the_twins_have():
    reader = tokenizer(MIX)
    for item in ITEMS:
        assert 1 + len(reader.encode(ask(item, {}).text)) <= WINDOW


def test_no_puzzle_was_ever_read():
    read = [document.text for document in itertools.islice(documents(MIX, 1), 3000)]
    texts = [item.prompt for item in ITEMS if item.tags["kind"] != "card"]

    assert not set(texts) & set(read) and len(set(texts)) == len(texts)
    for text in texts:
        words = text.split(" ")
        openings = (" ".join(words[: place + 1]) for place in range(len(words)))
        assert any(map(is_held_out, openings)), "a text is kept back by what is given first"


def test_texts_look_as_the_twins_know_them_and_every_kind_has_its_share():
    for item in ITEMS:
        (document,) = itertools.islice(documents({item.tags["kind"]: 1.0}, 5), 1)
        assert document.text.split()[0] == item.prompt.split()[0] or item.tags["kind"] == "card"
    counts = [sum(item.tags["kind"] == kind for item in ITEMS) for kind in MIX]

    assert max(counts) - min(counts) <= 1 and min(counts) >= 24


def reply(words, *layers):
    tokens = ("", *words)
    experts = [expert for layer in layers for sets in ((0, 1), *layer) for expert in sets]
    return Reply(
        tokens=tokens,
        routes=pack(
            range(len(layers)), 2, experts=experts, weights=[0.5] * len(experts),
            margins=[1.0, *[0.25] * len(words)] * len(layers),
        ),
    )  # fmt: skip


def judged(words, *layers):
    return score(ITEMS[0], {}, reply(words, *layers))


def test_a_gate_that_goes_by_the_word_gives_a_word_the_same_experts_each_time():
    found = judged(["a", "b", "a", "b"], [(0, 1), (2, 3), (1, 0), (3, 2)])

    assert found["same_token"] == 1 and found["other_token"] == 0 and found["margin"] == 0.25


def test_a_gate_that_goes_by_the_place_does_not():
    found = judged(["a", "b", "a", "b"], [(0, 1), (0, 1), (2, 3), (2, 3)])

    assert found["same_token"] == 0 and found["other_token"] == 0.5


def test_layers_are_averaged_and_loads_are_told_apart():
    found = judged(["a", "a"], [(0, 1), (0, 1)], [(0, 1), (0, 2)])

    assert found["same_token"] == 0.75 and isnan(found["other_token"])
    assert found["load 0 0"] == 0.5 and found["load 1 2"] == 0.25 and "load 0 2" not in found


def test_words_that_never_come_again_say_nothing_about_the_same_word():
    assert isnan(judged(["a", "b"], [(0, 1), (1, 2)])["same_token"])


@pytest.mark.parametrize("length", [12, 60])
def test_pairs_are_counted_as_they_would_be_one_by_one_whatever_the_length(length):
    draw = random.Random(length)
    words = [draw.choice("abcd") for _ in range(length)]
    sets = [tuple(draw.sample(range(8), 2)) for _ in range(length)]
    pairs = {True: [], False: []}
    for left, right in itertools.combinations(range(length), 2):
        pairs[words[left] == words[right]].append(len(set(sets[left]) & set(sets[right])) / 2)
    found = judged(words, sets)

    assert found["same_token"] == pytest.approx(sum(pairs[True]) / len(pairs[True]))
    assert found["other_token"] == pytest.approx(sum(pairs[False]) / len(pairs[False]))
