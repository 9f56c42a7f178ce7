"""The router sandbox: a router sends tokens to the nearest experts, and noise sends some of them elsewhere."""

from math import dist, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explainers.live.routing.plot import AFTER, BEFORE, OTHER
from explainers.live.routing.tool import TOKENS, TOOL, cost, route_both
from explainers.live.routing.toy_moe import ToyRoute, homes, make_toy_moe

unhurried = settings(deadline=None)
SIZES = st.integers(4, 16).flatmap(lambda experts: st.tuples(st.just(experts), st.integers(1, experts)))
PLACES = st.tuples(st.floats(-1, 1), st.floats(-1, 1))
NOISES, SEEDS = st.floats(0, 1), st.integers(0, 9999)


def shown(**filled):
    return TOOL.run(TOOL.read(filled, {}), {})


@unhurried
@given(sizes=SIZES, token=PLACES)
def test_a_token_goes_to_the_experts_whose_homes_are_nearest(sizes, token):
    experts, used = sizes
    away = [dist(token, home) for home in homes(experts)]
    route = make_toy_moe(experts, used).route(token)
    furthest = max(away[one] for one in route.experts)
    assert sum(other < furthest - 1e-9 for other in away) < used == len(route.experts)


@unhurried
@given(sizes=SIZES, token=PLACES, seed=SEEDS)
def test_a_gate_without_noise_misroutes_nothing_and_costs_nothing(sizes, token, seed):
    gate = make_toy_moe(*sizes)
    one = route_both(gate, gate.with_noise(0, seed), token)
    assert not one.misrouted and cost([one]) == 0


@unhurried
@given(experts=st.integers(4, 16), token=PLACES, noise=NOISES, seed=SEEDS)
def test_where_every_expert_is_used_none_can_be_the_wrong_one(experts, token, noise, seed):
    gate = make_toy_moe(experts, experts)
    assert not route_both(gate, gate.with_noise(noise, seed), token).misrouted


@unhurried
@given(sizes=SIZES, token=PLACES, noise=NOISES, seed=SEEDS)
def test_the_weights_of_the_chosen_sum_to_one_and_the_best_has_most(sizes, token, noise, seed):
    route = make_toy_moe(*sizes).with_noise(noise, seed).route(token)
    assert sum(route.weights) == pytest.approx(1)
    assert list(route.weights) == sorted(route.weights, reverse=True)


@unhurried
@given(sizes=SIZES, noise=NOISES, seed=SEEDS)
def test_twice_the_noise_moves_every_weight_of_the_gate_twice_as_far(sizes, noise, seed):
    gate = make_toy_moe(*sizes)
    for row, once, twice in zip(
        gate.router, gate.with_noise(noise, seed).router, gate.with_noise(2 * noise, seed).router, strict=True
    ):
        moved = [2 * (one - weight) for weight, one in zip(row, once, strict=True)]
        assert moved == pytest.approx([one - weight for weight, one in zip(row, twice, strict=True)], abs=1e-9)


def test_noise_is_a_share_of_the_gates_own_size():
    gate = make_toy_moe(16, 2)
    weights = [weight for row in gate.router for weight in row]
    off = [
        one - weight
        for seed in range(50)
        for weight, one in zip(weights, (one for row in gate.with_noise(0.3, seed).router for one in row), strict=True)
    ]
    size, moved = (sqrt(sum(one * one for one in numbers) / len(numbers)) for numbers in (weights, off))
    assert moved / size == pytest.approx(0.3, rel=0.05)


def test_the_same_experts_in_another_order_are_no_misroute():
    first, second = (ToyRoute(experts, (0.6, 0.4), (0.0, 0.0)) for experts in ((3, 5), (5, 3)))
    assert first.same_experts(second) and not first.same_experts(ToyRoute((3, 4), (0.6, 0.4), (0.0, 0.0)))


@settings(max_examples=30, deadline=None)
@given(sizes=SIZES, token=PLACES, noise=NOISES, seed=SEEDS)
def test_sentence_figures_and_picture_count_the_same_tokens(sizes, token, noise, seed):
    experts, used = sizes
    found = shown(experts=experts, used=used, x=token[0], y=token[1], noise=100 * noise, seed=seed)
    before = make_toy_moe(experts, used)
    after = before.with_noise(noise, seed)
    moved = [set(before.route(one).experts) != set(after.route(one).experts) for one in TOKENS]
    assert f"Of {len(TOKENS)} tokens all over the plane {sum(moved)} are misrouted" in found.said
    assert found.figures[0][1].startswith(f"{sum(moved)} of {len(TOKENS)}")
    squares = found.pictures[0].spec["data"]["values"]
    for panel in (BEFORE, AFTER):
        assert [one["kind"] == OTHER for one in squares if one["panel"] == panel] == moved


def test_the_sentence_names_the_experts_of_the_token_before_and_after():
    found = shown(x=0.3, y=0.1, noise=20)
    used = [[row[0] for row in found.rows if row[column] != "not used"] for column in (2, 4)]
    assert f"goes to experts {' and '.join(used[0])};" in found.said
    assert f"to experts {' and '.join(used[1])} and is misrouted" in found.said


def test_misrouted_tokens_are_those_about_which_the_gate_was_least_sure():
    moved, kept = (said.rpartition(" by ")[2] for label, said in shown(noise=5).figures[2:])
    assert float(moved.split()[0]) < float(kept.split()[0])


@pytest.mark.parametrize(
    ("filled", "complaint"),
    [
        ({"used": "9", "experts": "8"}, "Experts per token: there are 8, so"),
        ({"experts": "3"}, "Experts: "),
        ({"noise": "-1"}, "Noise on the router's weights: "),
        ({"x": "2"}, "Token, across: "),
    ],
)
def test_a_wrong_value_is_named_with_its_field(filled, complaint):
    with pytest.raises(ValueError, match=complaint):
        shown(**filled)
