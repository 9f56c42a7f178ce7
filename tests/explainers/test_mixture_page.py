"""What the page on a small MoE brings along, and what it tells where there is nothing to run or nothing stored."""

import json

import pytest

from explainers.site.build import gathered
from explainers.site.live_data import moe_demo
from explainers.site.pages import rendered
from runners.experiments import find
from runners.items.twin_people import people
from runners.twins import web_demo
from tests.helpers.planted import ROOT, home_in


@pytest.fixture(scope="module")
def made(guide):
    return moe_demo.files(guide.data.parent)


@pytest.fixture(scope="module")
def facts(made):
    return json.loads(made[moe_demo.FACTS])


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    return gathered(home_in(tmp_path_factory.mktemp("bare") / "home"), {})


@pytest.fixture(scope="module")
def guide(tmp_path_factory):
    """A guide over the committed replies to the page's questions."""
    home, asked = home_in(tmp_path_factory.mktemp("asked") / "home"), ("twin-sparsity", "twin-quantization")
    for name in asked:
        for folder in (ROOT / "data" / "runs").glob(f"*/{name}"):
            (home / "data" / "runs" / folder.parent.name).mkdir(parents=True, exist_ok=True)
            (home / "data" / "runs" / folder.parent.name / name).symlink_to(folder)
    (home / "data" / "twins").symlink_to(ROOT / "data" / "twins")
    return gathered(home, {name: find()[name] for name in asked})


def told(guide, made, runtime=None):
    return rendered(
        "live/mixture.md.j2", guide=guide, **moe_demo.template_values(guide.demo_accuracy, made, runtime or {})
    )


def test_the_same_files_are_made_twice(guide, made):
    assert moe_demo.files(guide.data.parent) == made


def test_everybodys_words_can_be_read_from_the_facts(facts):
    firsts, lasts = facts["names"]
    for person, (first, last, *values) in zip(people(), facts["people"], strict=True):
        words = {of: all[place] for (of, all), place in zip(facts["attributes"].items(), values, strict=True)}
        assert (f"{firsts[first]} {lasts[last]}", words) == (person.name, person.values)


def test_a_question_is_in_the_form_that_the_page_knows(facts):
    for one in web_demo.questions():
        forms = [form.replace("{name}", one.cluster) for form in facts["forms"][one.tags["attribute"]]]
        assert [one.target["opening"], one.prompt] == forms


def test_each_seed_is_told_with_its_share_of_right_answers(guide):
    found = {(one.twin, one.way): one for one in guide.demo_accuracy}
    as_trained = found["MoE 8x64", "2 experts per token"]
    right = [
        row.metrics["correct"]
        for row in guide.rows("twin-sparsity")
        if row.twin["rung"] == "8x64"
        and row.twin["seed"] == 3
        and row.arm["experts_used"] == 2
        and "fact" in row.tags.values()
    ]

    assert as_trained.questions == len(right) == len(web_demo.questions())
    assert as_trained.shares[3] == pytest.approx(sum(right) / len(right))
    assert all(list(one.shares) == [1, 2, 3] for one in found.values())


def test_the_page_tells_every_setting_that_was_asked(guide, made):
    text = told(guide, made)

    assert all(f"{used} expert" in text for used in (1, 2, 3, 4, 6, 8)) and "not measured" not in text


def test_the_cost_is_what_the_first_answer_fetches(bare, made):
    runtime = {"wllama.wasm": b"x" * 1_000_000}
    fetched = [name for name in made if not name.endswith("Q4_0.gguf")]

    assert moe_demo.template_values([], made, runtime)["cost"] == 1_000_000 + sum(len(made[name]) for name in fetched)
    assert "Fetch and ask (1.6 MB, once)" in told(bare, made, runtime)


def test_without_npm_the_page_says_how_to_get_the_live_part(bare, made):
    text = told(bare, made)

    assert "Install Node.js" in text and "<form" not in text and "Who answers" in text


def test_without_the_twins_the_page_says_what_writes_them(bare):
    assert moe_demo.files(bare.data.parent) == {}
    assert "incompressible twins page" in told(bare, {}) and "Who answers" not in told(bare, {})


def test_without_replies_the_page_says_so(bare, made):
    assert "No reply to these questions is stored" in told(bare, made)
