"""Numbers as a reader sees them: never rounder than the truth, never wrong by a lost digit."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explainers.schema import AtLeast, AtMost, Between, Contrast, Estimate, Ladder, Level, Outcome, Sample
from explainers.text import formatting

SHARE = Level("any", Sample("x"))
POINTS = Contrast("any", Sample("x"), Sample("x"))
RATE = Contrast("any", Sample("x"), Sample("x"), unit="breaks per 100 tokens")
TIMES = Contrast("any", Sample("x"), Sample("x"), unit="times", ratio=True)


@pytest.mark.parametrize(
    ("value", "test", "said"),
    [
        (0.8924, SHARE, "89.2%"),
        (-0.004, POINTS, "−0.4 points"),
        (0.65, POINTS, "+65.0 points"),
        (-1.0, RATE, "−1.00 breaks per 100 tokens"),
        (12.34, RATE, "+12.3 breaks per 100 tokens"),
        (0.0, RATE, "0.00 breaks per 100 tokens"),
        (0.685, TIMES, "0.69×"),
    ],
)
def test_a_number_is_written_in_its_unit(value, test, said):
    assert formatting.number(value, test) == said


@pytest.mark.parametrize(
    ("value", "test", "said"),
    [
        (0.9, SHARE, "90%"),
        (0.1, POINTS, "+10 points"),
        (-1.0, RATE, "−1 breaks per 100 tokens"),
        (0.025, POINTS, "+2.5 points"),
    ],
)
def test_a_round_number_loses_its_zeros_and_nothing_else(value, test, said):
    assert formatting.round_number(value, test) == said


@given(st.floats(-20, 20, allow_nan=False), st.sampled_from([POINTS, RATE]))
def test_what_is_written_reads_back_as_the_number(value, test):
    for write in (formatting.number, formatting.round_number):
        read = float(write(value, test, bare=True).replace("−", "-"))
        assert read == pytest.approx(100 * value if test is POINTS else value, abs=0.0501)


@given(st.floats(0, 1))
def test_only_none_and_all_are_written_as_such(value):
    assert (formatting.share(value) == "0%") == (value == 0)
    assert (formatting.share(value) == "100%") == (value == 1)


def test_an_interval_that_bounds_nothing_is_not_given_ends():
    assert (
        formatting.full(Estimate(1.0, -inf, inf, 3, 1, "none"), SHARE) == "100.0% (no interval: too little to bound it)"
    )
    assert formatting.full(None, SHARE) == "nothing to count"


def test_a_bound_is_said_in_words():
    assert formatting.rule(AtMost(0.9), SHARE) == "at most 90%"
    assert formatting.rule(Between(0.8, 1.25), TIMES) == "from 0.80× to 1.25×"
    assert formatting.rule(AtLeast(0.1), POINTS) == "at least +10 points"


@pytest.mark.parametrize(
    ("run", "said"), [({}, formatting.MISSING), ({"model": {"licence": None}}, formatting.MISSING)]
)
def test_what_was_not_recorded_is_said_to_be_so(run, said):
    assert formatting.fact(run, "model", "licence") == said


@pytest.mark.parametrize(("many", "said"), [(1, "1 reply"), (2, "2 replies"), (1200, "1,200 replies")])
def test_counts_agree_with_their_noun(many, said):
    assert formatting.count(many, "reply") == said


@pytest.mark.parametrize(
    ("value", "figure", "said"),
    [
        (0.0012, "own", "0.0012 nats"),
        (0.25, "own", "0.25 nats"),
        (-0.0012, "change", "−0.0012 nats"),
        (9.9, "change", "+9.90 nats"),
    ],
)
def test_small_divergences_keep_their_digits_and_levels_have_no_sign(value, figure, said):
    assert formatting.number(value, Ladder("x", Sample("divergence"), figure, unit="nats")) == said


def test_the_board_is_tallied_in_one_sentence():
    from types import SimpleNamespace

    kinds = [Outcome.HOLDS, Outcome.NOT_SETTLED, Outcome.NOT_SETTLED, Outcome.NOT_MEASURED]
    board = [{"verdict": SimpleNamespace(measured=kind)} for kind in kinds]
    assert formatting.tally(board) == "On the models measured, of 4 claims: 1 hold and 2 not settled; 1 not measured."
    assert formatting.tally(board[-1:]) == "On the models measured, of 1 claim: none; 1 not measured."
