"""What the guide's page runs: files that follow from the committed twins alone."""

import json

import pytest

from runners.experiments import find
from runners.models.gguf import read_header
from runners.models.gguf_facts import inspect
from runners.twins import recipe, store, web_demo
from tests.helpers.twin_files import HOUSE

PARAMETERS = {
    rung.name: inspect(store.weights_of(HOUSE, rung))
    for rung in recipe.rungs(HOUSE).values()
    if rung.ladder == web_demo.LADDER and rung.seed == web_demo.SEED
}


@pytest.fixture(scope="module")
def again(tmp_path_factory):
    """Every file, written by the command, by name."""
    return {path.name: path.read_bytes() for path in web_demo.write(HOUSE, tmp_path_factory.mktemp("page"))}


def committed(name):
    return (web_demo.folder(HOUSE) / name).read_bytes()


@pytest.mark.engine
def test_the_command_writes_the_committed_weights_again_to_the_byte(again):
    weights = {name: content for name, content in again.items() if name.endswith(".gguf")}
    assert len(weights) == 6 and weights == {name: committed(name) for name in weights}
    assert {path.name for path in web_demo.folder(HOUSE).iterdir()} == {*again, "README.md"}


@pytest.mark.engine
def test_the_command_finds_the_committed_routing_again(again):
    """To the per cent: processors add in different orders, and where two experts are level either may come first."""
    here, there = json.loads(again["routing.json"]), json.loads(committed("routing.json"))
    pairs = list(zip(numbers(here.pop("experts")), numbers(there.pop("experts")), strict=True))

    assert here == there
    assert all(abs(mine[1] - yours[1]) <= 1 for mine, yours in pairs)
    assert sum(mine[0] == yours[0] for mine, yours in pairs) >= 0.999 * len(pairs) > 10_000


def numbers(experts):
    """(expert, the gate's probability of it in per cent), in the order of types, experts used and questions."""
    for by_use in experts.values():
        for questions in by_use.values():
            for flat in questions:
                yield from zip(flat[::2], flat[1::2], strict=True)


@pytest.mark.parametrize("kind", web_demo.TYPES)
def test_every_tensor_but_norms_and_gates_has_the_one_type(kind):
    for rung in web_demo.twins(HOUSE):
        tensors = read_header(web_demo.folder(HOUSE) / web_demo.file_of(rung, kind)).tensors
        assert {one.type for one in tensors if "norm" not in one.name and "gate_inp" not in one.name} == {kind}


def test_the_dense_twins_are_the_nearest_to_the_mixture_in_active_and_in_all_parameters():
    mixture, *dense = (PARAMETERS[name] for name in web_demo.RUNGS)
    others = [one for one in PARAMETERS.values() if not one.experts]

    for wanted, found in zip((mixture.active_parameters, mixture.parameters), dense, strict=True):
        assert min(others, key=lambda one: abs(one.parameters - wanted)) == found
        assert abs(found.parameters / wanted - 1) < 0.02


@pytest.mark.parametrize("experiment", ["twin-sparsity", "twin-quantization"])
def test_the_questions_are_those_whose_replies_are_stored(experiment):
    asked = {one.id: one.target["opening"] for one in find()[experiment].items if one.tags["asks"] == "fact"}

    assert {one.id: one.target["opening"] for one in web_demo.questions()} == asked
