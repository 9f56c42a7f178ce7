"""Tales come out as their text says, by a solver that reads nothing else; replies about them are judged by that."""

import itertools
import random
import re
from collections import Counter
from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as some

from runners.engine.protocol import Load
from runners.experiments.story_state import EXAMPLE, EXPERIMENT, ask, score
from runners.items.story_tracking import CAST, SIZES, all_events, continuation, grammar, tales
from runners.items.story_world import Event, World
from runners.schema import Choose, Generate, Reply
from tests.helpers.story_reader import PEOPLE, Reading

ITEMS = tales(per_size=8, seed=99)


def story(item):
    return re.search(r"Story: (.*)", item.prompt)[1]


def question(item):
    return re.search(r"Question: (.*)", item.prompt)[1]


def of(*kinds):
    return [item for item in ITEMS if item.tags["asks"] in kinds]


QUESTIONS, NEXT = of("thing", "holder", "person"), of("next")


def test_a_question_is_answered_as_the_story_says():
    for item in QUESTIONS:
        read = Reading(story(item))
        assert read.events == item.tags["events"]
        assert read.answer(question(item)) == item.target["answer"]
        people = [name for name in read.at if name in PEOPLE]
        assert item.target["options"] == sorted(people if item.tags["asks"] == "holder" else read.rooms)


def test_of_four_continuations_one_is_possible_and_the_world_is_the_storys_own():
    for item in NEXT:
        read, world = Reading(story(item)), World(**item.target["world"])
        assert [one for one in item.target["options"] if read.can(one)] == [item.target["answer"]]
        assert all(world.allows(event) == read.can(continuation(event)) for event in all_events(world))


def test_the_worked_example_keeps_its_own_rules():
    read = Reading(re.search(r"Story: (.*)", EXAMPLE)[1])
    for asked, answered in re.findall(r"Question: (.*)\nAnswer: (.*)", EXAMPLE):
        assert read.answer(asked) == answered
    for sentence in re.findall(r"[A-Z].*?\.", EXAMPLE.rpartition("Next: ")[2]):
        assert read.can(sentence)
        read.happens(sentence[:-1])


def test_the_worked_example_names_nothing_that_a_story_is_about():
    said = set(re.findall(r"\w+", EXAMPLE))
    assert all(not said & {*World(**item.target["world"]).places, *item.target["world"]["lying"]} for item in NEXT)
    assert not said & {option for item in of("thing") for option in item.target["options"]}


def share(right):
    return sum(right) / len(right)


def last_named(item):
    """What a reader would say who has kept nothing but the last name of the kind that is asked for."""
    return max(item.target["options"], key=story(item).rfind)


def named_beside(item):
    """The name in the last sentence that speaks of whom or what is asked for: looking up without following."""
    name = re.search(r"(\w+)\?", question(item))[1]
    beside = [one for sentence in story(item).split(". ") if name in sentence
              for one in re.findall(r"\w+", sentence) if one in item.target["options"] and one != name]  # fmt: skip
    return beside[-1] if beside else ""


@pytest.mark.parametrize("kind", ["thing", "holder", "person"])
def test_whoever_says_the_last_name_is_right_as_often_as_by_chance(kind):
    asked = [item for item in EXPERIMENT.items if item.tags["asks"] == kind]
    for size in SIZES:
        assert share([last_named(i) == i.target["answer"] for i in asked if i.tags["events"] == size]) == 1 / CAST


def test_the_longer_the_tale_the_less_often_the_answer_stands_beside_the_name():
    asked = [item for item in EXPERIMENT.items if item.tags["asks"] != "next"]
    found = {
        size: share([named_beside(item) == item.target["answer"] for item in asked if item.tags["events"] == size])
        for size in SIZES
    }
    assert found[32] < found[2] - 0.2 and found[32] < 0.7, found


def test_there_are_as_many_tales_of_every_size_and_each_is_asked_everything():
    kinds = itertools.product(SIZES, ("thing", "holder", "person", "next"))
    found = Counter((item.tags["events"], item.tags["asks"]) for item in EXPERIMENT.items)
    assert found == dict.fromkeys(kinds, 20)
    assert len({item.id for item in EXPERIMENT.items}) == len(EXPERIMENT.items) == 400
    assert len({item.cluster for item in EXPERIMENT.items}) == 100


def test_the_quick_profile_has_ten_long_tales():
    long = {item.cluster for item in EXPERIMENT.chosen("quick") if item.tags["events"] >= 16}
    assert len(long) == 10, "fewer clusters give no interval"


def test_both_ways_see_the_same_words_and_only_a_continuation_is_held():
    for item in ITEMS:
        free, choice = (ask(item, {"asked": asked}) for asked in ("free", "choice"))
        assert free.prompt == choice.prompt and isinstance(choice, Choose) and isinstance(free, Generate)
        assert bool(free.grammar) == (item.tags["asks"] == "next")


# -- judging ----------------------------------------------------------------------------------------------------


def answered(text, kind="thing"):
    return score(of(kind)[0], {"asked": "free"}, Reply(text))


def chosen(item, place):
    options = tuple((-1.0 if at == place else -5.0, 2) for at in range(CAST))
    return score(item, {"asked": "choice"}, Reply(stop="scored", options=options))


def both(item):
    answer = item.target["answer"]
    return answer, next(option for option in item.target["options"] if option != answer)


@pytest.mark.parametrize("form", ["{}", "{}.", "Answer: {}", "\n\nthe {}", "It is in the **{}**!", "{}\nWhere is Ana?"])
@pytest.mark.parametrize("kind", ["thing", "holder", "person"])
def test_an_answer_is_right_in_any_dress(form, kind):
    right, wrong = both(of(kind)[0])
    assert answered(form.format(right), kind)["right"] == 1 == answered(form.format(right.upper()), kind)["right"]
    found = answered(form.format(wrong), kind)
    assert (found["right"], found["named"], found["right_named"]) == (0, 1, 0)


def test_naming_two_is_no_answer_and_later_lines_are_none_either():
    right, wrong = both(of("thing")[0])
    assert answered(f"{right} or {wrong}")["right"] == answered(f"{wrong}\n{right}")["right"] == 0
    assert answered(f"{right}s")["named"] == 0, "another word that begins alike"


@pytest.mark.parametrize(
    "text", ["", "  \n ", "<script>alert(1)</script>", "9" * 5000, "\u202e\u0000🗝️", "I do not know."]
)
def test_what_names_nothing_is_not_right_and_does_not_say_where_the_story_is(text):
    found = answered(text)
    assert (found["right"], found["named"]) == (0, 0) and isnan(found["right_named"])


def test_the_likeliest_option_is_what_a_choice_says():
    for item in ITEMS:
        right = item.target["options"].index(item.target["answer"])
        metric = "possible" if item.tags["asks"] == "next" else "right"
        assert [chosen(item, place)[metric] for place in range(CAST)] == [place == right for place in range(CAST)]


def test_a_score_gives_every_metric_and_nothing_else():
    names = {metric.name for metric in EXPERIMENT.metrics}
    for item in ITEMS[:4]:
        assert score(item, {"asked": "free"}, Reply("x")).keys() == chosen(item, 0).keys() == names


WORLD = {
    "places": {"Ana": "attic", "Bruno": "attic", "Clara": "cellar"},
    "lying": {"key": "attic", "drum": "cellar"},
    "holders": {"key": "Ana"},
}


def went_on(text):
    item = NEXT[0]
    told = type(item)(item.id, item.prompt, item.target | {"world": WORLD}, item.tags, item.cluster)
    return score(told, {"asked": "free"}, Reply(text))


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("Ana gives the key to Bruno. Bruno puts down the key. Ana takes the key.", 3),
        ("Bruno takes the key. Bruno puts down the key. Bruno takes the key.", 0),
        ("Ana puts down the key. Ana puts down the key. Bruno takes the key.", 2),
        ("Ana gives the key to Clara. Clara takes the drum. Ana takes the drum.", 1),
        ("Ana gives the key to Ana. Clara takes the drum. Clara gives the drum to Clara.", 1),
        ("Clara takes the drum.", 1),
        ("Clara takes the drum. Clara takes the drum. Clara puts down the drum. Clara takes the drum.", 2),
        ("Clara takes the moon. Zoe takes the drum. <b>Clara</b> takes the drum", 0),
        ("", 0),
        ("takes the " * 2000, 0),
    ],
)
def test_a_continuation_is_checked_event_by_event(text, allowed):
    assert went_on(text)["possible"] == allowed / 3


def test_judging_a_continuation_leaves_the_world_as_it_was():
    before = repr(WORLD)
    assert went_on("Ana puts down the key.") == went_on("Ana puts down the key.")
    assert repr(WORLD) == before


def test_chance_is_the_share_of_all_sentences_that_are_possible_at_each_moment():
    """Of 3 x 2 + 3 x 2 + 3 x 2 x 3 = 30: Ana can put the key down or give it to Bruno, Clara can take the drum."""
    assert went_on("")["possible_by_chance"] == pytest.approx(3 / 30)
    # Without anything in hand: Ana and Bruno can take the key, Clara the drum.
    assert went_on("Ana puts down the key.")["possible_by_chance"] == pytest.approx(3 / 30)
    # Once the drum is held by Clara, who is alone, she can put it down and no more.
    assert went_on("Clara takes the drum. Clara takes the drum.")["possible_by_chance"] == pytest.approx(3 / 30)


@given(some.integers(), some.integers(0, 40))
def test_whatever_happens_a_thing_is_in_one_place_and_somebody_can_always_do_something(seed, steps):
    draw, world = random.Random(seed), World(**{name: dict(value) for name, value in WORLD.items()})
    for _ in range(steps):
        event = draw.choice([event for event in all_events(world) if world.allows(event)])
        world.do(event)
        assert world.where(event.what) == world.where(event.to or event.who)
    held = [thing for person in world.places for thing in world.things_held(person)]
    assert len(held) == len(set(held)) and not set(held) & {t for p in world.places for t in world.things_near(p)}
    assert any(map(world.allows, all_events(world)))


def test_going_is_always_possible_and_takes_along_what_is_held():
    world = World(**{name: dict(value) for name, value in WORLD.items()})
    world.do(Event("Ana", "goes", "cellar"))
    assert world.where("key") == "cellar" and world.allows(Event("Ana", "gives", "key", "Clara"))
    assert not world.allows(Event("Bruno", "takes", "key"))


def test_the_grammar_is_of_the_sentences_that_are_counted():
    """By a reader of GBNF in a few lines: the grammar makes every sentence that counts, and no other."""
    rules = dict(line.split(" ::= ") for line in grammar(World(**WORLD)).splitlines())
    names = {name: [word.strip('"') for word in rules[name].split(" | ")] for name in ("who", "what")}
    kinds = re.search(r"\((.*)\)", rules["event"])[1].split(" | ")
    made = set()
    for kind in kinds:
        parts = ["who", *re.findall(r'"[^"]*"|\w+', kind), '"."']
        made |= {"".join(row) for row in itertools.product(*[names.get(p, [p.strip('"')]) for p in parts])}
    assert made == set(map(continuation, all_events(World(**WORLD)))) and rules["root"] == 'event " " event " " event'


@pytest.mark.engine
def test_a_continuation_of_a_real_model_is_three_sentences_of_the_grammar(starter):
    from runners.engine.llama_engine import LlamaEngine

    item = NEXT[0]
    engine = LlamaEngine(Load(str(starter.path), context=512, width=1))
    ((_, reply),) = engine.answer([ask(item, {"asked": "free"})])
    engine.close()
    assert reply.constrained and reply.stop == "end"
    assert " ".join(reply.text.split()) == reply.text and reply.text.count(".") == 3
    world = World(**item.target["world"])
    assert {one + "." for one in reply.text.rstrip(".").split(". ")} <= set(map(continuation, all_events(world)))
