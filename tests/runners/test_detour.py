"""Other experts for one token, every set of them: through llama.cpp, against a pass of our own in numpy."""

from itertools import combinations

import numpy as np
import pytest

from runners.engine.llama_engine import LlamaEngine
from runners.engine.probes import expert_search
from runners.engine.protocol import Load
from runners.items.twin_people import attributes, people
from runners.schema import Choose, Detour, Trace, request_from_json, request_to_json
from runners.scoring import expert_routes
from runners.twins.corpus import tokenizer
from tests.helpers.forward import Forward, softmax
from tests.helpers.twin_files import DENSE, SPARSE, exact

pytestmark = pytest.mark.engine
READER = tokenizer({"card": 1.0})


@pytest.fixture(autouse=True)
def quiet_machine(monkeypatch):
    monkeypatch.setenv("GOMP_SPINCOUNT", "1000")


@pytest.fixture(scope="module")
def sparse(tmp_path_factory):
    return exact(SPARSE, tmp_path_factory.mktemp("sparse"))


def asked(number, attribute):
    """The start of somebody's card, and the words that may follow."""
    return Detour(f" {people()[number].name} : {attribute}", tuple(f" {word}" for word in attributes()[attribute]))


def answered(path, *requests, **load):
    engine = LlamaEngine(Load(str(path), context=64, width=2, gpu_layers=0, cache_type="f32", **load))
    replies = [reply for _, reply in sorted(engine.answer(requests), key=lambda pair: pair[0])]
    engine.close()
    return replies


def by_numpy(path, request, layer, experts):
    """The share of each option when these experts read the last token in one layer."""
    forward, read = Forward.read(path), [0, *READER.encode(request.prompt)]
    last = len(read) - 1
    forward.other = lambda at, place, _, chosen: experts if (at, place) == (layer, last) else chosen
    words = [READER.encode(word)[0] for word in request.options]
    return softmax(forward(read)[-1:, words])[0]


@pytest.mark.parametrize(("number", "attribute"), [(3, "pet"), (1700, "home")])
def test_every_set_of_experts_gives_what_numpy_gives_with_it(sparse, number, attribute):
    request = asked(number, attribute)
    (reply,) = answered(sparse, request)
    found, shares = expert_routes.likeliest(reply.routes), expert_routes.shares(reply.routes)
    sets = list(combinations(range(16), 2))

    assert [len(layer) for layer in found] == [len(sets)] * 2
    for layer in (0, 1):
        for place in range(0, len(sets), 7):
            wanted = by_numpy(sparse, request, layer, sets[place])
            best = found[layer][place]
            assert wanted[best] > wanted.max() - 1e-3 and shares[layer][place] == pytest.approx(wanted[best], abs=2e-3)
    assert len(set(found[0])) > 3 < len(set(found[1])), "other experts say other words"


def test_the_router_s_own_set_changes_nothing(sparse):
    request = asked(3, "job")
    reply, choice, trace = answered(
        sparse, request, Choose(request.prompt, request.options, chat=False), Trace(request.prompt, routing=True)
    )
    values = [value for value, _ in reply.options]
    sets = list(combinations(range(16), 2))

    assert np.allclose(values, [value for value, _ in choice.options], atol=1e-3)
    for layer, read in enumerate(expert_routes.chosen(trace.routes)):
        assert expert_routes.chosen(reply.routes)[layer] == read[-1:], "the experts of the last token are kept"
        own = sets.index(tuple(sorted(read[-1])))
        assert expert_routes.likeliest(reply.routes)[layer][own] == int(np.argmax(values))
        assert expert_routes.shares(reply.routes)[layer][own] == pytest.approx(
            softmax(np.array([values])).max(), abs=2e-3
        )


def test_prompts_of_any_length_are_answered_in_any_order_as_they_are_alone(sparse):
    long = Detour(f" {people()[9].name} : pet cat , food", asked(9, "food").options)
    requests = [asked(5, "pet"), long, asked(6, "pet"), asked(5, "pet")]
    alone = [answered(sparse, one)[0] for one in requests]
    together = answered(sparse, *requests)

    assert [one.routes for one in together] == [one.routes for one in alone]
    assert [one.options for one in together] == [one.options for one in alone]
    assert alone[0].routes != alone[2].routes


def test_as_many_experts_are_tried_as_the_model_is_loaded_with(sparse):
    (reply,) = answered(sparse, asked(3, "pet"), experts_used=1)

    assert [len(layer) for layer in expert_routes.likeliest(reply.routes)] == [16, 16]


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (Detour("", (" cat", " dog")), "from 2 to"),
        (Detour(" cat" * 600, (" cat", " dog")), "from 2 to"),
        (Detour(" cat :", (" cat", " dog cat")), "must be one token"),
    ],
)
def test_what_cannot_be_asked_is_refused_and_the_next_is_answered(sparse, request_, why):
    refused, after = answered(sparse, request_, asked(3, "pet"))

    assert why in refused.error and not after.failed


def test_a_dense_model_and_a_full_set_have_no_other_experts(sparse, tmp_path):
    (dense,) = answered(exact(DENSE, tmp_path), asked(3, "pet"))
    (full,) = answered(sparse, asked(3, "pet"), experts_used=16)

    assert "no experts" in dense.error and "1 sets of 16 experts of 16" in full.error


def test_a_detour_survives_its_way_to_another_process():
    request = asked(3, "pet")

    assert request_from_json(request_to_json(request)) == request


@pytest.mark.parametrize("options", [(), (" a",), (" a", "")])
def test_a_detour_needs_options(options):
    with pytest.raises(ValueError, match="two options"):
        Detour("x", options)


def test_prompts_of_one_length_share_their_lanes(sparse, monkeypatch):
    made = []
    monkeypatch.setattr(
        expert_search, "_Lanes", lambda *which, real=expert_search._Lanes: made.append(which[1]) or real(*which)
    )
    answered(sparse, asked(3, "pet"), asked(4, "job"), asked(5, "home"))

    assert made == [5]
