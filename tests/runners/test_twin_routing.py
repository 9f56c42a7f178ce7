"""Stored replies of mixtures with other experts and with more or fewer of them, judged."""

from math import isnan, log

import pytest

from runners.experiments import twin_misroute, twin_sparsity
from runners.items.twin_people import values
from runners.schema import Choose, Reply, Trace
from runners.twins.corpus import tokenizer

FACTS = twin_misroute.EXPERIMENT.items


@pytest.mark.parametrize("arm", twin_misroute.ROUTES)
def test_the_token_that_decides_is_the_one_whose_experts_are_replaced(arm):
    reader = tokenizer({"card": 1.0})
    for item in FACTS[:40]:
        asked = twin_misroute.ask(item, {"route": arm})
        tokens = [0, *reader.encode(asked.text)]
        assert reader.decode(tokens[-1:]) == f" {item.target['value']}" and asked.compared
        assert asked.route is None if arm == "none" else asked.route.places == (len(tokens) - 2,)


def lost(before, after):
    reply = Reply(logprobs=(0.0, -1.0, log(after)), against={"logprobs": [0.0, -1.0, log(before)]})
    return twin_misroute.score(FACTS[0], {}, reply)


@pytest.mark.parametrize(("before", "after", "gone"), [(0.9, 0.05, 1), (0.9, 0.3, 0), (0.6, 0.6, 0), (0.51, 0.099, 1)])
def test_a_known_fact_is_lost_when_little_of_its_probability_is_left(before, after, gone):
    found = lost(before, after)

    assert found["lost"] == gone
    assert found["lost_nats"] == found["lost_nats_known"] == pytest.approx(log(before) - log(after))


def test_a_fact_that_was_not_known_cannot_be_lost():
    found = lost(0.4, 0.01)

    assert isnan(found["lost"]) and isnan(found["lost_nats_known"]) and found["lost_nats"] > 3


def test_sparsity_asks_facts_and_traces_cards():
    fact, card = (
        next(item for item in twin_sparsity.EXPERIMENT.items if item.tags["asks"] == asks) for asks in ("fact", "card")
    )
    assert isinstance(twin_sparsity.ask(fact, {}), Choose) and isinstance(twin_sparsity.ask(card, {}), Trace)
    even = Reply(options=tuple((-1.0, 1) for _ in values(fact)))
    apart = Reply(tokens=("a", "b", "c"), against={"divergence": [0.0, 0.2, 0.4]})

    assert twin_sparsity.score(fact, {}, even)["known_bits"] == pytest.approx(0)
    assert twin_sparsity.score(card, {}, apart)["divergence"] == pytest.approx(0.3)
    assert isnan(twin_sparsity.score(card, {}, apart)["correct"])
