"""Stored replies of rounded twins, judged."""

from math import isnan, log2

import pytest

from runners.experiments.twin_quantization import EXPERIMENT
from runners.items.twin_people import values
from runners.schema import Choose, Reply, Trace
from runners.scoring.expert_routes import pack

FACT, CARD = (next(item for item in EXPERIMENT.items if item.tags["asks"] == asks) for asks in ("fact", "card"))


def test_facts_are_asked_and_cards_are_traced_beside_the_twin_as_it_was():
    assert isinstance(EXPERIMENT.ask(FACT, {"weights": "Q4_0"}), Choose)
    asked = EXPERIMENT.ask(CARD, {"weights": "Q4_0"})
    assert isinstance(asked, Trace) and asked.compared and asked.text.endswith(" .")


def test_every_tier_is_asked_alike():
    for asks, count in (("fact", 12), ("card", 6)):
        tiers = [item.tags["tier"] for item in EXPERIMENT.items if item.tags["asks"] == asks]
        assert sorted(tiers) == [tier for tier in range(1, 6) for _ in range(count)]


def test_a_fact_is_known_by_as_many_bits_as_its_word_is_likelier_than_chance():
    options, right = values(FACT), values(FACT).index(FACT.target["value"])
    sure = tuple((0.0 if place == right else -100.0, 1) for place in range(len(options)))
    even = tuple((-1.0, 1) for _ in options)
    scores = [EXPERIMENT.score(FACT, {}, Reply(options=found)) for found in (sure, even)]

    assert scores[0]["known_bits"] == pytest.approx(log2(len(options))) and scores[1]["known_bits"] == pytest.approx(0)
    assert scores[0]["correct"] == 1 and all(isnan(scores[0][name]) for name in ("divergence", "same_top", "moved"))


def traced(moved, layers):
    against = {"divergence": [0.0, 0.3, 0.1], "same_top": [1, 0, 1], "moved": moved, "logprobs": [0.0, -1.0, -1.0]}
    return Reply(tokens=(" a", " b", " c"), against=against, routes=layers)


def test_a_card_gives_means_over_the_tokens_that_something_predicts():
    found = EXPERIMENT.score(
        CARD, {}, traced([0, 2, 1], pack([0, 1], 1, experts=[0] * 6, weights=[0] * 6, margins=[0] * 6))
    )

    assert found["divergence"] == pytest.approx(0.2) and found["same_top"] == 0.5
    assert found["moved"] == pytest.approx(3 / 6) and isnan(found["known_bits"])


def test_a_dense_twin_has_no_gate_to_drift():
    assert isnan(EXPERIMENT.score(CARD, {}, traced([], {}))["moved"])
