"""What a notebook reads and shows: one experiment's replies, tables and pictures of them, and what models said."""

import re
import shutil

import pytest

from explainers import charts
from explainers.analysis.tables import tables
from explainers.measurements.score import measure
from explainers.notebook.display import NOTHING, show_chart, show_reply, show_table
from explainers.notebook.study import Study, study
from explainers.schema import Sample
from explainers.text.escape import shown
from tests.helpers.hostile import HOSTILE
from tests.helpers.planted import experiment, plant


def test_a_study_reads_one_experiment_and_no_other(tmp_path, monkeypatch):
    asked = experiment(per_depth=4)
    plant(tmp_path, asked=asked)
    shutil.copytree(tmp_path / "data/runs/rig-a/json-fidelity", tmp_path / "data/runs/rig-a/throughput")
    both = measure(tmp_path / "data", {asked.slug: asked})
    alone = measure(tmp_path / "data", {asked.slug: asked}, alone=True)
    assert both.rows == alone.rows and len(alone.rows) == 96
    assert both.left_out == {("throughput", "its experiment is no longer here"): 96} and alone.left_out == {}


def studied(home, *rigs):
    asked = experiment(per_depth=4)
    for rig in rigs:
        plant(home, asked=asked, rig=rig)
    return Study(asked, measure(home / "data", {asked.slug: asked}, alone=True))


def test_one_machine_can_be_heard_alone_though_another_speaks_for_the_model(tmp_path):
    both = studied(tmp_path, "rig-a", "rig-b")
    assert len(both.list_sources()) == 2 and len(both.models) == 1
    assert [{row.source.rig for row in both.on_rig(rig).rows} for rig in ("rig-a", "rig-b")] == [{"rig-a"}, {"rig-b"}]
    with pytest.raises(ValueError, match=r"no reply of a machine called 'mine' is here; there are rig-a, rig-b"):
        both.on_rig("mine")


def test_a_frame_is_the_table_that_is_published(tmp_path):
    own = studied(tmp_path, "rig-a")
    frame = own.frame()
    head, *lines = tables(own.measured)["json-fidelity.csv"].decode().splitlines()
    assert list(frame.columns) == head.split(",") and len(frame) == len(lines) == 96
    assert frame.schema_valid.sum() == sum(row.metrics["schema_valid"] for row in own.rows)
    assert studied(tmp_path / "empty").frame().empty


def test_what_was_asked_is_the_prompt_of_the_reply(tmp_path):
    own = studied(tmp_path, "rig-a")
    asked = {own.prompt_of(row) for row in own.rows if row.item == "d3-01"}
    assert asked == {"Record 1, nested 3 deep", "Think first. Record 1, nested 3 deep"}


def test_a_sample_picks_replies_model_by_model(tmp_path):
    own = studied(tmp_path, "rig-a")
    ((source, rows),) = own.pick(Sample("schema_valid", {"held": "asked", "depth": (1, 2)})).items()
    assert source.name == "small Q4_1" and len(rows) == 8
    assert own.pick(Sample("schema_valid", {"held": "nowhere"})) == {}


def test_an_experiment_that_is_not_here_is_refused_by_name(tmp_path):
    with pytest.raises(ValueError, match=r"no experiment is called 'juggling'; there are .*reasoning-chain"):
        study("juggling", tmp_path)


def test_whatever_a_model_said_stays_inert(tmp_path):
    asked = experiment(per_depth=1)
    name = "Bad <b>1B</b> {{ 7*7 }}"
    plant(tmp_path, asked=asked, said="\n".join(HOSTILE).encode("utf-8", "replace").decode(), name=name)
    rows = measure(tmp_path / "data", {asked.slug: asked}).rows
    for one in (show_reply(rows[0], "<i>asked</i>"), show_table([{"<u>": name, "n": 1}])):
        assert "<b>" not in one.html and "<i>" not in one.html and "<u>" not in one.html and "{{" not in one.html
        assert shown(name) in one.html
    assert "onerror" not in re.sub(r"<pre.*?</pre>", "", show_reply(rows[0]).html)


def test_an_empty_table_is_a_sentence_and_no_picture():
    chart = charts.find()["json-depth"]
    assert shown(NOTHING) in show_table([]).html and show_chart(chart, []).text == NOTHING
    assert show_table([], nothing="Not yet.").text == "Not yet."


def test_an_answer_fits_a_terminal_too():
    text = repr(
        show_table(
            [{"model": "a\tb\x1b[31m", "value": 0.25, "low": None}], {"model": "Model", "value": "Right", "low": "From"}
        )
    )
    assert text == "Model\tRight\tFrom\na b [31m\t25%\tnot bounded"
