"""The chart of speed says what was measured, and what a token reads."""

from explainers import charts, claims
from explainers.measurements.score import ReplyRow
from explainers.plotting.render import build_spec
from explainers.schema import Source
from explainers.verdicts.judge import estimate
from runners.experiments.throughput import EXPERIMENT

CHART = charts.find()["throughput"]
METRICS = {metric.name: metric for metric in EXPERIMENT.metrics}


def row(name, rate, read, width, item):
    rates = {"prompt_per_second": 5.0 * rate * width, "generated_per_second": rate + 10.0 * width}
    return ReplyRow(
        Source("rig-a", name, name, name), EXPERIMENT.slug, 1, "full", item.id, item.id, 0, "",
        f"{name} {item.id} {width}", item.tags, {"width": width}, rates | {"first_token": 0.1, "generated": 64.0}, (),
        {"model": {"bytes_per_token": read}},
    )  # fmt: skip


ROWS = [
    row(*model, width, item)
    for model in (("small", 30, 98_000_000), ("large", 4, None))
    for width in (1, 8)
    for item in EXPERIMENT.items
]


def test_the_chart_gives_every_model_at_every_width_and_the_bytes_a_token_reads():
    table = CHART.table(ROWS, METRICS)
    reader = {(row["model"], row["arm"]): row for row in CHART.digest(table)}

    assert CHART.title(table) == (
        "Tokens per second that 2 models wrote: 14 to 40 one reply at a time, 84 to 110 eight replies at once"
    )
    assert reader["small", "eight replies at once"]["prompt"] == "1200.0"
    assert reader["small", "one reply at a time"]["read"] == "98 MB"
    assert "not recorded" in reader["large", "one reply at a time"]["read"]
    assert "large, one reply at a time: 14" in CHART.alt(table)
    assert any({"x", "x2"} <= layer["encoding"].keys() for layer in build_spec(CHART, table)["layer"])


def test_the_claim_on_cost_has_the_speed_of_real_models_beside_it():
    beside = claims.find()["moe-wins-speed"].beside
    small = [row for row in ROWS if row.source.name == "small"]
    found = [estimate(one.test, small, METRICS).value for one in beside if one.test.experiment == "throughput"]

    assert found == [40, 110]
