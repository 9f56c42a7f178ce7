"""The skill index: all skills alike, none left out, and what it costs beside it."""

from math import inf, sqrt

import pytest

from explainers import charts, claims
from explainers.analysis.skills import SKILLS, WINDOW, measure_skills, models_with_index
from explainers.plotting.render import build_spec
from explainers.schema import Estimate
from explainers.stats import average
from explainers.verdicts.judge import judge
from tests.helpers.measured_models import METRICS, model

PROFILE, PER_GB, BY_DATE, BY_SIZE = (
    charts.find()[slug] for slug in ("skill-profile", "skill-per-gb", "skill-by-date", "skill-by-size")
)
HALF = {skill: place % 2 == 0 for place, skill in enumerate(SKILLS)}
KNOWS = {skill: skill == "facts" for skill in SKILLS}
TINY = {"name": "Tiny Q4_1", "size": 100_000_000, "parameters": 200_000_000, "released": "2024-11-01"}
LARGE = {"name": "Large Q4_K_M", "size": 1_000_000_000, "parameters": 1_500_000_000, "released": "2025-08-14"}


@pytest.fixture(scope="module")
def two():
    return [*model(KNOWS, **TINY, kv_bytes_per_token=1_000), *model(HALF, **LARGE)]


def test_the_interval_of_a_mean_is_the_root_of_the_summed_squares():
    """Zou & Donner 2008: three parts with arms of 0.03, 0.04 and 0 below and of 0.1 above."""
    parts = [Estimate(0.5, low, 0.6, 10, 10, "") for low in (0.47, 0.46, 0.5)]
    found = average(parts)
    assert (found.value, found.n, found.clusters) == (pytest.approx(0.5), 30, 30)
    assert found.low == pytest.approx(0.5 - 0.05 / 3)
    assert found.high == pytest.approx(0.5 + 0.1 * sqrt(3) / 3)


def test_a_skill_that_nothing_bounds_leaves_the_mean_without_a_bound():
    found = average([Estimate(0.5, 0.4, 0.6, 10, 10, ""), Estimate(0.1, -inf, inf, 3, 1, "")])
    assert (found.value, found.bounded) == (pytest.approx(0.3), False)


def test_the_index_weighs_all_skills_alike_however_many_questions_each_has(two):
    tiny, large = (known for _, known in models_with_index(two, METRICS))
    assert (tiny.value, large.value) == (pytest.approx(1 / 6), pytest.approx(1 / 2))


def test_a_model_that_lacks_a_skill_has_no_index_and_keeps_what_it_has():
    rows = model({"facts": True, "chains": False}, **TINY)
    assert models_with_index(rows, METRICS) == []
    assert {skill: known.value for skill, known in measure_skills(rows, METRICS)[0].skills.items()} == {
        "facts": 1,
        "chains": 0,
    }
    assert PER_GB.table(rows, METRICS) == []


def test_a_file_is_told_from_what_is_resident_where_a_run_recorded_the_cache(two):
    found = {(row["model"], row["kind"]): row for row in PER_GB.table(two, METRICS)}
    assert found["Tiny Q4_1", "file"]["gb"] == pytest.approx(0.1)
    assert found["Tiny Q4_1", "resident"]["gb"] == pytest.approx(0.1 + WINDOW * 1e-6)
    assert found["Tiny Q4_1", "file"]["per_gb"] == pytest.approx(10 / 6)
    assert ("Large Q4_K_M", "resident") not in found
    assert PER_GB.title(list(found.values())) == (
        "Skill index: 17% with 100 MB (Tiny Q4_1), 50% with 1.0 GB (Large Q4_K_M)"
    )


def test_the_profile_names_the_skills_that_tell_models_apart(two):
    table = PROFILE.table(two, METRICS)
    assert len(table) == 2 * (len(SKILLS) + 1)
    assert PROFILE.title(table).startswith("Models lie furthest apart in structure and least in chains")
    assert "Tiny Q4_1: structure 0%, chains 0%" in PROFILE.alt(table)


def test_points_a_billion_stand_in_order_of_release(two):
    table = BY_DATE.table(two, METRICS)
    assert [(row["released"], round(row["value"])) for row in table] == [("2024-11-01", 83), ("2025-08-14", 33)]
    assert BY_DATE.title(table) == "33 to 83 points of skill index per billion parameters, in 2 models of 2024 to 2025"
    assert BY_DATE.table(model(KNOWS, **{**TINY, "released": ""}), METRICS) == []


def test_facts_and_chains_are_told_from_the_smallest_to_the_largest(two):
    table = BY_SIZE.table(two, METRICS)
    assert BY_SIZE.title(table) == (
        "From 100 MB of weights to 1.0 GB, right answers go: facts from 100% to 100%, chains from 0% to 0%"
    )


@pytest.mark.parametrize("chart", [PROFILE, PER_GB, BY_DATE, BY_SIZE], ids=lambda chart: chart.slug)
def test_every_picture_has_an_interval(two, chart):
    layers = build_spec(chart, chart.table(two, METRICS))["layer"]
    assert any({"y", "y2"} <= layer["encoding"].keys() for layer in layers)


def test_a_verdict_in_general_says_from_how_small_to_how_large_its_models_are():
    sizes = {"a": 98_000_000, "b": 250_000_000, "c": 1_100_000_000}
    rows = [row for name, size in sizes.items() for row in model({"scenes": False}, name=name, size=size)]
    assert judge(claims.find()["shoes-before-socks"], rows, METRICS).reason == "3 models of 98 MB to 1.1 GB agree"
