"""A live experiment's form: what is filled in becomes values, or an error that says what to mend."""

import json

import pytest

from explainers import live
from explainers.live.form import ChoiceField, MultiChoiceField, NumberField, Result, Tool

FIELDS = (
    NumberField("bits", "Bits", 4, low=2, high=8, whole=True),
    NumberField("noise", "Noise", 0.1, low=0, high=2),
    ChoiceField("kind", "Kind", "a", options=(("a", "First"), ("b", "Second"))),
    MultiChoiceField("rungs", "Rungs", ("x",), options=(("x", "X"), ("y", "Y"))),
)
TOOL = Tool("echo", "Echo", lambda files: FIELDS, lambda values, files: Result(json.dumps(values)))


def said(**filled):
    return TOOL.run(TOOL.read(filled, {}), {}).said


def test_what_is_not_filled_in_keeps_its_default():
    assert TOOL.read({}, {}) == {"bits": 4, "noise": 0.1, "kind": "a", "rungs": ("x",)}


def test_text_becomes_numbers_and_choices_keep_the_order_of_the_form():
    read = TOOL.read({"bits": "3", "noise": "1.5", "rungs": ["y", "x"]}, {})
    assert (read["bits"], read["noise"], read["rungs"]) == (3, 1.5, ("x", "y"))


@pytest.mark.parametrize(
    ("filled", "complaint"),
    [
        ({"bits": "9"}, "Bits: give a whole number from 2 to 8, not '9'"),
        ({"bits": "3.5"}, "Bits: give a whole number"),
        ({"noise": "much"}, "Noise: give a number from 0 to 2, not 'much'"),
        ({"noise": "nan"}, "Noise: give a number"),
        ({"noise": ""}, "Noise: give a number"),
        ({"kind": "<b>"}, "Kind: no such choice as '<b>'"),
        ({"rungs": []}, "Rungs: choose at least one"),
        ({"rungs": ["x", "z"]}, "Rungs: no such choice as 'z'"),
    ],
)
def test_a_wrong_value_is_named_with_its_field_and_what_would_be_right(filled, complaint):
    with pytest.raises(ValueError, match=complaint):
        TOOL.read(filled, {})


def test_a_page_gets_the_result_as_json_and_a_fault_as_words(monkeypatch):
    monkeypatch.setattr(live, "find", lambda name: TOOL)
    assert json.loads(json.loads(live.answer("echo", '{"bits": "5"}', {}))["said"])["bits"] == 5
    assert json.loads(live.answer("echo", '{"bits": "50"}', {})) == {
        "fault": "Bits: give a whole number from 2 to 8, not '50'"
    }


def test_only_what_is_on_the_list_can_be_called():
    for name in ("os", "form", "judging", "../judging/x"):
        with pytest.raises(LookupError):
            live.find(name)
