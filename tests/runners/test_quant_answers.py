"""Choices under rounded weights: the questions are those of two other experiments, word for word."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.experiments import find
from runners.experiments.quant_answers import EXPERIMENT, ask, score
from runners.schema import Reply

KNOWLEDGE, SCENES = find()["knowledge"], find()["world-model"]
FACT, SCENE = (next(item for item in EXPERIMENT.items if item.tags["skill"] == skill) for skill in ("facts", "scenes"))


def chosen(item, place, rest=-9.0):
    return Reply(options=tuple((-0.1 if one == place else rest, 1) for one in range(len(item.target["options"]))))


def test_there_are_as_many_facts_as_scenes_and_every_pair_is_whole():
    skills = Counter(item.tags["skill"] for item in EXPERIMENT.items)
    assert skills == {"facts": 120, "scenes": 120}
    pairs = Counter(item.id.rpartition(", ")[0] for item in EXPERIMENT.items if item.tags["skill"] == "scenes")
    assert set(pairs.values()) == {2}


@pytest.mark.parametrize("other, skill", [(KNOWLEDGE, "facts"), (SCENES, "scenes")])
def test_a_question_is_put_in_the_words_of_the_experiment_it_comes_from(other, skill):
    theirs = {item.id: other.ask(item, {"asked": "choice"}) for item in other.items}
    mine = [item for item in EXPERIMENT.items if item.tags["skill"] == skill]
    assert all(ask(item, {"weights": "Q4_0"}) == theirs[item.id] for item in mine)


@pytest.mark.parametrize("other, skill", [(KNOWLEDGE, "facts"), (SCENES, "scenes")])
def test_what_is_right_here_is_right_there(other, skill):
    theirs = {item.id: item for item in other.items}
    for item in (item for item in EXPERIMENT.items if item.tags["skill"] == skill):
        for place in range(len(item.target["options"])):
            reply = chosen(item, place)
            there = other.score(theirs[item.id], {"asked": "choice"}, reply)
            assert score(item, {"weights": ""}, reply)["right"] == there["right"]


def test_the_arms_differ_by_load_alone():
    assert len({ask(FACT, arm) for arm in EXPERIMENT.arms()}) == 1
    assert [arm["weights"] for arm in EXPERIMENT.loading()] == ["", "Q8_0", "Q5_0", "Q4_0", "Q3_K"]


def test_a_wrong_choice_keeps_its_place_and_how_sure_it_was():
    wrong = (FACT.target["right"] + 1) % 4
    found = score(FACT, {"weights": ""}, chosen(FACT, wrong))
    assert (found["right"], found["picked"]) == (0.0, float(wrong))
    assert found["confidence"] > 0.99


@given(st.lists(st.floats(-1e4, 0.0), min_size=2, max_size=2), st.sampled_from([1, 7]))
def test_any_likelihoods_give_one_pick_and_a_share(totals, tokens):
    found = score(SCENE, {"weights": ""}, Reply(options=tuple((total, tokens) for total in totals)))
    assert found["picked"] in (0.0, 1.0) and found["right"] in (0.0, 1.0)
    assert 0.5 <= found["confidence"] <= 1.0


def test_the_quick_profile_asks_one_of_every_group():
    quick = Counter((item.tags["skill"], item.tags["group"]) for item in EXPERIMENT.chosen("quick"))
    assert set(quick.values()) == {1} and len(quick) == 30
