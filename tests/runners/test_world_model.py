"""Scenes in matched pairs: one can be done, the other cannot, and only the scene says which."""

import re
from collections import Counter
from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.experiments.world_model import EXPERIMENT, OPTIONS, ask, score
from runners.schema import Choose, Generate, Reply
from runners.scoring.yes_no import yes_or_no

ITEMS = tuple(EXPERIMENT.items)
PAIRS = {name: {item.target["answer"]: item for item in ITEMS if item.tags["pair"] == name} for name in
         dict.fromkeys(item.tags["pair"] for item in ITEMS)}  # fmt: skip


def only(domain, kind=None):
    return [item for item in ITEMS if item.tags["domain"] == domain and kind in (None, item.tags["kind"])]


def things(text):
    return [re.sub(r"^an? ", "", one) for one in re.split(r", | and ", text)]


def test_there_are_two_pairs_to_a_row_and_twelve_rows_to_a_domain():
    assert Counter(item.tags["domain"] for item in ITEMS) == dict.fromkeys(
        ("clothing", "containers", "keys", "cooking", "assembly"), 48
    )
    assert len({item.id for item in ITEMS}) == 240 and set(Counter(item.cluster for item in ITEMS).values()) == {4}
    assert all(set(pair) == {"yes", "no"} for pair in PAIRS.values()) and len(PAIRS) == 120


@pytest.mark.parametrize("name", PAIRS)
def test_members_of_a_pair_differ_in_the_scene_or_in_the_question_alone(name):
    no, yes = PAIRS[name]["no"], PAIRS[name]["yes"]
    scenes = [item.prompt.removesuffix(item.target["question"]) for item in (no, yes)]
    if no.tags["kind"] == "state":
        assert no.target["question"] == yes.target["question"] and scenes[0] != scenes[1]
    else:
        assert no.target["question"] != yes.target["question"] and scenes[0] == scenes[1]


def test_what_is_worn_over_a_thing_has_to_come_off_first():
    for item in only("clothing"):
        worn = things(re.search(r"is wearing (.+?)\.", item.prompt)[1])
        gone = re.findall(r"takes off the (.+?)\.", item.prompt)
        wanted = re.search(r"Can \w+ take off the (.+?) next", item.prompt)[1]
        free = wanted == worn[2] or worn[1] in gone
        assert item.target["answer"] == ("yes" if free else "no"), item.prompt


def test_nothing_comes_out_of_what_is_shut():
    for item in only("containers"):
        (thing, inner), (_, outer) = re.findall(r"(?:is an? |the )([\w ]+?)(?: is)? in an? ([\w ]+?)[,.]", item.prompt)
        shut = {
            box
            for box in (inner, outer)
            if re.search(rf"[Tt]he {box} (is|was open, and \w+ has just) shut", item.prompt)
        }
        wanted = re.search(r"take out the ([\w ]+?) now", item.prompt)[1]
        blocked = shut & ({inner, outer} if wanted == thing else {outer})
        assert item.target["answer"] == ("no" if blocked else "yes"), item.prompt


def test_a_door_opens_with_its_own_key_only():
    for item in only("keys"):
        wanted = re.search(r"get into the ([\w ]+?) now", item.prompt)[1]
        keys = re.findall(r"the key of the ([\w ]+?) and", item.prompt)
        assert item.target["answer"] == ("yes" if wanted in keys else "no"), item.prompt


def test_only_what_is_still_whole_can_be_used_whole():
    harmless = {"rinses", "washes", "weighs", "salts"}
    for item in only("cooking"):
        wanted = re.search(r"Can the ([\w ]+?) still", item.prompt)[1]
        done = re.search(rf"(\w+) the {wanted}(?: and|\.)", item.prompt) or re.search(
            rf"and (\w+) the {wanted}", item.prompt
        )
        assert item.target["answer"] == ("yes" if done[1] in harmless else "no"), item.prompt


def test_a_cover_has_to_go_before_what_it_covers():
    for item in only("assembly"):
        inner, cover, loose = things(re.search(r"It still has (.+?)\.", item.prompt)[1])
        gone = re.findall(r"takes off the (.+?)\.", item.prompt)
        wanted = re.search(r"take out the (.+?) next", item.prompt)[1]
        assert wanted in (inner, loose)
        assert item.target["answer"] == ("yes" if wanted == loose or cover in gone else "no"), item.prompt


def judged(item, text, asked="free"):
    return score(item, {"asked": asked}, Reply(text, (text,), (0.0,)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("No", "no"),
        (" yes.", "yes"),
        ("**Yes**, she can", "yes"),
        ("Answer: NO", "no"),
        ("He can't, so no.", "no"),
        ("\n\nNo\nAnswer: Yes", "no"),
        ("Nobody knows. Yes!", "yes"),
        ("Not yet", ""),
        ("Yesterday", ""),
        ("<b>no</b>", "no"),
        ("", ""),
        ("    ", ""),
        ("nö", ""),
        ("1e999999 \u202eon", ""),
    ],
)
def test_the_first_yes_or_no_of_the_first_line_counts(text, said):
    assert yes_or_no(text) == said
    for answer, item in PAIRS["clothing: socks, state"].items():
        found = judged(item, text)
        assert found["right"] == (said == answer) and found["answered"] == bool(said)
        assert isnan(found["said_yes"]) if not said else found["said_yes"] == (said == "yes")


@given(st.text())
def test_any_text_reads_as_yes_no_or_neither(text):
    assert yes_or_no(text) in ("yes", "no", "")


@pytest.mark.parametrize(("options", "said"), [(((-0.1, 1), (-2.0, 1)), "yes"), (((-2.0, 1), (-0.1, 1)), "no")])
def test_of_a_choice_the_likelier_option_counts(options, said):
    for answer, item in PAIRS["keys: shed, object"].items():
        for asked in ("choice", "bare"):
            found = score(item, {"asked": asked}, Reply(options=options, stop="scored"))
            assert found["right"] == (said == answer)
            assert found["leaning"] == options[0][0] - options[1][0]


def test_always_yes_gets_no_pair_right():
    for pair in PAIRS.values():
        assert sorted(judged(item, "Yes")["right"] for item in pair.values()) == [0, 1]


def test_the_bare_question_tells_nothing_of_the_scene_and_the_rule_is_told_only_where_it_should_be():
    for item in ITEMS:
        asked = {arm["asked"]: ask(item, arm) for arm in EXPERIMENT.arms()}
        scene = item.prompt.removesuffix(item.target["question"])
        assert scene.strip() and scene not in asked["bare"].prompt and scene in asked["choice"].prompt
        assert [arm for arm, request in asked.items() if item.target["rule"] in request.prompt] == ["told"]
        assert isinstance(asked["choice"], Choose) and asked["choice"].options == OPTIONS
        assert isinstance(asked["free"], Generate)


def test_a_quick_run_asks_whole_pairs():
    quick = Counter(item.tags["pair"] for item in EXPERIMENT.chosen("quick"))
    assert set(quick.values()) == {2} and len(quick) == 20
