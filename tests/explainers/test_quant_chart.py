"""The chart of quantized real models says what its table says, at the bits that their files really have."""

from types import SimpleNamespace

import pytest

from explainers import charts
from explainers.plotting.render import build_spec
from explainers.schema import Source
from runners.experiments.quant_sensitivity import EXPERIMENT

CHART = charts.find()["quant-divergence"]
METRICS = {metric.name: metric for metric in EXPERIMENT.metrics}
BITS = {"Q8_0": 8.5, "Q5_0": 5.5, "Q4_0": 4.5, "Q3_K": 4.1}


def rows(model, size, apart):
    """Twelve pieces for each type, whose mean divergence is `apart`."""
    source = Source("rig-a", model, f"{model} F16", model, size, "b1", "cpu", "s")
    return [
        SimpleNamespace(
            source=source,
            experiment=EXPERIMENT.slug,
            item=f"piece-{number}",
            cluster=f"piece-{number}",
            at="2026-11-24",
            facts={"weights": kind, "kind": "everyday"},
            metrics={"divergence": mean * (0.75 + number % 2 / 2)},
            run={"quantized": {"bits_per_weight": BITS[kind]}},
        )
        for kind, mean in apart.items()
        for number in range(12)
    ]


ONE = rows("tiny", 1_000, {"Q8_0": 0.001, "Q5_0": 0.02, "Q4_0": 0.1, "Q3_K": 0.2})
OTHER = rows("large", 9_000, {"Q8_0": 0.002, "Q5_0": 0.01, "Q4_0": 0.05, "Q3_K": 0.1})


def test_the_table_has_a_row_for_each_type_in_order_with_its_real_bits():
    table = CHART.table(ONE, METRICS)

    assert [(row["type"], row["bits"]) for row in table] == list(BITS.items())
    assert [row["value"] for row in table] == pytest.approx([0.001, 0.02, 0.1, 0.2])
    assert all(row["low"] < row["value"] < row["high"] and row["n"] == 12 for row in table)


def test_the_title_gives_one_model_by_name_and_several_as_a_range():
    assert CHART.title(CHART.table(ONE, METRICS)) == (
        "Quantized to Q8_0, tiny F16 moves by 0.001 nats per token; quantized to Q4_0, by 0.1"
    )
    assert CHART.title(CHART.table([*OTHER, *ONE], METRICS)) == (
        "Quantized to Q8_0, 2 models move by 0.001 to 0.002 nats per token; quantized to Q4_0, by 0.05 to 0.1"
    )


def test_a_half_finished_run_claims_nothing_in_its_title():
    some = [row for row in ONE if row.facts["weights"] == "Q8_0"]

    assert CHART.title(CHART.table(some, METRICS)) == "How far quantizing moves a model"


def test_every_number_of_the_picture_is_said_in_words():
    said = CHART.alt(CHART.table([*OTHER, *ONE], METRICS))

    assert "tiny F16: all to Q8_0 0.001, all to Q5_0 0.02, all to Q4_0 0.1, all to Q3_K 0.2. large F16: " in said


def test_intervals_and_names_of_types_are_drawn_on_a_logarithmic_axis():
    drawn = build_spec(CHART, CHART.table(ONE, METRICS))
    marks = {layer["mark"]["type"]: layer["encoding"] for layer in drawn["layer"]}

    assert {"y", "y2"} <= marks["rule"].keys() and marks["text"]["text"]["field"] == "type"
    assert marks["point"]["y"]["scale"]["type"] == "log"
    assert build_spec(CHART, CHART.table([*ONE, *OTHER], METRICS))["facet"]["field"] == "model"


def test_a_type_that_moved_nothing_is_listed_and_left_off_the_axis():
    table = CHART.table(rows("tiny", 1_000, {"Q8_0": 0.0, "Q4_0": 0.1}), METRICS)
    values = build_spec(CHART, table)["data"]["values"]

    assert [row["type"] for row in values] == ["Q4_0"] and [row["value"] for row in table] == pytest.approx([0.0, 0.1])
    assert CHART.digest(table)[0]["value"] == "0"
