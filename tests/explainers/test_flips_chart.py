"""The chart of flips counts answers that changed, whether or not any became wrong."""

from types import SimpleNamespace

import pytest

from explainers import charts
from explainers.charts.quant_flips import FEWER, FLIPPED
from explainers.plotting.render import build_spec
from explainers.schema import Source
from runners.experiments.quant_answers import EXPERIMENT

CHART = charts.find()["quant-flips"]
METRICS = {metric.name: metric for metric in EXPERIMENT.metrics}


def model(picks, name="Tiny Q8_0", kinds=("", "Q4_0")):
    """Rows of a model: `picks(place, kind)` says which option it picks of the item at a place."""
    source = Source("rig-a", name, name, f"sha {name}", 98_000_000)
    return [
        SimpleNamespace(
            source=source, experiment=EXPERIMENT.slug, item=item.id, cluster=item.cluster, at="now", twin={},
            facts={**item.tags, "weights": kind},
            metrics={"picked": float(pick), "right": float(pick == item.target["right"]), "confidence": 0.9},
        )
        for place, item in enumerate(EXPERIMENT.items)
        for kind in kinds
        for pick in [picks(item, place, kind)]
    ]  # fmt: skip


def found(rows):
    return {(row["type"], row["arm"]): row["value"] for row in CHART.table(rows, METRICS)}


def right(item, place, kind):
    return item.target["right"]


def test_answers_that_go_from_one_wrong_option_to_another_are_flips_and_cost_nothing():
    def picks(item, place, kind):
        if item.tags["skill"] == "scenes":
            return item.target["right"]
        return (item.target["right"] + (1 if kind == "" else 2)) % 4

    assert found(model(picks)) == {("Q4_0", FLIPPED): 0.5, ("Q4_0", FEWER): 0.0}


def test_right_answers_that_are_lost_are_flips_too():
    def picks(item, place, kind):
        lost = kind == "Q4_0" and place % 4 == 0
        return (item.target["right"] + lost) % len(item.target["options"])

    rows = model(picks)
    assert found(rows) == {("Q4_0", FLIPPED): 0.25, ("Q4_0", FEWER): 0.25}
    table = CHART.table(rows, METRICS)
    assert CHART.title(table) == "Quantized to Q4_0, 25% of answers flip, and right answers fall by 25 points"
    assert "Tiny Q8_0 at Q4_0: 25% flipped, 25 points fewer right" in CHART.alt(table)


def test_a_model_that_was_not_asked_unrounded_has_no_flips():
    assert found(model(right, kinds=("Q4_0",))) == {}


@pytest.mark.parametrize("names", [("one",), ("one", "two")])
def test_every_picture_has_an_interval(names):
    drawn = build_spec(CHART, CHART.table([row for name in names for row in model(right, name=name)], METRICS))
    layers = (drawn["spec"] if len(names) > 1 else drawn)["layer"]
    assert any({"y", "y2"} <= layer["encoding"].keys() for layer in layers)
