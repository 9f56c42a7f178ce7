"""Stored replies of mixtures whose last token was read by every set of experts, judged."""

from itertools import combinations
from math import isnan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runners.experiments.twin_neighbours import EXPERIMENT, ask, score
from runners.items.twin_people import values
from runners.schema import Reply
from runners.scoring.expert_routes import pack
from runners.twins.corpus import tokenizer

FACTS = EXPERIMENT.items
PET = next(item for item in FACTS if item.tags["attribute"] == "pet")
RIGHT = values(PET).index(PET.target["value"])
PLAIN, NEAR, FAR = [place for place in range(16) if place != RIGHT][:3]
SETS = len(list(combinations(range(4), 2)))


def reply(first, second, right=-3.0, near=-3.2, margins=(0.25, 0.75)):
    """What each set of two of four experts says, in one layer and in the other."""
    found = {PLAIN: -0.1, RIGHT: right, NEAR: near, FAR: -5.0}
    options = tuple((found.get(place, -9.0 - place), 1) for place in range(16))
    routes = pack(
        (0, 1), 2, experts=(0, 1) * 2, weights=(0.5,) * 4, margins=margins,
        likeliest=[*first, *second], shares=[0.5] * 2 * SETS,
    )  # fmt: skip
    return Reply(options=options, routes=routes, stop="scored")


def judged(first, second=(PLAIN,) * SETS, **found):
    return score(PET, {}, reply(first, second, **found))


def test_the_token_that_decides_is_the_last_and_every_word_is_one_token():
    reader = tokenizer({"card": 1.0})
    for item in FACTS:
        asked = ask(item, {})
        assert asked.prompt.endswith(f": {item.tags['attribute']}") and f" {item.target['value']}" in asked.options
        assert all(len(reader.encode(option)) == 1 for option in asked.options)


def test_the_same_facts_are_asked_as_in_the_experiment_on_knowledge():
    from runners.experiments.twin_knowledge import EXPERIMENT as KNOWLEDGE

    assert {item.hash for item in FACTS} < {item.hash for item in KNOWLEDGE.items} and len(FACTS) == 300


def test_a_wrong_fact_is_recovered_when_one_set_in_one_layer_says_the_right_word():
    for first, second in (((PLAIN,) * 5 + (RIGHT,), (PLAIN,) * 6), ((PLAIN,) * 6, (FAR, RIGHT, *(PLAIN,) * 4))):
        found = judged(first, second)
        assert found["recovered"] == 1 and found["alike"] == 0 and isnan(found["still_right"])


@pytest.mark.parametrize(
    ("first", "ahead"),
    [((RIGHT, RIGHT, NEAR), 1), ((RIGHT, NEAR, PLAIN), 0.5), ((PLAIN,) * 3, 0.5), ((RIGHT, NEAR, NEAR), 0)],
)
def test_the_right_word_is_ahead_when_more_sets_say_it_than_its_neighbour(first, ahead):
    assert judged((*first, PLAIN, FAR, FAR))["ahead"] == ahead


def test_luck_that_brings_up_other_words_is_counted_beside_it():
    found = judged((PLAIN, NEAR, FAR, NEAR, PLAIN, PLAIN))

    assert found["recovered"] == 0 and found["alike"] == 1 and found["any_wrong"] == pytest.approx(2 / 14)


def test_the_word_beside_the_right_one_is_the_wrong_word_nearest_to_it_and_never_the_answer():
    said = (NEAR,) * SETS

    assert judged(said, right=-3.0, near=-3.2)["alike"] == 1
    assert judged(said, right=-4.5, near=-3.2)["alike"] == 0, "another word is nearer"
    assert judged((PLAIN,) * SETS, right=-0.2, near=-3.0)["alike"] == 0, "the answer is nearest, and is left out"


def test_a_right_fact_says_how_many_other_sets_know_it():
    right = judged((RIGHT,) * 6, (RIGHT, RIGHT, PLAIN, PLAIN, PLAIN, PLAIN), right=-0.05)

    assert right["still_right"] == pytest.approx((5 + 1) / 10), "the router's own set in each layer does not count"
    assert all(isnan(right[name]) for name in ("ahead", "recovered", "alike", "any_wrong"))


def test_how_sure_the_gate_was_is_told_apart_by_what_came_of_it():
    wrong, right = judged((PLAIN,) * 6), judged((RIGHT,) * 6, right=0.0)

    assert wrong["margin_wrong"] == right["margin_right"] == pytest.approx(0.5)
    assert isnan(wrong["margin_right"]) and isnan(right["margin_wrong"])


@settings(deadline=None)
@given(st.lists(st.sampled_from(range(16)), min_size=2 * SETS, max_size=2 * SETS))
def test_where_nothing_is_known_the_right_word_comes_up_as_often_as_any_other(said):
    """Over all words that could be the right one, each as likely as the rest."""
    options = tuple((0.0 if place == 0 else -5.0, 1) for place in range(16))
    routes = pack((0, 1), 2, margins=(0.5, 0.5), likeliest=said, shares=[0.5] * len(said))
    found = [score(_with(word), {}, Reply(options=options, routes=routes)) for word in values(PET)[1:]]
    recovered, chance = (sum(one[name] for one in found) for name in ("recovered", "any_wrong"))

    assert recovered == pytest.approx(chance)


def _with(word):
    from dataclasses import replace

    return replace(PET, target={**PET.target, "value": word})
