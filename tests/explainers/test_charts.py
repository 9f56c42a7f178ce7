"""Charts say what their table says: title, words for those who cannot see it, and the table itself."""

import pytest

from explainers import charts
from explainers.measurements.score import measure
from explainers.plotting.render import build_spec, render_files
from tests.helpers.planted import experiment, plant, scores

DEPTH, SURVIVAL = (charts.find()[slug] for slug in ("json-depth", "json-survival"))
METRICS = {metric.name: metric for metric in experiment().metrics}


def table_of(chart, home):
    asked = experiment()
    return chart.table(measure(home / "data", {asked.slug: asked}).rows, METRICS)


def test_the_depth_chart_names_both_ends_and_both_ways(tmp_path):
    plant(tmp_path, lambda item, arm: scores(arm["held"] == "grammar" or item.tags["depth"] == 1), name="Tiny Q4_1")
    table = table_of(DEPTH, tmp_path)
    assert DEPTH.title(table) == (
        "Asked for JSON, Tiny Q4_1 keeps the schema in 100% of replies at depth 1, 0% at depth 6; "
        "constrained by the grammar, in 100% at both"
    )
    assert "asked: schema in the prompt: depth 1 100%, depth 2 0%" in DEPTH.alt(table)


def test_the_depth_chart_of_several_models_gives_the_range(tmp_path):
    plant(tmp_path, lambda item, arm: scores(False), model="one")
    plant(tmp_path, lambda item, arm: scores(True), model="two")
    assert "2 models keep the schema in 0% to 100%" in DEPTH.title(table_of(DEPTH, tmp_path))


def test_a_reply_that_ended_whole_is_not_counted_as_broken(tmp_path):
    """Half end whole at token 50, half break at token 60: the curve falls to nothing, the plain share to half."""

    def answer(item, arm):
        whole = int(item.id[-2:]) % 2
        return scores(True, tokens=50) if whole else scores(False, broken_at=60)

    plant(tmp_path, answer)
    table = table_of(SURVIVAL, tmp_path)
    last = [row for row in table if row["held"] == "asked"][-1]
    assert (last["value"], last["broken"]) == (0.0, 0.5)
    assert SURVIVAL.title(table) == (
        "By token 200, 50% of replies asked for JSON had broken their schema; constrained by the grammar, 50%"
    )


def test_the_readers_table_of_survival_is_thinned_and_true(tmp_path):
    plant(tmp_path, lambda item, arm: scores(False, broken_at=10 + int(item.id[-2:]) * 20))
    table = table_of(SURVIVAL, tmp_path)
    kept = [row for row in SURVIVAL.digest(table) if row["held"] == "asked"]
    assert [row["time"] for row in kept] == [0, 50, 100, 150]
    assert [round(row["value"], 9) for row in kept] == [1.0, 0.7, 0.5, 0.2]
    assert [row["at_risk"] for row in kept] == [60, 48, 30, 18]  # just before that token


@pytest.mark.parametrize("chart", [DEPTH, SURVIVAL], ids=lambda chart: chart.slug)
def test_an_interval_is_always_drawn_and_colour_never_speaks_alone(tmp_path, chart):
    plant(tmp_path)
    layers = build_spec(chart, table_of(chart, tmp_path))["layer"]
    channels = {name for layer in layers for name in layer["encoding"]}
    assert any({"y", "y2"} <= layer["encoding"].keys() for layer in layers)
    assert {"color", "strokeDash"} <= channels


@pytest.mark.parametrize("chart", [DEPTH, SURVIVAL], ids=lambda chart: chart.slug)
def test_several_models_become_small_multiples(tmp_path, chart):
    for model in ("one", "two"):
        plant(tmp_path, model=model)
    assert build_spec(chart, table_of(chart, tmp_path))["facet"]["field"] == "model"


@pytest.mark.parametrize("sign", ["\x00", "\x0b", "\x1b[31m", "\ufffe", "\u2028", "\u2029", "\ud800", "\u202e", "]]>"])
def test_no_sign_in_a_models_name_keeps_a_chart_from_being_drawn(tmp_path, sign):
    """A control character in an SVG once ended the whole build without a word."""
    plant(tmp_path, name="Tiny Q4_1")
    named = [row | {"model": f"Tiny {sign} Q4_1"} for row in table_of(DEPTH, tmp_path)]
    made = render_files(DEPTH, named, f"one {sign} two")
    assert made["json-depth.png"].startswith(b"\x89PNG") and b"Tiny" in made["json-depth.svg"]
