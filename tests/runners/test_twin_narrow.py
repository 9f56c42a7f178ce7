"""Answers with one expert beside those with two, judged."""

from collections import Counter
from math import isnan, log

import pytest

from runners.experiments.twin_narrow import EXPERIMENT, WINDOW, ask, score
from runners.items.puzzles import PUZZLES, is_held_out
from runners.items.twin_people import people
from runners.schema import Reply
from runners.twins.corpus import tokenizer

ITEMS = EXPERIMENT.items


def one(domain):
    return next(item for item in ITEMS if item.tags["domain"] == domain)


def test_the_answer_is_the_end_of_the_text_and_each_of_its_words_a_token():
    reader = tokenizer({"card": 0.2, **dict.fromkeys(PUZZLES, 0.2)})
    for item in ITEMS:
        asked, words = ask(item, {}), item.target["answer"].split()
        tokens = reader.encode(asked.text)
        assert [reader.decode([token]).strip() for token in tokens[-len(words) :]] == words
        assert asked.compared and 1 + len(tokens) <= WINDOW


def test_common_facts_are_about_the_best_known_and_rare_ones_about_the_least_known():
    ranks = {person.name: person.rank for person in people()}
    common, rare = (
        [ranks[item.cluster] for item in ITEMS if item.tags["domain"] == domain]
        for domain in ("common fact", "rare fact")
    )

    assert max(common) < 800 and min(rare) >= 2400 and (len(common), len(rare)) == (200, 400)


def test_no_puzzle_was_ever_read_and_every_kind_has_sixty():
    puzzles = [item for item in ITEMS if "fact" not in item.tags["domain"]]

    assert all(is_held_out(item.prompt) for item in puzzles)
    assert Counter(item.tags["domain"] for item in puzzles) == {
        "walk": 60, "lookup": 80, "story": 60, "first": 60, "lift": 60,
    }  # fmt: skip
    assert len({item.id for item in ITEMS}) == len(ITEMS)


def judged(item, before, after):
    """A reply whose answer has these probabilities, all of it in its first word; the text before it was unlikely."""
    rest = [0.0] * (len(item.target["answer"].split()) - 1)
    start = [0.0, -9.0]
    against = {"logprobs": [*start, log(before), *rest]}
    return score(item, {}, Reply(logprobs=(*start, log(after), *rest), against=against))


@pytest.mark.parametrize("domain", ["common fact", "walk", "lift"])
@pytest.mark.parametrize(("before", "after", "kept"), [(0.9, 0.6, 1), (0.9, 0.4, 0), (0.51, 0.99, 1), (0.99, 1e-9, 0)])
def test_an_answer_is_kept_while_no_other_can_be_likelier(domain, before, after, kept):
    found = judged(one(domain), before, after)

    assert found["known"] == 1 and found["kept"] == kept
    assert found["lost_nats"] == pytest.approx(log(before) - log(after))


def test_what_was_not_known_cannot_be_kept():
    found = judged(one("rare fact"), 0.4, 0.9)

    assert found["known"] == 0 and isnan(found["kept"]) and isnan(found["lost_nats"])


def test_every_word_of_an_answer_counts():
    walk = one("walk")
    words = len(walk.target["answer"].split())
    each = [0.0, *[log(0.9)] * words]

    assert words == 8 and score(walk, {}, Reply(logprobs=tuple(each), against={"logprobs": each}))["known"] == 0
