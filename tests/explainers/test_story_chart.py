"""What the claim and the chart on stories make of replies whose answers are known."""

import pytest

from explainers import charts, claims
from explainers.measurements.score import Row
from explainers.plotting.render import spec
from explainers.schema import Outcome, Source
from explainers.verdicts.judge import estimate, judge
from runners.experiments.story_state import EXPERIMENT, score
from runners.schema import Reply

CHART, CLAIM = charts.find()["story-length"], claims.find()["world-coherence"]
METRICS = {metric.name: metric for metric in EXPERIMENT.metrics}


def rows(say):
    """A row for every cell of the full profile; `say(item, arm)` is whether the model gets it right."""
    source = Source("rig-a", "small", "small Q4_1", "0" * 64)
    return [
        Row(source, EXPERIMENT.slug, 1, "full", item.id, item.cluster, 0, "", f"{place:05}", item.tags, arm,
            score(item, arm, reply(item, arm, say(item, arm))), (), {})
        for place, (item, arm) in enumerate((item, arm) for item in EXPERIMENT.items for arm in EXPERIMENT.arms())
    ]  # fmt: skip


def reply(item, arm, right):
    answer, options = item.target["answer"], item.target["options"]
    meant = answer if right else next(one for one in options if one != answer)
    if arm["asked"] == "choice":
        return Reply(stop="scored", options=tuple((-1.0 if one == meant else -9.0, 1) for one in options))
    return Reply("" if right is None else meant)


@pytest.mark.parametrize(
    ("say", "outcome"),
    [
        (lambda item, arm: item.tags["events"] < 16, Outcome.HOLDS),
        (lambda item, arm: item.tags["events"] >= 16, Outcome.FAILS),
        (lambda item, arm: arm["asked"] == "choice" or item.tags["events"] < 16, Outcome.HOLDS),
    ],
)
def test_the_claim_looks_at_free_answers_about_long_stories(say, outcome):
    assert judge(CLAIM, rows(say), METRICS).measured is outcome


def test_a_model_that_never_answers_has_not_lost_track_of_anything():
    silent = rows(lambda item, arm: None if arm["asked"] == "free" else True)
    assert judge(CLAIM, silent, METRICS).measured is Outcome.NOT_SETTLED


def test_what_is_read_beside_the_verdict_sets_the_models_own_events_against_chance():
    found = {one.label: estimate(one.test, rows(lambda item, arm: True), METRICS) for one in CLAIM.beside}
    own, above = (value for label, value in found.items() if "own" in label or "minus" in label)
    assert own.value == pytest.approx(1 / 3), "one possible event and two that are missing"
    assert 0 < own.value - above.value < 0.15 and above.clusters == 40
    assert all(value is not None for value in found.values())


def test_the_chart_names_both_ends_and_leaves_continuations_out():
    table = CHART.table(rows(lambda item, arm: item.tags["asks"] == "next" or item.tags["events"] == 2), METRICS)

    assert CHART.title(table) == "Of questions about a story, 100% are answered right after 2 events, 0% after 32"
    assert [row["n"] for row in table] == [60] * 10 and {row["arm"].partition(":")[0] for row in table} == {
        "free",
        "choice",
    }
    assert "free: 2 events 100%, 4 events 0%" in CHART.alt(table)
    layers = spec(CHART, table)["layer"]
    assert any({"y", "y2"} <= layer["encoding"].keys() for layer in layers)
