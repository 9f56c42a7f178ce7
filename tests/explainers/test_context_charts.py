"""Effective length by two published rules, and the map of places, say what planted answers say."""

import pytest

from explainers import charts
from explainers.plotting.render import build_spec
from tests.helpers.measured_models import METRICS, answered

EFFECTIVE, MAP = (charts.find()[slug] for slug in ("context-effective", "context-map"))


def rows(right, **facts):
    return answered("context-gap", right, context_length=8192, **facts)


def every_fourth_wrong(item, arm):
    return sum(map(ord, item.id)) % 4 > 0


def found(asked):
    return {row["rule"]: row for row in EFFECTIVE.table(asked, METRICS)}


def test_a_model_that_finds_everything_up_to_a_length_is_effective_up_to_there_by_both_rules():
    for row in found(rows(lambda item, arm: arm["length"] <= 1024)).values():
        assert (row["value"], row["high"], row["advertised"]) == (1024, 1024, 8192)


def test_a_dozen_texts_do_not_prove_that_a_length_passes():
    """All right in twelve texts still leaves room for less than 85.6 % in others."""
    assert found(rows(lambda item, arm: arm["length"] <= 1024))["RULER's rule"]["low"] == 0


def test_a_model_that_is_always_right_may_be_effective_beyond_the_longest_text():
    table = EFFECTIVE.table(rows(lambda item, arm: True), METRICS)
    assert {(row["value"], row["more"], row["high"]) for row in table} == {(4096, True, None)}
    assert EFFECTIVE.title(table).endswith("can use 4,096 or more tokens, of windows of 8,192")


def test_a_model_that_keeps_three_quarters_passes_by_what_is_left_and_fails_by_what_is_right():
    """RULER asks for 85.6 % of the answers, NoLiMa for 85 % of what was right in short texts."""
    by_rule = found(rows(every_fourth_wrong))
    assert (by_rule["RULER's rule"]["value"], by_rule["NoLiMa's rule"]["value"]) == (0, 4096)
    assert "RULER's rule: under 256 of 8,192" in EFFECTIVE.alt(list(by_rule.values()))
    assert EFFECTIVE.title(list(by_rule.values())).endswith("; by RULER's rule it does not reach 256")


def test_a_length_that_fails_ends_it_though_a_longer_one_passes_again():
    row = found(rows(lambda item, arm: arm["length"] != 512))["RULER's rule"]
    assert (row["value"], row["more"]) == (256, False)


def test_a_model_that_finds_nothing_has_no_share_left_to_judge():
    assert set(found(rows(lambda item, arm: False))) == {"RULER's rule"}


def test_one_text_alone_bounds_no_effective_length():
    one = [row for row in rows(lambda item, arm: True) if row.cluster == rows(lambda item, arm: True)[0].cluster]
    assert {(row["value"], row["low"], row["high"]) for row in EFFECTIVE.table(one, METRICS)} == {(4096, None, None)}


def test_the_map_writes_each_fields_number_and_interval_into_it():
    table = MAP.table(rows(lambda item, arm: item.tags.get("fifth") != 3), METRICS)
    middle = {row["said"] for row in table if row["fifth"] == 3}
    assert middle == {"0%"} and all("–" in row["within"] for row in table)
    assert MAP.title(table) == "By length of the text and place in it, Tiny Q4_1 gave 0% to 100% right answers"
    assert "256 tokens: fifth 1 100%, fifth 2 100%, fifth 3 0%" in MAP.alt(table)


def test_a_window_that_no_run_recorded_is_owned_up_to():
    table = EFFECTIVE.table(answered("context-gap", every_fourth_wrong), METRICS)
    assert "of a window that no run recorded" in EFFECTIVE.alt(table)
    assert "of windows" not in EFFECTIVE.title(table)


@pytest.mark.parametrize("chart", [EFFECTIVE, MAP], ids=lambda chart: chart.slug)
def test_several_models_find_room(chart):
    both = [*rows(every_fourth_wrong, name="one"), *rows(every_fourth_wrong, name="two")]
    table = chart.table(both, METRICS)
    assert {row["model"] for row in table} == {"one", "two"}
    assert build_spec(chart, table)
