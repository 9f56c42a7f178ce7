"""Charts of ladders say what their tables say, and the seeds of a rung speak as one."""

import csv
import shutil
from types import SimpleNamespace

import pytest

from explainers import charts
from explainers.guide.guide import gather
from explainers.measurements import training_logs
from explainers.measurements.score import source_of
from explainers.plotting.render import spec
from explainers.site import fingerprint, pages
from runners.experiments.twin_knowledge import EXPERIMENT
from runners.experiments.twin_misroute import SWAPS
from runners.items.arm_labels import WEIGHTS
from runners.items.twin_people import attributes
from runners.schema import Reply
from tests.helpers.ladders import dense, mixture, student
from tests.helpers.planted import ROOT, home_in, without_npm

CHARTS = {slug: chart for slug, chart in charts.find().items() if slug.startswith("twin-")}
METRICS = {metric.name: metric for metric in EXPERIMENT.metrics}


def ladder(students=()):
    rows = [*dense(spread=0.05), *mixture(3_000, spread=0.05), *students]
    for place, row in enumerate(rows):
        row.facts |= {"tier": place % 5 + 1, "depth": place % 3 + 1, "skill": ("fact", "story")[place % 2]}
        row.facts |= {"weights": list(WEIGHTS)[place % len(WEIGHTS)]}
        row.metrics |= {"exact": row.metrics["correct"], "divergence": 0.1 + place % 7 / 100}
        row.facts |= {"experts_used": (1, 2, 4)[place % 3], "route": list(SWAPS)[place % len(SWAPS)]}
        row.metrics |= {"lost": float(place % 4 == 0)}
        row.metrics |= {"recovered": float(place % 3 == 0), "alike": float(place % 5 == 0), "any_wrong": 0.2}
        row.metrics |= {"moved": place % 10 / 10 if row.twin["experts"] else float("nan")}
        row.facts |= {"domain": ("common fact", "rare fact", "walk")[place % 3]}
        row.metrics |= {"kept": float(place % 4 > 0)}
        row.facts |= {"kind": ("card", "walk", "story")[place % 3]}
        row.metrics |= {"same_token": 0.7, "other_token": 0.3, **{f"load 0 {place % 2}": 0.75, f"load 0 {2}": 0.25}}
        row.twin = {**row.twin, "used": 2, "active": row.twin["active"]}
    return rows


def log_rows():
    return [
        {"ladder": "knowledge", "rung": rung, "seed": seed, "experts": experts, "step": step, "tokens": step * 10,
         "loss": loss + seed / 100, "flops": 1e9 * step, "seconds": 1.0}
        for rung, experts, start in (("f1", 0, 2.0), ("4x2", 4, 1.5))
        for seed in (1, 2, 3)
        for step, loss in ((200, start), (400, start - 0.5), (450, start - 0.6))
    ]  # fmt: skip


def table_of(chart):
    if chart.experiment == training_logs.EXPERIMENT:
        return chart.table(log_rows(), METRICS)
    return chart.table(ladder(student(5_000) if chart.experiment == "twin-skills" else ()), METRICS)


@pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS)
def test_a_chart_is_drawn_said_and_listed_from_one_table(chart):
    table = table_of(chart)
    drawn = str(spec(chart, table))

    assert table and "values" in drawn and len(chart.alt(table)) > 60
    assert any(character.isdigit() for character in chart.title(table))
    assert all(name in row for row in chart.digest(table) for name in chart.columns)


def test_the_ladder_chart_has_a_point_for_each_seed():
    table = table_of(CHARTS["twin-ladder"])

    assert len(table) == 5 * 3 and {row["seed"] for row in table} == {1, 2, 3}
    assert "From 1,000 to 8,000 parameters, dense twins know" in CHARTS["twin-ladder"].title(table)


def test_the_chart_of_worth_puts_the_rule_beside_the_seeds_and_the_whole():
    table = table_of(CHARTS["twin-worth"])
    whole = table[-1]

    assert [row["seed"] for row in table] == ["1", "2", "3", "all"]
    assert whole["rule"] == 4_000 and whole["low"] < 3_000 < whole["high"]
    assert table[0]["low"] is None, "one seed has no interval"


def test_the_chart_of_training_ends_with_the_last_row_of_every_log():
    table = table_of(CHARTS["twin-training"])

    assert [(row["twin"], row["tokens"]) for row in table][-1] == ("MoE 4x2", 4_500)
    assert table[-1]["value"] == pytest.approx(0.92) and table[-1]["lowest"] == pytest.approx(0.91)


def test_the_seeds_of_a_rung_are_one_source_and_two_rungs_are_two():
    runs = [
        {"model": {"slug": f"k-{rung}-s{seed}", "name": f"Knowledge twin, dense {rung}, seed {seed}",
                   "sha256": f"{rung}{seed}", "twin": {"ladder": "k", "rung": rung, "seed": seed}}}
        for rung in ("f1", "f2") for seed in (1, 2)
    ]  # fmt: skip
    sources = [source_of(run, EXPERIMENT) for run in runs]

    assert len(set(sources)) == 2 and sources[0].name == "Knowledge twin, dense f1"


def test_a_choice_is_judged_by_the_share_of_its_own_words():
    item = next(item for item in EXPERIMENT.items if item.tags["attribute"] == "pet")
    words = attributes()["pet"]
    sure = [(0.0 if word == item.target["value"] else -50.0, 1) for word in words]
    wrong = [(0.0 if place == (words.index(item.target["value"]) + 1) % 16 else -50.0, 1) for place in range(16)]
    flat = [(-3.0, 1)] * 16

    right, lie, blank = (EXPERIMENT.score(item, {}, Reply(options=tuple(one))) for one in (sure, wrong, flat))
    assert right["known_bits"] == pytest.approx(4.0) and right["correct"] == 1 and right["sure_and_wrong"] == 0
    assert lie["sure_and_wrong"] == 1 and lie["correct"] == 0 and lie["known_bits"] < -30
    assert blank["known_bits"] == pytest.approx(0.0) and blank["sure"] == 0


def test_every_log_that_is_committed_is_read_whole():
    rows = training_logs.logs(ROOT / "data")

    assert {row["ladder"] for row in rows} == {"knowledge", "json", "skills"}
    assert all(row["loss"] >= 0 and row["tokens"] > 0 for row in rows)  # a copied word costs nothing to four decimals


def test_the_page_of_that_chart_is_made_of_logs_alone(tmp_path, monkeypatch):
    without_npm(monkeypatch)
    home = home_in(tmp_path / "home")
    shutil.copytree(ROOT / "data" / "twins", home / "data" / "twins", ignore=shutil.ignore_patterns("*.gguf"))
    found = pages.pages(gather(home, {}), live=False)

    assert "## In words" in found["charts/twin-training/index.md"]


def test_a_log_that_is_torn_is_named(tmp_path):
    folder = tmp_path / "data" / "twins"
    folder.mkdir(parents=True)
    entry = '[a]\nsources = ["data/twins/a.gguf"]\ntwin = { ladder = "k", rung = "f1", seed = 1, experts = 0 }\n'
    (folder / "models.toml").write_text(entry)
    with (folder / "a.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["step", "tokens", "loss", "flops", "seconds"], ["1", "2"]])

    with pytest.raises(ValueError, match=r"a\.csv is no whole log of a training"):
        training_logs.logs(tmp_path / "data")


@pytest.mark.parametrize("name", ["models.toml", "k/k-f1-s1.csv"])
def test_a_build_notices_that_a_training_log_or_the_catalogue_of_twins_has_changed(tmp_path, name):
    path = tmp_path / "data" / "twins" / name
    path.parent.mkdir(parents=True)
    (tmp_path / "docs").mkdir()
    path.write_text("before")
    before = fingerprint.inputs(tmp_path)
    path.write_text("after")

    assert fingerprint.inputs(tmp_path) != before


def test_students_are_held_against_the_text_s_own_twin_and_shown_apart():
    gained = table_of(CHARTS["twin-students"])
    shown = {row["twin"] for slug in ("twin-gains", "twin-skills") for row in table_of(CHARTS[slug])}

    assert {row["twin"] for row in gained} == {"f2 taught by replies"}
    assert shown == {"dense f1", "dense f2", "dense f4", "dense f8", "MoE 4x2"}


def test_gains_have_a_row_for_each_seed_and_one_for_all_with_an_interval():
    facts = [row for row in table_of(CHARTS["twin-gains"]) if row["skill"] == "facts"]

    assert [row["seed"] for row in facts] == ["1", "2", "3", "all"]
    assert facts[0]["low"] is None and facts[-1]["low"] <= facts[-1]["value"] <= facts[-1]["high"]


def test_only_mixtures_have_a_gate_that_can_drift():
    table = table_of(CHARTS["twin-drift"])

    assert {row["twin"] for row in table} == {"MoE 4x2"}
    assert [row["weights"] for row in table if row["seed"] == 1] == [said for arm, said in WEIGHTS.items() if arm]


def test_the_right_word_is_shown_beside_what_luck_brings_up():
    rows = [row for row in table_of(CHARTS["twin-neighbours"]) if row["twin"] == "MoE 4x2" and row["seed"] == 1]

    assert [row["word"] for row in rows] == [
        "the right word",
        "a wrong word about as likely",
        "any other wrong word",
    ]
    assert rows[0]["low"] < rows[0]["value"] == pytest.approx(1 / 3, abs=0.02)


def routed(kind, loads, number):
    """A row whose text of a kind puts these shares of its tokens on the experts of one layer."""
    twin = {"rung": "4x1", "seed": 1, "experts": 4, "used": 1, "parameters": 9, "active": 3}
    metrics = {"same_token": 1.0, "other_token": 0.5, **{f"load 0 {place}": load for place, load in loads.items()}}
    return SimpleNamespace(twin=twin, facts={"kind": kind}, metrics=metrics, item=f"{kind}{number}")


def test_kinds_with_experts_of_their_own_have_none_in_common():
    rows = [routed("card", {0: 0.5, 1: 0.5}, number) for number in range(3)]
    rows += [routed("walk", {2: 1.0}, number) for number in range(2)]
    table = CHARTS["twin-routing"].table(rows, METRICS)
    found = {(row["kind"], row["pair"]): row["value"] for row in table}

    assert found["cards", "two texts of a kind"] == pytest.approx(0.5) and found["walks", "two texts of a kind"] == 1
    assert found["cards", "texts of two kinds"] == found["walks", "texts of two kinds"] == 0
    assert {row["even"] for row in table} == {0.25}


def test_texts_of_a_kind_that_go_to_different_experts_are_no_specialization():
    rows = [routed(kind, {number: 1.0}, number) for kind in ("card", "walk") for number in range(4)]
    found = {row["pair"]: row["value"] for row in CHARTS["twin-routing"].table(rows, METRICS)}

    assert found["two texts of a kind"] == pytest.approx(0) and found["texts of two kinds"] == pytest.approx(0.25)
