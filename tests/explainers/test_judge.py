"""Verdicts follow the planted replies: one rule, one vote a model, and no general law from one model."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explainers import claims
from explainers.measurements.score import measure
from explainers.schema import AtLeast, AtMost, Between, Estimate, Finding, Outcome, Source
from explainers.text.formatting import headline
from explainers.verdicts.judge import count_models, judge, outcome, unanimous
from tests.helpers.planted import experiment, plant, scores, usual

HOLDS, FAILS, NOT_SETTLED, NOT_MEASURED = Outcome
CLAIMS = claims.find()


def verdict(home, slug):
    asked = experiment()
    rows = measure(home / "data", {asked.slug: asked}).rows
    return judge(CLAIMS[slug], rows, {metric.name: metric for metric in asked.metrics})


def between(low, high):
    return Estimate((low + high) / 2, low, high, 10, 10, "made up")


@pytest.mark.parametrize(
    ("bound", "low", "high", "expected"),
    [
        (AtMost(0.9), 0.2, 0.9, HOLDS),
        (AtMost(0.9), 0.91, 1.0, FAILS),
        (AtMost(0.9), 0.8, 0.95, NOT_SETTLED),
        (AtLeast(0.1), 0.1, 0.3, HOLDS),
        (AtLeast(0.1), -0.3, 0.09, FAILS),
        (AtLeast(0.1), -inf, inf, NOT_SETTLED),
        (Between(0.8, 1.25), 0.9, 1.25, HOLDS),
        (Between(0.8, 1.25), 0.2, 0.79, FAILS),
        (Between(0.8, 1.25), 1.3, inf, FAILS),
        (Between(0.8, 1.25), 0.5, 2.0, NOT_SETTLED),
        (Between(0.8, 1.25), 0.9, 1.3, NOT_SETTLED),
    ],
)
def test_the_whole_interval_decides(bound, low, high, expected):
    assert outcome(bound, between(low, high)) is expected


def test_replies_with_nothing_to_count_settle_nothing():
    assert outcome(AtMost(0.5), None) is NOT_SETTLED


@given(st.floats(-1, 1), st.floats(0, 1), st.floats(-1, 1))
def test_a_wider_interval_never_settles_more(low, width, bound):
    narrow, wide = between(low, low + width), between(low - 0.1, low + width + 0.1)
    if outcome(AtLeast(bound), wide) is not NOT_SETTLED:
        assert outcome(AtLeast(bound), narrow) is outcome(AtLeast(bound), wide)


@given(st.lists(st.sampled_from([HOLDS, FAILS, NOT_SETTLED])))
def test_together_is_unanimous_or_not_settled(outcomes):
    expected = NOT_MEASURED if not outcomes else outcomes[0] if len(set(outcomes)) == 1 else NOT_SETTLED
    assert unanimous(outcomes) is expected


def test_no_replies_are_not_measured(tmp_path):
    found = verdict(tmp_path, "json-contracts-break")
    assert (found.measured, found.general, found.findings) == (NOT_MEASURED, NOT_MEASURED, ())
    assert headline(found).startswith("Not measured")


@pytest.mark.parametrize(
    ("valid", "broken", "repaired"), [({"grammar", "two-pass"}, HOLDS, HOLDS), ({"asked", "grammar"}, FAILS, FAILS)]
)
def test_planted_replies_flip_the_verdicts(tmp_path, valid, broken, repaired):
    plant(tmp_path, lambda item, arm: scores(arm["held"] in valid))
    assert verdict(tmp_path, "json-contracts-break").measured is broken
    assert verdict(tmp_path, "grammar-fixes-json").measured is repaired


@pytest.mark.parametrize(
    ("broken_at", "expected"), [(lambda at: 201 + at % 90, HOLDS), (lambda at: 2 + at % 50, NOT_SETTLED)]
)
def test_forgetting_is_a_rate_that_rises_after_the_mark(tmp_path, broken_at, expected):
    """Where every reply breaks early, none is left to say what happens late."""
    places = iter(range(10_000))
    plant(tmp_path, lambda item, arm: scores(False, broken_at=broken_at(next(places))))
    assert verdict(tmp_path, "json-forgets-by-200").measured is expected


def test_a_rate_that_falls_after_the_mark_is_no_forgetting(tmp_path):
    def answer(item, arm):
        return scores(False, broken_at=5) if int(item.id[-2:]) % 2 else scores(True, tokens=900)

    plant(tmp_path, answer)
    assert verdict(tmp_path, "json-forgets-by-200").measured is FAILS


def test_a_number_that_no_reply_gives_is_told_as_such(tmp_path):
    plant(tmp_path, lambda item, arm: scores(True, tokens=90))
    found = verdict(tmp_path, "json-forgets-by-200")
    assert (found.measured, found.findings[0].estimate) == (NOT_SETTLED, None)
    assert "60 questions that give no such number" in headline(found)


def test_one_model_is_never_a_general_law(tmp_path):
    plant(tmp_path)
    found = verdict(tmp_path, "grammar-fixes-json")
    assert (found.measured, found.general) == (HOLDS, NOT_SETTLED)
    assert found.reason == "1 of the 3 models needed"


def test_three_models_of_one_mind_settle_it(tmp_path):
    for model in ("one", "two", "three"):
        plant(tmp_path, model=model)
    found = verdict(tmp_path, "grammar-fixes-json")
    assert (found.measured, found.general, len(found.findings)) == (HOLDS, HOLDS, 3)


def test_models_that_differ_leave_it_open(tmp_path):
    for model in ("one", "two"):
        plant(tmp_path, model=model)
    plant(tmp_path, lambda item, arm: scores(True), model="three")
    found = verdict(tmp_path, "grammar-fixes-json")
    assert (found.measured, found.general, found.reason) == (NOT_SETTLED, NOT_SETTLED, "the models differ")
    assert headline(found).startswith("Holds on 2, fails on 1 of 3 models measured: ")


def test_quantizations_of_one_model_are_one_witness():
    names = ["Tiny-1B-Instruct Q4_K_M", "Tiny-1B-Instruct Q8_0", "Tiny-1B-Instruct F16", "tiny-1b-instruct:IQ2_XS"]
    assert count_models(Finding(Source("rig", name, name, name), None, NOT_SETTLED, 1) for name in names) == 1
    assert count_models(Finding(Source("rig", name, name, name), None, HOLDS, 1) for name in ("Qwen3", "Qwen3-4B")) == 2


def test_two_machines_give_one_model_one_vote(tmp_path):
    plant(tmp_path, rig="rig-a")
    plant(tmp_path, lambda item, arm: usual(item, arm) if item.tags["depth"] < 4 else False, rig="rig-b")
    found = verdict(tmp_path, "grammar-fixes-json")
    assert [one.source.rig for one in found.findings] == ["rig-a"]


def test_the_engine_build_with_most_cells_speaks(tmp_path):
    plant(tmp_path, build="old")
    plant(tmp_path, lambda item, arm: scores(True) if item.tags["depth"] == 3 else False, build="new")
    assert [one.source.build for one in verdict(tmp_path, "grammar-fixes-json").findings] == ["old"]


def test_the_headline_names_its_whole_scope(tmp_path):
    plant(tmp_path, name="Tiny Q4_1")
    expected = "Holds on 1 of 1 model measured: Tiny Q4_1 (98 MB), 60 questions, rig rig-a"
    assert headline(verdict(tmp_path, "grammar-fixes-json")) == expected
