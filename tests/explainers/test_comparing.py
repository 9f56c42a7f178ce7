"""Two machines beside each other: paired where they answered the same, and speed never merged."""

import dataclasses
import json

import pytest

from explainers.analysis.compare_rigs import (
    Compared,
    MergedSpeed,
    Value,
    _value,
    compare,
    difference,
    each_once,
    is_speed,
    measures,
)
from explainers.analysis.compare_text import plain, told
from explainers.measurements.score import measure
from explainers.schema import Estimate, Sample
from runners.experiments import find
from runners.schema import Kind, Metric
from tests.helpers.planted import experiment, plant, scores, usual

ASKED = experiment(per_depth=4)
ASKED = dataclasses.replace(ASKED, quick=4)
VALID = Sample("schema_valid")
METRICS = {metric.name: metric for metric in ASKED.metrics}


def both(home, mine=usual, theirs=usual, asked=ASKED, **more):
    plant(home, theirs, asked=asked, rig="rig-published")
    plant(home, mine, asked=asked, rig="rig-mine", **more)
    rows = measure(home / "data", {asked.slug: asked}).rows
    return rows, compare(rows, {asked.slug: asked}, "rig-mine", ["rig-published"])


def entry(entries, arm="asked", metric="schema_valid"):
    (found,) = [one for one in entries if one.arm["held"] == arm and one.sample == Sample(metric)]
    return found


def test_the_same_weights_are_paired_item_by_item_with_an_interval(tmp_path):
    right = lambda item, arm: scores(arm["held"] == "grammar" or item.id.endswith(("0", "1")))  # noqa: E731
    _, entries = both(tmp_path, mine=right)
    found = entry(entries)
    assert found.same_weights and (found.matched, found.answered) == (24, 24)
    assert (found.mine.value, found.theirs.value, found.difference.value) == (0.5, 0.0, 0.5)
    assert 0 < found.difference.low < 0.5 < found.difference.high < 1
    assert found.difference.method == "cluster bootstrap"
    assert told(found)["difference"].startswith("+50.0 points (95% +")


def test_equal_replies_differ_by_nothing_and_the_interval_says_how_little_is_excluded(tmp_path):
    found = entry(both(tmp_path)[1])
    assert found.difference.value == 0
    assert found.difference.low < 0 < found.difference.high


def test_a_difference_without_an_interval_says_which_of_the_two_reasons_it_has(tmp_path):
    found = entry(both(tmp_path)[1])
    nothing = Estimate(0.0, -float("inf"), float("inf"), 24, 24, "cluster bootstrap")
    assert "no spread to bound it by" in told(dataclasses.replace(found, difference=nothing))["difference"]
    few = dataclasses.replace(nothing, clusters=9)
    assert "too few to bound it" in told(dataclasses.replace(found, difference=few))["difference"]


def test_only_questions_that_both_answered_are_subtracted(tmp_path):
    asked = dataclasses.replace(ASKED, quick=2)
    twelve = lambda item, arm: scores(True) if item.id.endswith(("0", "1")) else False  # noqa: E731
    right_later = lambda item, arm: scores(item.id.endswith(("2", "3")))  # noqa: E731
    found = entry(both(tmp_path, mine=twelve, theirs=right_later, asked=asked)[1])
    assert (found.mine.n, found.theirs.n, found.matched, found.answered) == (12, 24, 12, 24)
    assert (found.mine.value, found.theirs.value, found.difference.value) == (1.0, 0.5, 1.0)
    assert told(found)["same questions"] == "12 of 24"


def test_other_weights_of_the_same_name_are_not_paired_unless_asked(tmp_path):
    rows, entries = both(tmp_path, model="other", name="small Q4_1")
    assert entry(entries).theirs is None and not entry(entries).same_weights
    entries = compare(rows, {ASKED.slug: ASKED}, "rig-mine", ["rig-published"], against="small")
    found = entry(entries)
    assert not found.same_weights and found.matched == 24 and found.difference is not None
    assert told(found)["weights"] == "other weights: small Q4_1"


def test_a_retrained_twin_is_not_the_same_weights_though_its_rung_is(tmp_path):
    both(tmp_path)
    for place, path in enumerate(sorted((tmp_path / "data").rglob("*.run.json"))):
        run = json.loads(path.read_text())
        run["model"] |= {"twin": {"ladder": "json", "rung": "f128", "seed": 1}, "sha256": f"{place}" * 64}
        path.write_text(json.dumps(run))
    rows = measure(tmp_path / "data", {ASKED.slug: ASKED}).rows
    assert len({row.source.sha256 for row in rows}) == 1
    found = entry(compare(rows, {ASKED.slug: ASKED}, "rig-mine", ["rig-published"]))
    assert found.theirs is None and not found.same_weights


def test_replies_to_another_version_or_another_question_are_never_beside_these(tmp_path):
    plant(tmp_path, asked=ASKED, rig="rig-mine")
    edited = tuple(dataclasses.replace(item, prompt="Another") for item in ASKED.items)
    plant(tmp_path, asked=dataclasses.replace(ASKED, items=edited), rig="rig-edited")
    plant(tmp_path, asked=dataclasses.replace(ASKED, version=2), rig="rig-newer")
    rows = measure(tmp_path / "data", {ASKED.slug: ASKED}).rows
    entries = compare(rows, {ASKED.slug: ASKED}, "rig-mine", ["rig-edited", "rig-newer"])
    assert {one.theirs for one in entries} == {None}


def test_three_machines_are_compared_two_at_a_time_and_never_pooled(tmp_path):
    both(tmp_path)
    plant(tmp_path, lambda item, arm: scores(True), asked=ASKED, rig="rig-third")
    rows = measure(tmp_path / "data", {ASKED.slug: ASKED}).rows
    entries = compare(rows, {ASKED.slug: ASKED}, "rig-mine", ["rig-mine", "rig-published", "rig-third"])
    pairs = {(one.theirs.rig, one.theirs.n, one.theirs.value) for one in entries if one.sample == VALID
             and one.arm["held"] == "asked"}  # fmt: skip
    assert pairs == {("rig-published", 24, 0.0), ("rig-third", 24, 1.0)}
    once = {(one.mine.rig, one.theirs.rig) for one in each_once(rows, {ASKED.slug: ASKED})}
    assert len(once) == 3 and not {(b, a) for a, b in once} & once


# -- speed -------------------------------------------------------------------------------------------------------


def test_speed_stands_beside_the_other_machines_and_is_not_subtracted(tmp_path):
    _, entries = both(tmp_path)
    found = entry(entries, metric="tokens_per_second")
    assert found.speed and found.difference is None and found.matched == 24
    row = told(found)
    assert (row["rig"], row["other rig"]) == ("rig-mine", "rig-published")
    assert "tokens/s" in row["here"] and "tokens/s" in row["there"] and row["difference"].startswith("not subtracted")
    assert plain(found)["difference"] is None


def test_no_code_path_makes_one_number_of_two_machines_speeds(tmp_path):
    rows, entries = both(tmp_path)
    halves = [[row for row in rows if row.source.rig == rig] for rig in ("rig-mine", "rig-published")]
    with pytest.raises(MergedSpeed):
        difference(*halves, Sample("tokens_per_second"), METRICS)
    with pytest.raises(MergedSpeed):
        difference(*halves, Sample("early_breaks", per="tokens_per_second"), METRICS)
    with pytest.raises(MergedSpeed):
        _value((halves[0][0].source, rows), Sample("tokens_per_second"))
    speed = entry(entries, metric="tokens_per_second")
    with pytest.raises(MergedSpeed):
        dataclasses.replace(speed, difference=Estimate(0.0, -1.0, 1.0, 24, 24, "by hand"))


def test_every_speed_of_every_experiment_is_known_for_one_and_shown():
    speeds = {(one.slug, metric.name) for one in find().values() for metric in one.metrics if is_speed(metric)}
    assert speeds == {
        ("json-fidelity", "tokens_per_second"),
        ("throughput", "prompt_per_second"),
        ("throughput", "generated_per_second"),
        ("throughput", "first_token"),
    }
    for slug, name in speeds:
        assert Sample(name) in measures(find()[slug])


@pytest.mark.parametrize("kind", Kind)
def test_whatever_is_counted_by_time_is_a_speed(kind):
    assert is_speed(Metric("anything", kind, "of anything")) == (kind in ("rate", "seconds"))


# -- what is compared --------------------------------------------------------------------------------------------


def test_numbers_are_those_that_claims_decide_by_or_else_all_shares():
    decided = measures(find()["json-fidelity"])
    assert Sample("schema_valid") in decided and Sample("early_breaks", per="early_tokens", times=100) in decided
    assert len(decided) == len(set(map(repr, decided)))
    undecided = dataclasses.replace(find()["json-fidelity"], slug="nobody-claims")
    assert [sample.metric for sample in measures(undecided)] == [
        "schema_valid", "bare_valid", "closed_valid", "fields_right", "constraint_active", "tokens_per_second"
    ]  # fmt: skip


def test_a_pair_that_counts_as_one_counts_only_where_both_sides_have_both_its_members(tmp_path):
    items = tuple(
        dataclasses.replace(item, tags={**item.tags, "pair": place // 2}) for place, item in enumerate(ASKED.items)
    )
    asked = dataclasses.replace(ASKED, items=items, quick=1)
    lone = lambda item, arm: scores(True) if item.id[-1] in "012" else False  # noqa: E731
    rows, _ = both(tmp_path, mine=lambda item, arm: scores(True), theirs=lone, asked=asked)
    sides = [
        [row for row in rows if row.source.rig == rig and row.arm["held"] == "asked"]
        for rig in ("rig-mine", "rig-published")
    ]
    assert [len(side) for side in sides] == [24, 18]
    found = difference(*sides, dataclasses.replace(VALID, together="pair"), METRICS)
    assert (found.value, found.n) == (0, 12)


def test_every_experiment_has_numbers_that_it_measures():
    for one in find().values():
        names = {metric.name for metric in one.metrics}
        assert measures(one) and all(sample.metric in names for sample in measures(one))


def test_a_program_gets_plain_json(tmp_path):
    _, entries = both(tmp_path)
    made = json.loads(json.dumps([plain(one) for one in entries], allow_nan=False))
    assert {one["share_matched"] for one in made} == {1.0}
    assert made[0]["mine"] == {"rig": "rig-mine", "value": made[0]["mine"]["value"], "n": 24}


def test_a_machine_alone_is_beside_nobody():
    empty = Compared("x", "m", "", {}, VALID, "share", Kind.SHARE, False, False, Value("a", 0.5, 2), None, 0, 2, None)
    assert told(empty)["weights"] == "not measured elsewhere" and told(empty)["arm"] == "the only way"
