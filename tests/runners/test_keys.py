"""A wrong cache hit cannot be: whatever can change an answer is part of the key, also what somebody adds tomorrow."""

import dataclasses
import itertools
from types import UnionType
from typing import get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runners.engine import build_info
from runners.engine.protocol import Load
from runners.experiments import find
from runners.host.settings import SETTINGS, load
from runners.models.resolve import resolve
from runners.scheduling import plan
from runners.schema import (
    Cell,
    Choose,
    Detour,
    Generate,
    Item,
    Route,
    Trace,
    digest,
    request_from_json,
    request_to_json,
)
from tests.helpers.gguf_maker import DENSE, gguf

WITHOUT_EFFECT = {"path", "threads", "source"}
"""Fields of a load that change no answer: where files lie, whose digests the key has, and how many threads run."""

ITEM = Item("one", "2 + 2?", {"answer": 4}, {"depth": 1}, "group")
GENERATE = Generate("2 + 2?", "Be brief.", then=Generate("Sure?"))
ROUTE = Route(swapped=1)
REQUESTS = [GENERATE, Choose("2 + 2?", ("4", "5")), Trace("2 + 2", route=ROUTE), Detour("2 + 2 =", ("4", "5"))]
ENGINE = {"build": "b1", "backend": "cpu", **Load("x.gguf").identity()}
CELL = Cell("sums", 1, "ab" * 32, ENGINE, {"held": "free"}, ITEM, GENERATE, 0)
OTHER = {
    "str": "other", "int": 77, "bool": None, "float": 0.75, "Mapping": {"other": 1}, "tuple": ("other", "two"),
    "Item": dataclasses.replace(ITEM, prompt="3 + 3?"), "Route": Route(swapped=2), "Generate": Generate("other"),
}  # fmt: skip
CHOSEN = {"by": "least", "grammar": "root ::= [0-9]"}
"""Fields that do not take any value of their kind."""


def kind(hint):
    """The name of a field's type, None left aside."""
    if isinstance(hint, UnionType):
        hint = next(one for one in get_args(hint) if one is not type(None))
    return getattr(get_origin(hint) or hint, "__name__", str(hint))


def changed(thing):
    """(field, the same thing with another value there) for every field of a dataclass. A field of a type that is not
    known here fails, so that whoever adds one looks at the key."""
    hints = get_type_hints(type(thing))
    for field in dataclasses.fields(thing):
        value = CHOSEN[field.name] if field.name in CHOSEN else OTHER[kind(hints[field.name])]
        if value is None:
            value = not getattr(thing, field.name)
        yield field.name, dataclasses.replace(thing, **{field.name: value})


def each(*things):
    return [pytest.param(thing, other, id=f"{type(thing).__name__}.{name}")
            for thing in things for name, other in changed(thing)]  # fmt: skip


@pytest.mark.parametrize(("cell", "other"), each(CELL))
def test_every_field_of_a_cell_changes_its_key(cell, other):
    assert cell.key != other.key


@pytest.mark.parametrize(("item", "other"), each(ITEM))
def test_every_field_of_an_item_changes_the_key(item, other):
    assert item.hash != other.hash
    assert dataclasses.replace(CELL, item=other).key != CELL.key


@pytest.mark.parametrize(("request_", "other"), each(*REQUESTS))
def test_every_field_of_a_request_changes_the_key_and_survives_the_way_to_the_engine(request_, other):
    one, two = (dataclasses.replace(CELL, request=which) for which in (request_, other))
    assert one.key != two.key
    assert request_from_json(request_to_json(other)) == other


@pytest.mark.parametrize(("route", "other"), [
    pytest.param(ROUTE, dataclasses.replace(ROUTE, **change), id=f"Route.{next(iter(change))}")
    for change in ({"swapped": 2}, {"by": "next"}, {"layers": (1,)}, {"places": (2,)}, {"kept": True}, {"seed": 3},
                   {"experts": (1,), "swapped": 0})
])  # fmt: skip
def test_every_field_of_a_route_changes_the_key(route, other):
    traces = [dataclasses.replace(CELL, request=Trace("2 + 2", route=one)) for one in (route, other)]
    assert traces[0].key != traces[1].key


def test_no_field_of_a_route_is_forgotten_above():
    assert {field.name for field in dataclasses.fields(Route)} == {
        "swapped", "by", "layers", "places", "experts", "kept", "seed"
    }  # fmt: skip


@pytest.mark.parametrize(("load_", "other"), each(Load("x.gguf")))
def test_every_field_of_a_load_is_in_the_key_unless_it_is_known_to_change_nothing(load_, other):
    (name,) = [field.name for field in dataclasses.fields(Load)
               if getattr(load_, field.name) != getattr(other, field.name)]  # fmt: skip
    assert (load_.identity() != other.identity()) == (name not in WITHOUT_EFFECT)


SETTLED = {
    "in the key": {"model", "backend", "gpu_layers", "width"},
    "decide what is asked, or where it is kept": {"home", "profile", "rig", "cache"},
    "end an engine or make it faster": {"threads", "cell_seconds", "load_seconds", "memory_gb"},
}


def test_a_setting_that_is_new_says_whether_it_can_change_an_answer():
    assert {setting.name for setting in SETTINGS} == set().union(*SETTLED.values())


@pytest.fixture
def cells(tmp_path, monkeypatch):
    """The keys of the cells that a plan would ask of a file of these bytes."""
    monkeypatch.setattr(build_info, "identity", lambda: "b1")

    def keys(content=None, chosen=None, **flags):
        path = tmp_path / "m.gguf"
        path.write_bytes(content or gguf())
        (tmp_path / "data").mkdir(exist_ok=True)
        (tmp_path / "data" / "models.toml").touch()
        home = {"home": tmp_path, "rig": "here-0000", "cache": tmp_path / "cache", "backend": "cpu"}
        experiment = chosen or find()["json-fidelity"]
        monkeypatch.setattr(plan, "find", lambda: {experiment.slug: experiment})
        made = plan.make_plan(load({"model": (str(path),), **home, **flags}, tmp_path, {}))
        return [cell.key for task in made.tasks for cell in task.cells]

    return keys


TEMPLATE = {**DENSE, "tokenizer.chat_template": "{{ messages }}"}
EXPERIMENT = find()["json-fidelity"]


@pytest.mark.parametrize(
    "change",
    [
        {"content": gguf(fill=b"\1")},
        {"content": gguf(TEMPLATE)},
        {"content": gguf({**TEMPLATE, "tokenizer.chat_template": "{{ messages}}"})},
        {"width": 3},
        {"backend": "cuda"},
        {"backend": "cuda", "gpu_layers": 3},
        {"chosen": dataclasses.replace(EXPERIMENT, version=9)},
        {"chosen": dataclasses.replace(EXPERIMENT, seed=9)},
        {"chosen": dataclasses.replace(EXPERIMENT, slug="other")},
        {"chosen": dataclasses.replace(EXPERIMENT, context=4096)},
        *(
            {"chosen": dataclasses.replace(EXPERIMENT, loads={name: (value,)})}
            for name, value in [("cache_type", "q8_0"), ("flash_attention", True), ("weights", "Q4_0"),
                                ("share_prefix", False)]
        ),
        *(
            {"chosen": dataclasses.replace(EXPERIMENT, ask=lambda item, arm, more=more: dataclasses.replace(
                EXPERIMENT.ask(item, arm), **more))}
            for more in ({"seed": 5}, {"temperature": 0.5}, {"top_k": 5}, {"top_p": 0.5}, {"min_p": 0.1},
                         {"max_tokens": 7}, {"stop": ("x",)}, {"system": "x"})
        ),
    ],
)  # fmt: skip
def test_no_cell_of_a_plan_has_a_key_of_one_that_differs_in_what_can_change_an_answer(cells, change):
    before, after = cells(), cells(**change)
    assert before and after and not set(before) & set(after)


def test_another_build_of_llama_cpp_has_other_keys(cells, monkeypatch):
    before = cells()
    monkeypatch.setattr(build_info, "identity", lambda: "b2")
    assert not set(before) & set(cells())


def test_a_file_by_another_name_and_more_threads_are_the_same_cells(cells, tmp_path):
    assert cells() == cells(threads=7) == cells(cell_seconds=7.0)


@settings(max_examples=60, deadline=None)
@given(place=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_any_flipped_bit_of_the_weights_makes_another_model_or_is_refused(tmp_path_factory, place, bit):
    folder, whole = tmp_path_factory.mktemp("flipped"), gguf(TEMPLATE)
    (folder / "data").mkdir()
    (folder / "data" / "models.toml").touch()
    flipped = bytearray(whole)
    flipped[place % len(whole)] ^= 1 << bit
    identities = []
    for content in (whole, bytes(flipped)):
        (folder / "m.gguf").write_bytes(content)
        try:
            identities.append(resolve(str(folder / "m.gguf"), folder, folder / "cache").identity)
        except ValueError as refusal:
            assert "m.gguf" in str(refusal)
    assert len(set(identities)) == len(identities)


texts = st.text(max_size=6)
values = st.one_of(texts, st.integers(-3, 3), st.booleans(), st.sampled_from([0.5, 1.0]))
facts = st.dictionaries(texts, values, max_size=3)
generations = st.builds(
    Generate, texts, texts, st.booleans(), st.integers(1, 3), st.sampled_from([0.0, 0.5]), st.integers(0, 2),
    stop=st.lists(texts, max_size=2).map(tuple), schema=st.none() | facts,
    then=st.none() | st.builds(Generate, texts),
)  # fmt: skip
choices = st.builds(Choose, texts, st.lists(texts.filter(bool), min_size=2, max_size=3).map(tuple), texts)
questions = st.one_of(generations, choices, st.builds(Trace, texts, st.integers(2, 4), st.booleans()))
items = st.builds(Item, texts, texts, facts, st.dictionaries(texts, texts, max_size=2), texts)
drawn = st.builds(Cell, texts, st.integers(1, 3), texts, facts, facts, items, questions, st.integers(0, 2))


@settings(max_examples=200, deadline=None)
@given(st.lists(drawn, min_size=2, max_size=6))
def test_cells_that_differ_in_anything_have_different_keys(cells):
    for one, two in itertools.combinations(cells, 2):
        assert (one.key == two.key) == (digest(dataclasses.asdict(one)) == digest(dataclasses.asdict(two))
                                        and type(one.request) is type(two.request))  # fmt: skip
