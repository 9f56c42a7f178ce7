"""A cell's key must change with everything that can change its answer, and with nothing else."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.schema import (
    Cell,
    Choose,
    Experiment,
    Generate,
    Item,
    Reply,
    reply_from_json,
    reply_to_json,
    request_from_json,
    request_to_json,
)

ITEM = Item("one", "2 + 2?", {"answer": 4}, {"depth": 1}, "one")
ENGINE = {"build": "b1", "backend": "cpu", "width": 8, "context": 512, "cache_type": "f16"}
CELL = Cell("sums", 1, "ab" * 32, ENGINE, {"held": "free"}, ITEM, Generate("2 + 2?"), 0)


@pytest.mark.parametrize(
    "change",
    [
        {"experiment": "others"},
        {"version": 2},
        {"model": "cd" * 32},
        {"seed": 1},
        {"arm": {"held": "asked"}},
        *({"engine": {**ENGINE, name: "other"}} for name in ENGINE),
        {"item": dataclasses.replace(ITEM, prompt="2 + 3?")},
        {"item": dataclasses.replace(ITEM, target={"answer": 5})},
        {"request": Generate("2 + 2? Think.")},
        {"request": Generate("2 + 2?", max_tokens=9)},
        {"request": Generate("2 + 2?", temperature=0.5)},
        {"request": Generate("2 + 2?", temperature=0.5, seed=1)},
        {"request": Generate("2 + 2?", stop=("\n",))},
        {"request": Generate("2 + 2?", schema={"type": "object"})},
        {"request": Generate("2 + 2?", grammar="root ::= [0-9]")},
        {"request": Generate("2 + 2?", chat=False)},
        {"request": Generate("2 + 2?", system="Be brief.")},
        {"request": Generate("2 + 2?", then=Generate("Sure?"))},
        {"request": Choose("2 + 2?", ("4", "5"))},
    ],
)
def test_whatever_can_change_an_answer_changes_the_key(change):
    assert dataclasses.replace(CELL, **change).key != CELL.key


def test_the_order_in_which_settings_are_named_does_not_change_the_key():
    assert dataclasses.replace(CELL, engine=dict(reversed(ENGINE.items()))).key == CELL.key


requests = st.one_of(
    st.builds(Generate, st.text(), st.text(), st.booleans(), st.integers(1, 9), stop=st.tuples(st.text(min_size=1))),
    st.builds(Generate, st.text(), then=st.builds(Generate, st.text(), schema=st.just({"type": "object"}))),
    st.builds(Choose, st.text(), st.tuples(st.text(min_size=1), st.text(min_size=1))),
)


@given(requests)
def test_a_request_survives_the_way_through_json(request):
    assert request_from_json(request_to_json(request)) == request


@given(
    st.builds(
        Reply, text=st.text(), tokens=st.tuples(st.text()), options=st.tuples(st.tuples(st.just(-1.5), st.just(2)))
    )
)
def test_a_reply_survives_the_way_through_json(reply):
    nested = dataclasses.replace(reply, earlier=(reply,))
    assert reply_from_json(reply_to_json(nested)) == nested


def test_a_request_cannot_be_held_twice():
    with pytest.raises(ValueError, match="not by both"):
        Generate("x", schema={}, grammar="root ::= [0-9]")


def test_a_choice_needs_something_to_choose_from():
    with pytest.raises(ValueError, match="two options"):
        Choose("x", ("only",))


def experiment(**changes):
    items = tuple(Item(f"{depth}-{n}", "", {}, {"depth": depth}) for depth in (1, 2) for n in range(9))
    parts = {"slug": "s", "version": 1, "question": "?", "items": items, "varies": {"held": ("a", "b")}, "metrics": ()}
    return Experiment(ask=None, score=None, strata=("depth",), quick=2, **parts, **changes)


def test_the_quick_profile_is_balanced_and_part_of_the_full_one():
    chosen = experiment().chosen("quick")
    assert [item.id for item in chosen] == ["1-0", "1-1", "2-0", "2-1"]
    assert {item.id for item in chosen} <= {item.id for item in experiment().chosen("full")}


def test_arms_are_every_combination_of_what_varies():
    arms = list(experiment(loads={"quant": ("q8", "q4")}).arms())
    assert len(arms) == 4 and {"quant": "q4", "held": "b"} in arms
