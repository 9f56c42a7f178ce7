"""Chains of steps have one right state at every step, by solvers that read nothing but the text."""

import re
from math import isnan, log

import pytest

from runners.experiments.reasoning_chain import EXPERIMENT, ask, score
from runners.items.chains import SKINS, chains
from runners.schema import Reply
from runners.scoring.steps import answer, certainty, steps

ITEMS = chains(per_length=4, seed=99)


def skin(name):
    return [item for item in ITEMS if item.tags["skin"] == name]


def test_numbers_change_as_the_lines_say():
    for item in skin("variables"):
        x, states = int(re.search(r"starts at (\d+)", item.prompt)[1]), []
        for word, by in re.findall(r"(Add|Subtract|Double) (\d+|x)", item.prompt):
            x = {"Add": lambda: x + int(by), "Subtract": lambda: x - int(by), "Double": lambda: 2 * x}[word]()  # noqa: B023
            states.append(str(x))
        assert states == item.target["states"] and all(0 < int(state) < 100 for state in states)


@pytest.mark.parametrize(
    ("name", "pattern", "start"),
    [
        ("pointers", r"The (\w+) box says: (\w+)\.", r"Start at the (\w+) box"),
        ("ranks", r"(\w+) reports to (\w+)\.", r"Start at (\w+) and"),
    ],
)
def test_pointers_and_ranks_lead_from_one_to_the_next(name, pattern, start):
    for item in skin(name):
        after, here, states = dict(re.findall(pattern, item.prompt)), re.search(start, item.prompt)[1], []
        for _ in range(item.tags["steps"]):
            here = after[here]
            states.append(here)
        assert states == item.target["states"] and len(set(states)) == len(states)


def test_a_program_assigns_what_python_says():
    for item in skin("program"):
        values, states = {}, []
        for line in re.findall(r"^[ab] = .*$", item.prompt, re.MULTILINE):
            exec(line, {}, values)
            states.append(str(values[line[0]]))
        assert states[2:] == item.target["states"]


def test_the_wrong_state_is_another_one_that_the_text_allows():
    for item in ITEMS:
        states, wrong = item.target["states"], item.target["wrong"]
        assert wrong != states[(len(states) - 1) // 2]
        assert wrong.lstrip("-").isdigit() or wrong in item.prompt


def test_there_are_as_many_chains_of_every_skin_and_length():
    lengths = {(item.tags["skin"], item.tags["steps"]) for item in EXPERIMENT.items}

    assert len(lengths) == 10 * len(SKINS) and len(EXPERIMENT.items) == 240
    assert len({item.id for item in EXPERIMENT.items}) == 240


def chain(steps=6, name="variables"):
    return next(item for item in ITEMS if item.tags == {"skin": name, "steps": steps})


def written(states, last="Answer: {}"):
    lines = [f"Step {place}: {state}" for place, state in enumerate(states, start=1)]
    return "\n".join([*lines, last.format(states[-1])])


def judged(item, text, asked="steps", likely=1.0):
    pieces = re.findall(r"\s*\S+|\s+$", text)
    assert "".join(pieces) == text
    return score(item, {"asked": asked}, Reply(text, tuple(pieces), tuple(log(likely) for _ in pieces)))


def test_a_right_chain_is_whole_and_never_wrong():
    item = chain()
    found = judged(item, written(item.target["states"]))

    assert found["final_right"] == found["whole"] == found["begun"] == found["kept_third"] == 1
    assert isnan(found["first_wrong"]) and isnan(found["sure_when_wrong"])


@pytest.mark.parametrize(
    "form", ["**Step {}**: x = {}", "- step {} - {}", "Step {}. {}", "Step {}: 40 + 2 = {}.", "Step {}: Then x: {}"]
)
def test_a_right_chain_in_other_dress_is_right(form):
    item = chain()
    lines = [form.format(place, state) for place, state in enumerate(item.target["states"], start=1)]
    text = "\n".join([*lines, f"The answer: {item.target['states'][-1]}"])

    assert judged(item, text)["whole"] == judged(item, text)["final_right"] == 1


@pytest.mark.parametrize(("place", "kept"), [(2, 0), (3, 0), (4, 1), (6, 1)])
@pytest.mark.parametrize(("likely", "sure"), [(0.95, 1), (0.5, 0)])
def test_the_first_wrong_step_is_named_with_how_sure_it_was(place, kept, likely, sure):
    item = chain()
    states = list(item.target["states"])
    states[place - 1] = str(int(states[place - 1]) + 1)
    found = judged(item, written(states), likely=likely)

    assert found["first_wrong"] == place and found["whole"] == 0 and found["kept_third"] == kept
    assert found["sure_when_wrong"] == sure


def test_a_step_that_is_missing_is_wrong_and_nothing_is_known_of_how_sure_it_was():
    item = chain()
    found = judged(item, written(item.target["states"][:2]))

    assert found["first_wrong"] == 3 and isnan(found["sure_when_wrong"]) and found["kept_third"] == 0


@pytest.mark.parametrize(
    "text", ["", "   ", "<script>alert('Answer')</script>", "Step 1:", "Step 99999999999: 1\nAnswer:"]
)
@pytest.mark.parametrize("asked", ["direct", "steps", "wrong"])
def test_what_no_chain_looks_like_is_no_right_answer(text, asked):
    found = score(chain(), {"asked": asked}, Reply(text, (text,), (0.0,)))

    assert found["final_right"] == 0 and (asked != "steps" or found["whole"] == 0)


def test_short_chains_say_nothing_about_the_third_step():
    item = chain(steps=3)

    assert isnan(judged(item, written(item.target["states"]))["kept_third"])


def test_an_answer_alone_is_its_last_word_after_answer_or_else_its_first():
    assert answer("Answer: 3\nAnswer: 12") == "12" and answer("  Karin.") == "Karin" and answer("-4 it is") == "-4"


def test_the_first_half_is_given_and_its_last_line_is_wrong():
    item = chain()
    prompt = ask(item, {"asked": "wrong"}).prompt
    given = steps(prompt.rpartition("Write the rest.")[2])

    assert [said.value for said in given.values()] == [*item.target["states"][:2], item.target["wrong"]]


def test_certainty_is_that_of_the_token_that_begins_the_value():
    reply = Reply("Step 1: 42", ("Step", " 1", ":", " ", "42"), tuple(map(log, (0.9, 0.8, 0.7, 0.6, 0.5))))

    assert certainty(reply, steps(reply.text)[1].place) == pytest.approx(0.5)


@pytest.mark.parametrize("text", ["1. Add 5 to x.\n2. Double x.", "Step 1: 999\nStep 2: 1000", ""])
def test_a_chain_that_was_never_begun_was_not_lost_by_the_third_step(text):
    found = judged(chain(), text)

    assert found["begun"] == found["whole"] == 0 and isnan(found["kept_third"])
