"""Skill against size or age: a line through one point a model, and as many models as it takes to believe it."""

from dataclasses import dataclass, field
from math import inf, log2

import pytest

from explainers.schema import AtLeast, AtMost, Claim, Outcome, Sample, Source, Trend
from explainers.stats import trend
from explainers.text.formatting import headline, number
from explainers.verdicts.judge import judge

RIGHT = Trend("facts", Sample("right"))
PAIRED = Trend("facts", Sample("right"), other=Sample("right"), other_experiment="chains")
DOUBLINGS = Trend("facts", Sample("right"), against="years", per_parameter=True, unit="doublings per year")


@dataclass
class Row:
    source: Source
    experiment: str
    metrics: dict
    item: str
    run: dict = field(default_factory=dict)
    facts: dict = field(default_factory=dict)
    twin: dict = field(default_factory=dict)
    at: str = "2026-11-24"

    @property
    def cluster(self):
        return self.item


def model(name, size, right, experiment="facts", of=20, **facts):
    """A model that gets so many questions of twenty right."""
    source = Source("here", name, name, f"sha of {name} {size}", int(size))
    return [
        Row(source, experiment, {"right": float(place < right)}, str(place), {"model": facts}) for place in range(of)
    ]


def test_a_skill_that_gains_a_tenth_a_doubling_has_this_slope_and_no_doubt():
    found = trend([model(f"m{place}", 2.0**place, 4 + 2 * place) for place in range(6)], RIGHT)
    assert (found.value, found.low, found.high) == (pytest.approx(0.1), pytest.approx(0.1), pytest.approx(0.1))


def test_the_interval_agrees_with_the_textbook():
    """Slope 0.6, standard error 0.2828 for x = 1 to 5, y = 2, 4, 5, 4, 5 (any introduction); here tenths of them."""
    rows = [model(f"m{x}", 2.0**x, 2 * y) for x, y in zip(range(1, 6), (2, 4, 5, 4, 5), strict=True)]
    found = trend(rows, RIGHT)
    assert found.value == pytest.approx(0.06)
    assert found.high - found.value == pytest.approx(3.182 * 0.02828, rel=1e-3)


def test_two_models_bound_nothing_and_one_has_no_slope():
    two = trend([model("a", 1e8, 4), model("b", 1e9, 9)], RIGHT)
    assert (two.low, two.high) == (-inf, inf)
    assert trend([model("a", 1e8, 4)], RIGHT) is None
    assert trend([model("a", 1e8, 4), model("b", 1e8, 9)], RIGHT) is None


def test_another_skill_is_taken_off_within_each_model():
    rows = [
        [
            *model(f"m{place}", 2.0**place, 4 + 3 * place),
            *model(f"m{place}", 2.0**place, 4 + place, experiment="chains"),
        ]
        for place in range(5)
    ]
    assert trend(rows, PAIRED).value == pytest.approx(0.1)


def test_a_model_that_was_asked_one_of_two_skills_does_not_count():
    rows = [model(f"m{place}", 2.0**place, 4) for place in range(5)]
    assert trend(rows, PAIRED) is None


def test_doublings_a_year_count_skill_per_parameter():
    years = ("2022-01-01", "2023-01-01", "2024-01-01", "2025-01-01")
    rows = [model(f"m{y}", 1e9, 8, parameters=2.0 ** (30 - 2 * at), released=y) for at, y in enumerate(years)]
    assert trend(rows, DOUBLINGS).value == pytest.approx(2, rel=0.01)
    assert trend(rows, Trend("facts", Sample("right"), against="years")).value == pytest.approx(0, abs=1e-9)


def test_a_model_without_a_day_or_without_a_right_answer_has_no_place_on_the_line():
    rows = [model("a", 1e9, 8, parameters=1e9), model("b", 1e9, 0, parameters=1e9, released="2024-01-01")]
    assert trend(rows, DOUBLINGS) is None


def claim(bound, needed=3):
    return Claim(
        "knowledge-decouples",
        "nav",
        "group",
        "t",
        "s",
        "n",
        RIGHT,
        bound,
        "m",
        ("d",),
        "2026-11-24",
        "right",
        models_needed=needed,
    )  # fmt: skip


def judged(bound, *models, needed=3):
    return judge(claim(bound, needed), [row for rows in models for row in rows], {})


LINE = [model(f"m{place}", 2.0**place, 4 + 2 * place) for place in range(5)]


def test_all_models_together_give_one_finding_that_counts_as_many_witnesses():
    verdict = judged(AtLeast(0.05), *LINE)
    (found,) = verdict.findings
    assert (found.models, found.source.name, verdict.general) == (5, "5 models", Outcome.HOLDS)
    assert judged(AtMost(0.05), *LINE).general is Outcome.FAILS
    assert judged(AtLeast(0.05), *LINE, needed=6).general is Outcome.NOT_SETTLED
    assert headline(verdict) == "Holds on all models together: 5 models, 20 questions, rig here"


def test_quantizations_of_one_model_are_one_point_the_least_rounded_one():
    rounded = model("m0:Q4_0", 0.5, 20), model("m0:Q8_0", 1, 4)
    (found,) = judged(AtLeast(0.05), *rounded, *LINE[1:]).findings
    assert found.models == 5 and found.estimate.value == pytest.approx(0.1)


def test_no_reply_is_no_finding():
    assert judged(AtLeast(0.05)).general is Outcome.NOT_MEASURED


def test_a_slope_is_written_with_its_sign():
    assert number(0.051, RIGHT) == "+5.1 points" and number(log2(4), DOUBLINGS) == "+2.00 doublings per year"
