"""What a mixture of experts is worth, on made-up ladders whose truth is known."""

from itertools import pairwise, product
from math import inf, isfinite
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explainers.schema import Between, Ladder, Outcome, Sample, Source
from explainers.stats import ladder
from explainers.stats.dense_curve import monotone
from explainers.stats.dense_equivalent import Against
from explainers.verdicts.judge import contenders, outcome
from tests.helpers.ladders import SIZES, dense, mixture, student, twin

SKILL = Sample("known_bits", {"form": "card"})


def figure(name, rows, other=None):
    return ladder(rows, Ladder("twin-knowledge", SKILL, name, other))


@pytest.mark.parametrize("worth", [1_500, 3_000, 4_000, 7_000])
def test_the_dense_size_of_equal_skill_is_found_between_the_rungs(worth):
    found = figure("worth", dense() + mixture(worth))

    assert found.value == pytest.approx(worth / (8_000 * 2_000) ** 0.5, rel=1e-6)


def test_an_interval_over_seeds_holds_the_truth_and_widens_with_their_spread():
    narrow, wide = (figure("worth", dense() + mixture(3_000, spread=spread)) for spread in (0.02, 0.3))

    assert narrow.low < narrow.value < narrow.high and wide.low < 0.75 < wide.high
    assert wide.high / wide.low > 2 * narrow.high / narrow.low


def test_the_interval_covers_the_truth_in_most_worlds():
    covered = 0
    for world in range(40):
        seeds = range(10 * world, 10 * world + 3)
        found = figure("worth", dense(seeds, spread=0.1) + mixture(3_000, seeds=seeds, spread=0.1))
        covered += found.low <= 0.75 <= found.high

    assert covered >= 36


@pytest.mark.parametrize("seeds", [(1,), (1, 2)])
def test_fewer_than_three_seeds_settle_nothing(seeds):
    found = figure("worth", dense(seeds) + mixture(3_000, seeds=seeds))

    assert not found.bounded and found.value == pytest.approx(0.75)
    assert outcome(Between(0.8, 1.25), found) is Outcome.NOT_SETTLED


def test_a_mixture_beyond_the_last_rung_is_worth_at_least_that():
    found = figure("worth", dense() + mixture(20_000))

    assert found.high == inf and isfinite(found.low) and found.value == pytest.approx(8_000 / 4_000)


def test_a_mixture_below_the_first_rung_is_worth_at_most_that():
    found = figure("worth", dense() + mixture(500))

    assert found.low == 0 and found.high == pytest.approx(1_000 / 4_000)


def test_training_compute_is_compared_at_equal_skill():
    found = figure("compute", dense() + mixture(4_000, active=2_000))

    assert found.value == pytest.approx(0.5)


def test_what_comes_with_equal_skill_is_compared_there():
    rows = dense(wrong=lambda size: size / 10_000) + mixture(3_000, wrong=0.5)
    found = figure("same-skill", rows, Sample("sure_and_wrong", {"form": "card"}))

    between = 0.2 + 0.2 * 0.585
    assert found.value == pytest.approx(0.5 - between, abs=1e-3)


def test_nothing_is_compared_at_a_skill_that_no_dense_twin_has():
    assert figure("same-skill", dense() + mixture(20_000), Sample("sure_and_wrong")) is None


@pytest.mark.parametrize(("name", "gain"), [("same-total", -1.0), ("same-active", 1.0)])
def test_gains_are_over_the_dense_twin_of_that_size(name, gain):
    assert figure(name, dense() + mixture(4_000, total=8_000, active=2_000)).value == pytest.approx(gain)


def test_a_ladder_needs_two_dense_rungs_and_a_mixture():
    assert figure("worth", twin("f1", 1, 1.0, 1_000) + mixture(3_000)) is None
    assert figure("worth", dense()) is None


def test_questions_that_a_sample_leaves_out_do_not_count():
    rows = dense() + mixture(3_000)
    for row in rows[::2]:
        row.facts["form"], row.metrics["known_bits"] = "question", -100.0

    assert figure("worth", rows).value == pytest.approx(0.75, rel=0.05)


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=12))
def test_monotone_never_falls_and_keeps_the_mean(values):
    smooth = monotone(values)

    assert len(smooth) == len(values) and all(a <= b + 1e-9 for a, b in pairwise(smooth))
    assert sum(smooth) == pytest.approx(sum(values), abs=1e-6)


def test_every_mixture_is_judged_with_all_dense_rungs_and_no_other_mixture():
    rows = dense() + mixture(3_000)
    for row in rows:
        row.source = Source("rig", row.twin["rung"], row.twin["rung"], f"twin {row.twin['rung']}")
    (who, own), *others = contenders(Ladder("twin-knowledge", SKILL, "worth"), rows)

    assert who.model == "4x2" and not others and {row.twin["rung"] for row in own} == {*SIZES, "4x2"}


def test_dense_rungs_that_are_read_once_give_each_mixture_the_figure_it_has_alone():
    rungs, mixtures = [dense(), dense(spread=0.2)], [mixture(1_500), mixture(3_000, seeds=(1, 2)), mixture(7_000)]
    right = Sample("correct", {"form": "card"})
    asked = [(SKILL, None, "worth"), (right, None, "worth"), (right, SKILL, "change"), (right, right, "favours")]

    turns = [*product(asked, rungs), *((test, dense_of) for dense_of in rungs for test in asked)]
    for ((skill, other, name), dense_of), own in product(turns, mixtures):
        test = Ladder("x", skill, name, other)
        assert ladder(Against(own, dense_of), test) == ladder([*own, *dense_of], test)


def test_a_ladder_that_all_have_climbed_says_nothing_about_size():
    rows = dense() + mixture(3_000)
    for row in rows:
        row.metrics["known_bits"] = 1.0

    found = figure("worth", rows)
    assert not found.bounded and "alike" in found.method


@pytest.mark.parametrize("name", ["worth", "compute"])
def test_a_skill_that_hangs_on_the_seed_and_not_on_the_size_says_nothing_about_size(name):
    rows = dense() + mixture(20_000)
    for row in rows:
        chance = Random(f"{row.twin['rung']} {row.twin['seed']}").random()
        row.metrics["known_bits"] = 2.0 if row.twin["experts"] else chance

    assert not figure(name, rows).bounded
    assert figure("same-active", rows).bounded, "a difference at one size needs no curve that rises"


def apart(rows, skill_gain, other_gain):
    """Make the contender gain so much in bits and in share right over the dense twin of equal active size."""
    for row in rows:
        plain = row.twin["experts"] == 0 and not row.twin.get("teacher")
        row.metrics["known_bits"] = 0.4 + (0 if plain else skill_gain)
        row.metrics["correct"] = 0.5 + (0 if plain else other_gain)
    return rows


@pytest.mark.parametrize("of", ["MoE", "student"])
def test_what_is_favoured_is_the_gain_in_one_skill_minus_the_gain_in_the_other(of):
    rows = apart(dense() + (mixture(3_000) if of == "MoE" else student(3_000)), 0.3, 0.1)
    found = ladder(rows, Ladder("twin-knowledge", SKILL, "favours", Sample("correct", {"form": "card"}), of=of))

    assert found.value == pytest.approx(0.2) and found.low == pytest.approx(0.2)


def test_a_difference_of_two_skills_is_as_unsure_as_both_of_them_are():
    rows = dense() + mixture(3_000)
    for place, row in enumerate(rows):
        row.cluster, row.facts = f"q{place % 60}", {"half": place % 2}
        row.metrics["correct"] = float(place * 7 % 3 == 0) * row.twin["experts"]
    one, two = (Sample("correct", {"half": half}) for half in (0, 1))
    widths = [
        found.high - found.low
        for test in (Ladder("x", one, "favours", two), Ladder("x", one, "same-active"), Ladder("x", two, "same-active"))
        for found in [ladder(rows, test)]
    ]

    assert widths[0] ** 2 == pytest.approx(widths[1] ** 2 + widths[2] ** 2, rel=0.1)


def test_a_student_is_held_against_the_twins_that_read_the_text_and_mixtures_never_against_it():
    rows = [*dense(), *mixture(3_000), *student(5_000)]
    for row in rows:
        row.source = Source("rig", row.twin["rung"], row.twin["rung"], row.twin["rung"])
    named = {
        of: [(source.name, {row.twin["rung"] for row in own}) for source, own in contenders(test, rows)]
        for of in ("MoE", "student")
        for test in [Ladder("twin-knowledge", SKILL, "same-active", of=of)]
    }

    assert named == {"MoE": [("4x2", {*SIZES, "4x2"})], "student": [("f2-replies", {*SIZES, "f2-replies"})]}


def test_a_loss_to_rounding_is_what_a_mixture_loses_beyond_the_dense_twin_of_its_size():
    rows = dense() + mixture(3_000)
    for row in rows:
        moe, large = row.twin["experts"] > 0, row.twin["parameters"] == 8_000 and not row.twin["experts"]
        row.metrics["correct"] = 0.8 - (0.3 if moe else 0.1 if large else 0.2)
        row.metrics["known_bits"] = 0.8
    after, before = Sample("correct", {"form": "card"}), SKILL
    lost = [ladder(rows, Ladder("x", after, name, before)).value for name in ("favours-at-total", "favours", "own")]

    assert lost == pytest.approx([-0.2, -0.1, 0.5])


def test_the_interval_of_a_share_ends_where_shares_end():
    rows = mixture(3_000)
    for row in rows:
        row.metrics["correct"] = float(row.item != "q7" or row.twin["seed"] > 1)
    test = Ladder("x", Sample("correct", {"form": "card"}), "own", unit="share")
    found = ladder(rows, test)

    assert 0.9 < found.low < found.value < found.high == 1.0


def test_a_twin_that_was_not_asked_all_that_a_test_looks_at_does_not_count():
    def without(rung, seed):
        rows = dense() + mixture(3_000)
        lacking = (row for row in rows if (row.twin["rung"], row.twin["seed"]) == (rung, seed))
        for row in lacking:
            row.metrics["correct"] = float("nan")
        return ladder(rows, Ladder("x", SKILL, "favours", Sample("correct", {"form": "card"})))

    assert without("4x2", 2).method.startswith("t over 2 seeds") and not without("4x2", 2).bounded
    assert without("f8", 2).method.startswith("t over 3 seeds")
