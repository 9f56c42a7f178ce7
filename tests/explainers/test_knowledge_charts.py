"""Charts and claims about knowledge say what planted answers say."""

from types import SimpleNamespace

import pytest

from explainers import charts, claims
from explainers.plotting.render import spec
from explainers.schema import Outcome, Source
from explainers.site import fingerprint
from explainers.verdicts.judge import judge
from runners.experiments.knowledge import EXPERIMENT

TIERS, SURE = (charts.find()[slug] for slug in ("knowledge-tiers", "knowledge-calibration"))
METRICS = {metric.name: metric for metric in EXPERIMENT.metrics}
NAN = float("nan")


def model(knows, reads=lambda item: True, name="Tiny Q4_1", sure=0.5):
    """The rows of a model that knows and reads what these say of an item; a choice is right where it knows."""
    source = Source("rig-a", name, name, f"sha {name}", 98_000_000)
    rows = []
    for item in EXPERIMENT.items:
        for arm in EXPERIMENT.arms():
            right = reads(item) if arm["asked"] == "open" else knows(item)
            choice = arm["asked"] == "choice"
            metrics = dict.fromkeys(METRICS, NAN) | {
                "right": float(right),
                "wrong": float(not right),
                "confidence": (sure(item) if callable(sure) else sure) if choice else NAN,
                "sure_and_wrong": 0.0 if choice else NAN,
                "copied": float(not right) if arm["asked"] == "distractor" else NAN,
            }
            rows.append(
                SimpleNamespace(
                    source=source,
                    experiment="knowledge",
                    item=item.id,
                    cluster=item.cluster,
                    at="now",
                    twin={},
                    facts={**item.tags, **arm},
                    metrics=metrics,
                )
            )
    return rows


def known_up_to(tier):
    return lambda item: item.tags["tier"] <= tier


def verdict(slug, rows):
    return judge(claims.find()[slug], rows, METRICS).measured


def test_the_chart_of_tiers_names_both_ends_and_what_the_text_mends():
    table = TIERS.table(model(known_up_to(2)), METRICS)

    assert len(table) == 5 * 5
    assert TIERS.title(table) == (
        "Closed book, 100% of facts about the best known places are right, 0% about the least known; "
        "with the fact before it, 100%"
    )
    assert "closed: tier 1 100%, tier 2 100%, tier 3 0%" in TIERS.alt(table)


def test_several_models_are_told_as_a_range_and_drawn_side_by_side():
    rows = [*model(known_up_to(5), name="one"), *model(known_up_to(0), name="two")]
    table = TIERS.table([row for row in rows if row.facts["asked"] == "closed"], METRICS)

    assert "0% to 100% of facts about the best known" in TIERS.title(table)
    assert spec(TIERS, table)["facet"]["field"] == "model"
    assert spec(SURE, SURE.table(rows, METRICS))["facet"]["field"] == "model"


def test_the_chart_of_certainty_puts_choices_of_like_certainty_together():
    table = SURE.table(model(known_up_to(3), sure=lambda item: 0.95 if item.tags["tier"] <= 4 else 0.3), METRICS)

    assert [(row["bin"], row["value"], row["n"]) for row in table] == [
        ("25% to 40%", 0.0, 48),
        ("90% to 100%", 0.75, 192),
    ]
    assert table[1]["sure"] == pytest.approx(0.95) and table[1]["low"] < 0.75 < table[1]["high"]
    assert SURE.title(table) == "Of choices with more than 90% of the probability, 75% are right"
    assert "Tiny Q4_1, 25% to 40%: 0% of 48 right" in SURE.alt(table)


def test_a_certainty_of_exactly_nine_tenths_is_not_above_it_in_title_and_bin_alike():
    table = SURE.table(model(known_up_to(5), sure=0.9), METRICS)

    assert [row["bin"] for row in table] == ["80% to 90%"]
    assert SURE.title(table) == "How often a choice is right, by how sure the model is of it"


@pytest.mark.parametrize("chart", [TIERS, SURE], ids=lambda chart: chart.slug)
def test_an_interval_is_drawn_and_the_readers_table_has_every_column(chart):
    table = chart.table(model(known_up_to(3)), METRICS)

    assert any({"y", "y2"} <= layer["encoding"].keys() for layer in spec(chart, table)["layer"])
    assert all(name in row for row in chart.digest(table) for name in chart.columns)


@pytest.mark.parametrize(
    ("rows", "fit", "needed"),
    [
        (model(known_up_to(5)), Outcome.HOLDS, Outcome.FAILS),
        (model(known_up_to(2)), Outcome.FAILS, Outcome.HOLDS),
        (model(known_up_to(0)), Outcome.FAILS, Outcome.HOLDS),
        (model(known_up_to(0), reads=lambda item: False), Outcome.FAILS, Outcome.FAILS),
    ],
    ids=["knows all", "knows what is common", "reads only", "neither knows nor reads"],
)
def test_claims_tell_apart_who_knows_and_who_reads(rows, fit, needed):
    assert verdict("facts-fit-in-7b", rows) is fit
    assert verdict("rag-not-optional", rows) is needed


def test_facts_alone_do_not_say_whether_knowledge_decouples_from_skill():
    assert verdict("knowledge-decouples", model(known_up_to(5))) is Outcome.NOT_MEASURED


def test_a_build_notices_that_the_facts_have_changed(tmp_path, monkeypatch):
    file = tmp_path / "data" / "items" / "facts.json"
    file.parent.mkdir(parents=True)
    (tmp_path / "docs").mkdir()
    monkeypatch.setattr(fingerprint, "__file__", str(tmp_path / "explainers" / "site" / "fingerprint.py"))
    file.write_text("before")
    before = fingerprint.inputs(tmp_path)
    file.write_text("after")

    assert fingerprint.inputs(tmp_path) != before
