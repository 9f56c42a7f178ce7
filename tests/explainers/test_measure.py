"""What counts, what is left out, and that what is left out is counted."""

import dataclasses
from collections import Counter

import pytest

from explainers.analysis.tables import data_version, tables
from explainers.measurements.completeness import UNFINISHED
from explainers.measurements.dedupe import one_source_per_model
from explainers.measurements.score import measure
from tests.helpers.planted import experiment, plant, scores, usual

ASKED = experiment(per_depth=1)
CELLS = len(ASKED.items) * 4


def measured(home, asked=ASKED):
    return measure(home / "data", {asked.slug: asked})


def test_nothing_stored_measures_nothing(tmp_path):
    found = measured(tmp_path)
    assert (found.rows, found.failed, found.left_out) == ((), (), {})


def test_every_reply_is_a_row_with_its_scores_and_facts(tmp_path):
    plant(tmp_path, asked=ASKED)
    found = measured(tmp_path)
    assert len(found.rows) == CELLS
    row = next(row for row in found.rows if row.facts == {"depth": 2, "held": "grammar"})
    assert (row.metrics["schema_valid"], row.cluster, row.source.name) == (1.0, row.item, "small Q4_1")


def test_both_turns_are_kept_for_the_reader(tmp_path):
    plant(tmp_path, asked=ASKED, said="First I think.")
    row = next(row for row in measured(tmp_path).rows if row.arm["held"] == "two-pass")
    assert row.turns[0] == "First I think."
    assert len(row.turns) == 2


def test_replies_to_another_version_are_left_out_and_counted(tmp_path):
    plant(tmp_path, asked=ASKED)
    found = measured(tmp_path, dataclasses.replace(ASKED, version=2))
    assert found.rows == ()
    assert found.left_out == {("json-fidelity", "asked under another version of the experiment"): CELLS}


def test_an_edited_question_drops_its_old_replies(tmp_path):
    plant(tmp_path, asked=ASKED)
    edited = dataclasses.replace(ASKED.items[0], prompt="Another question")
    found = measured(tmp_path, dataclasses.replace(ASKED, items=(edited, *ASKED.items[1:])))
    assert len(found.rows) == CELLS - 4
    assert found.left_out == {("json-fidelity", "its item is no longer the one that was asked"): 4}


def test_an_arm_that_is_gone_drops_its_replies(tmp_path):
    plant(tmp_path, asked=ASKED)
    found = measured(tmp_path, dataclasses.replace(ASKED, varies={"held": ("free", "asked", "grammar")}))
    assert sum(found.left_out.values()) == len(ASKED.items)


def test_an_experiment_that_is_gone_is_counted(tmp_path):
    plant(tmp_path, asked=ASKED)
    assert sum(measure(tmp_path / "data", {}).left_out.values()) == CELLS


def test_limited_runs_are_no_sample(tmp_path):
    plant(tmp_path, asked=ASKED, limit=3)
    found = measured(tmp_path)
    assert (found.rows, found.left_out) == ((), {})


def test_a_failed_cell_is_no_row_and_keeps_its_reason(tmp_path):
    plant(tmp_path, lambda item, arm: None if arm["held"] == "free" else usual(item, arm), asked=ASKED)
    found = measured(tmp_path)
    assert len(found.rows) == CELLS - len(ASKED.items)
    assert {row.error.splitlines()[0] for row in found.failed} == {"out of memory"}


def test_a_cell_that_failed_and_then_answered_has_answered(tmp_path):
    plant(tmp_path, lambda item, arm: None, asked=ASKED)
    plant(tmp_path, asked=ASKED)
    found = measured(tmp_path)
    assert (len(found.rows), found.failed) == (CELLS, ())


def test_a_torn_line_is_set_aside_and_named_and_its_arm_waits_for_the_rest(tmp_path):
    plant(tmp_path, asked=ASKED)
    journal = next((tmp_path / "data").rglob("*.jsonl"))
    journal.write_bytes(journal.read_bytes()[:-20])
    found = measured(tmp_path)
    assert {row.arm["held"] for row in found.rows} == {"free", "asked", "grammar"}
    assert found.left_out == {("json-fidelity", UNFINISHED): len(ASKED.items) - 1}
    assert journal.name in found.set_aside[0]


def cut_off(per_depth, few):
    """A run of the full profile that was cut off: so many items of the shallow records, `few` of the deepest."""

    def answer(item, arm):
        within = few if item.tags["depth"] == 6 else per_depth
        return usual(item, arm) if int(item.id[-2:]) < within else False

    return answer


@pytest.mark.parametrize("few, counted", [(6, 6), (8, 8), (10, 10), (5, 0), (0, 0)])
def test_of_a_run_that_was_cut_off_equally_many_of_every_stratum_count(tmp_path, few, counted):
    """The quick profile takes six: with fewer of any stratum there is no fair sample."""
    asked = experiment(per_depth=10)
    plant(tmp_path, cut_off(10, few), asked=asked)
    found = measured(tmp_path, asked)
    assert Counter(row.tags["depth"] for row in found.rows) == (
        dict.fromkeys(range(1, 7), counted * 4) if counted else {}
    )
    assert sum(found.left_out.values()) == (50 + few - 6 * counted) * 4


def test_what_two_runs_asked_makes_a_whole(tmp_path):
    plant(tmp_path, lambda item, arm: usual(item, arm) if item.tags["depth"] < 4 else False, asked=ASKED)
    assert measured(tmp_path).rows == ()
    plant(tmp_path, lambda item, arm: usual(item, arm) if item.tags["depth"] > 3 else False, asked=ASKED)
    assert len(measured(tmp_path).rows) == CELLS


def test_another_machine_does_not_finish_a_run(tmp_path):
    plant(tmp_path, lambda item, arm: usual(item, arm) if item.tags["depth"] < 4 else False, asked=ASKED)
    plant(tmp_path, lambda item, arm: usual(item, arm) if item.tags["depth"] > 3 else False, asked=ASKED, rig="rig-b")
    assert measured(tmp_path).rows == ()


def test_a_run_that_recorded_little_is_still_measured(tmp_path):
    plant(tmp_path, asked=ASKED)
    for path in (tmp_path / "data").rglob("*.run.json"):
        path.write_text('{"version": 1, "rig": "rig-a"}')
    assert {row.source.name for row in measured(tmp_path).rows} == {""}


def test_a_score_that_cannot_cope_names_the_cell(tmp_path):
    plant(tmp_path, asked=ASKED)
    with pytest.raises(ValueError, match=r"score of json-fidelity failed on a stored reply \(item d1-00, arm"):
        measured(tmp_path, dataclasses.replace(ASKED, score=lambda item, arm, reply: 1 / 0))


def test_tables_are_the_same_bytes_each_time_and_know_who_speaks(tmp_path):
    plant(tmp_path, asked=ASKED)
    plant(tmp_path, lambda item, arm: scores(True) if arm["held"] == "free" else False, asked=ASKED, rig="rig-b")
    made = tables(measured(tmp_path))
    assert made == tables(measured(tmp_path))
    lines = made["json-fidelity.csv"].decode().splitlines()
    assert len(lines) == 1 + CELLS + len(ASKED.items)
    assert sum(",true," in line for line in lines) == len(one_source_per_model(measured(tmp_path).rows)) == CELLS


def test_the_data_version_follows_the_replies(tmp_path):
    plant(tmp_path, asked=ASKED)
    before = data_version(tables(measured(tmp_path)))
    plant(tmp_path, asked=ASKED, model="other")
    assert data_version(tables(measured(tmp_path))) != before
