"""One loaded model on a node, without Ray: which weights, which llama.cpp, which machine, which replies first."""

import json
import time

import pytest

from runners.engine import build_info
from runners.engine.protocol import EngineError
from runners.host.settings import load
from runners.models.gguf import ModelError
from runners.scheduling.plan import make_plan
from runners.scheduling.ray import actor as acting
from runners.scheduling.ray.actor import Actor, Unfit, order
from runners.schema import Choose, Reply
from tests.helpers.twin_project import checkout, other_build


@pytest.fixture
def home(tmp_path):
    return checkout(tmp_path / "home")


def ordered(home, slug="json-f128-s1", **flags):
    """What a node is sent for the first task of a plan."""
    settings = load({"home": home, "rig": "here-0000", "model": (slug,), **flags})
    return order(make_plan(settings).tasks[0], settings)


def test_a_node_whose_llama_cpp_is_another_build_refuses(home, tmp_path, monkeypatch):
    sent = ordered(home)
    monkeypatch.setenv("LLAMA_CPP_LIB_PATH", str(other_build(tmp_path / "lib")))
    build_info.identity.cache_clear()
    try:
        with pytest.raises(Unfit, match=f"planned for {sent.task.engine['build']}; give all machines one environment"):
            Actor().load(sent, 1, None)
    finally:
        monkeypatch.undo()
        build_info.identity.cache_clear()


def test_weights_with_another_digest_are_refused_by_name_on_the_node(home, tmp_path, monkeypatch):
    """The driver need not have the weights: it knows them by their digest."""
    node, sent_from = checkout(tmp_path / "node"), next(home.rglob("json-f128-s1.gguf"))
    sent_from.unlink()
    there = next(node.rglob("json-f128-s1.gguf"))
    content = bytearray(there.read_bytes())
    content[-1] ^= 1
    there.write_bytes(content)
    monkeypatch.setenv("INCOMPRESSIBLE_HOME", str(node))
    monkeypatch.setenv("INCOMPRESSIBLE_CACHE", str(tmp_path / "cache"))
    with pytest.raises(ModelError, match=rf"{there} has sha256 \w+, not 8|{there} has sha256"):
        Actor().load(ordered(home), 1, None)


@pytest.mark.engine
def test_weights_of_a_node_are_known_by_their_digest_wherever_they_lie(home, tmp_path, monkeypatch):
    cache, here = tmp_path / "cache", next(home.rglob("json-f128-s1.gguf"))
    (cache / "models").mkdir(parents=True)
    here.rename(cache / "models" / here.name)
    monkeypatch.setenv("INCOMPRESSIBLE_HOME", str(tmp_path))
    monkeypatch.setenv("INCOMPRESSIBLE_CACHE", str(cache))
    actor = Actor()
    facts = actor.load(ordered(home, cache=tmp_path / "empty"), 1, None)
    asked = [Choose("The", (" a", " b"), chat=False), Choose("A", (" a", " b"), chat=False)]
    came = actor.ask(asked)
    while len(came) < 2:
        came += actor.replies()
    actor.close()

    assert {index for index, _ in came} == {0, 1} and not any(reply.failed for _, reply in came)
    assert facts["machine"]["cpu"] and str(tmp_path) not in json.dumps(facts)


def test_a_node_of_another_kind_refuses_before_it_loads_anything(home):
    with pytest.raises(Unfit, match=r"its cpu is .*, and the rig's is Some CPU"):
        Actor().load(ordered(home), 1, {"cpu": "Some CPU"})


def test_what_was_finished_before_an_engine_failed_is_handed_over_first(monkeypatch):
    class Broken:
        def answer(self, requests):
            yield 0, Reply(text="done")
            raise EngineError("it cannot be loaded again")

    actor = Actor()
    actor._engine = Broken()
    assert actor.ask(["one", "two"]) == [(0, Reply(text="done"))]
    with pytest.raises(EngineError, match="loaded again"):
        actor.replies()


def test_an_engine_is_asked_again_only_when_it_has_said_that_it_is_done():
    class Engine:
        busy = False

        def answer(self, requests):
            if self.busy:
                raise EngineError("it is not done yet")
            self.busy = True
            yield from ((index, Reply(text=request)) for index, request in enumerate(requests))
            time.sleep(0.2)
            self.busy = False

    actor = Actor()
    actor._engine = Engine()
    assert [actor.ask([text]) for text in "ab"] == [[(0, Reply(text="a"))], [(0, Reply(text="b"))]]


def test_weights_that_no_list_has_are_sought_on_the_hub_and_where_they_are_here(home):
    path = next(home.rglob("json-f128-s1.gguf")).rename(home / "mine.gguf")
    model = make_plan(load({"home": home, "model": (str(path),), "rig": "here-0000"})).tasks[0].model
    assert acting._sought(model, home).sources[-1] == str(path)
