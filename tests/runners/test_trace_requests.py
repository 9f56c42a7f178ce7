"""What a trace may ask for: requests that can be meant, and which experts take the place of those that were chosen."""

import numpy as np
import pytest

from runners.engine.probes.router_override import override_experts
from runners.schema import Route, Trace, request_from_json, request_to_json


def test_a_request_survives_its_way_to_another_process():
    request = Trace("a text", window=7, routing=True, route=Route(swapped=1, by="next", layers=(1, 2), places=(3,)))

    assert request_from_json(request_to_json(request)) == request
    assert request_from_json(request_to_json(Trace("a text"))) == Trace("a text")


@pytest.mark.parametrize(
    "wrong",
    [lambda: Trace("x", window=1), lambda: Route(), lambda: Route(swapped=1, experts=(1,)), lambda: Route(1, "worst")],
)
def test_a_request_that_cannot_be_meant_is_refused(wrong):
    with pytest.raises(ValueError):
        wrong()


@pytest.mark.parametrize("by", ["next", "least", "random"])
def test_swapped_experts_are_others_than_the_chosen_and_as_many_as_asked(by):
    draw = np.random.default_rng(1)
    likely = draw.dirichlet(np.ones(8), 30)
    chosen = np.argsort(-likely, axis=1)[:, :3]
    for count in (1, 2, 3):
        new = override_experts(Route(swapped=count, by=by), 0, 0, likely, chosen)
        fresh = [sorted(set(after) - set(before)) for before, after in zip(chosen, new, strict=True)]
        assert all(len(set(row)) == 3 for row in new) and {len(row) for row in fresh} == {count}
        order = np.argsort(-likely, axis=1)[:, 3:]
        wanted = {"next": order[:, :count], "least": order[:, -count:]}.get(by)
        assert wanted is None or [sorted(row) for row in wanted] == fresh
