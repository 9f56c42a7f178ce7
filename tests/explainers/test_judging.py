"""Judging a claim oneself: left untouched, the published numbers to the last bit; changed, what the change says."""

import gzip
import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from explainers import charts, claims, live
from explainers.live.rejudge import chart, published
from explainers.live.rejudge.apply_form import apply_form
from explainers.live.rejudge.cached_verdict import judge_again
from explainers.live.rejudge.case import claim_of, key, load_case
from explainers.live.rejudge.metric_choices import RULES, SIZES
from explainers.live.rejudge.replies import NAME, read_replies
from explainers.plotting.render import build_spec
from explainers.schema import Level, Outcome, Sample
from explainers.site import live_data
from explainers.site.live_data import replies as reply_files
from explainers.site.live_data.field_tracker import FieldTracker
from explainers.site.pyodide import PLACE
from explainers.verdicts.judge import experiments, judge
from runners.experiments import find
from runners.schema import Reply
from tests.helpers.hostile import HOSTILE

SLUGS = tuple(claims.find())
RESTORED = Path(__file__).parents[1] / "helpers" / "restored.mjs"
JSON, FACTS, ROOTS, STORIES = "json-contracts-break", "facts-fit-in-7b", "sqrt-rule", "world-coherence"


@pytest.fixture(scope="module")
def guide(published):
    return published


@pytest.fixture(scope="module")
def files(guide):
    return live_data.files(guide)


def rejudged(files, slug, **filled):
    tool = live.find(f"judging/{slug}")
    return judge_again(apply_form(load_case(slug, files), tool.read(filled, files)))


def result(files, slug, **filled):
    tool = live.find(f"judging/{slug}")
    return tool.run(tool.read(filled, files), files)


def fields(files, slug):
    return {one.name: one for one in live.find(f"judging/{slug}").fields(files)}


def by_guide(guide, claim):
    return judge(claim, guide.measured.rows, guide.metrics(claim.test.experiment))


@pytest.mark.parametrize("slug", SLUGS)
def test_a_claim_left_untouched_gives_the_published_verdict_bit_for_bit(guide, files, slug):
    again = rejudged(files, slug)

    assert again == guide.verdicts[slug]
    assert repr(again.findings) == repr(guide.verdicts[slug].findings)
    assert ("to the last digit" in result(files, slug).said) == bool(again.findings)


@pytest.mark.slow
def test_python_restored_from_the_snapshot_says_of_every_claim_what_is_said_here(files, pyodide, tmp_path):
    tools = [live.find(f"judging/{slug}") for slug in SLUGS]
    for path, content in {**pyodide, **files, "asked.json": asked(tools).encode()}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    subprocess.run(["node", RESTORED, tmp_path / PLACE, tmp_path], check=True)
    there = json.loads((tmp_path / "told.json").read_text())

    assert list(there) == [tool.name for tool in tools]
    for tool in tools:
        here = json.loads(live.answer(tool.name, "{}", files))
        assert {**there[tool.name], "pictures": []} == {**here, "pictures": []}


def asked(tools):
    return json.dumps({tool.name: tool.files for tool in tools})


@pytest.mark.parametrize("slug", SLUGS)
def test_every_default_of_a_form_can_be_filled_in_again(files, slug):
    filled = {name: one.default for name, one in fields(files, slug).items()}

    assert live.find(f"judging/{slug}").read(filled, files) == filled
    assert not apply_form(load_case(slug, files), filled).changes


def test_a_number_that_is_not_the_published_one_is_owned_up_to(files):
    told = json.loads(files[published.NAME])
    told[JSON]["findings"][0]["number"][0] = repr(0.123)
    said = result({**files, published.NAME: json.dumps(told).encode()}, JSON).said

    assert said.startswith("Judged again with nothing changed, numbers come out that are not those published")


def test_a_bound_that_everything_keeps_turns_the_verdict(guide, files):
    assert guide.verdicts[FACTS].measured is not Outcome.HOLDS

    again = rejudged(files, FACTS, low="0")

    assert again.measured is Outcome.HOLDS
    assert [one.estimate for one in again.findings] == [one.estimate for one in guide.verdicts[FACTS].findings]
    said = result(files, FACTS, low="0").said
    assert said.startswith("With a bound of at least 0% in place of at least 80%: holds on ")
    assert said.endswith("to “holds”.")


def test_a_model_that_is_left_out_is_gone_and_the_others_stay_as_they_are(guide, files):
    first, *others = (value for value, _ in fields(files, FACTS)["models"].options)
    again = rejudged(files, FACTS, models=others)

    assert [key(one.source) for one in again.findings] == others
    assert again.findings == guide.verdicts[FACTS].findings[1:]
    assert first == key(guide.verdicts[FACTS].findings[0].source)


def test_questions_that_are_left_out_are_as_if_the_claim_had_not_asked_them(guide, files):
    claim = claim_of(JSON)
    sample = claim.test.sample
    shallow = replace(claim, test=replace(claim.test, sample=replace(sample, where={**sample.where, "depth": (3,)})))
    again = rejudged(files, JSON, **{"only-depth": ["3"]})

    assert again.findings == by_guide(guide, shallow).findings
    assert all(one.questions < old.questions for one, old in zip(again.findings, guide.verdicts[JSON].findings))  # noqa: B905
    assert "of questions by depth only 3" in result(files, JSON, **{"only-depth": ["3"]}).said


@pytest.mark.parametrize("metric", ["right", "named"])
def test_another_rule_counts_as_if_the_claim_had_named_it(guide, files, metric):
    claim = claim_of(STORIES)
    other = replace(claim, test=Level(claim.test.experiment, Sample(metric, claim.test.sample.where)))
    again = rejudged(files, STORIES, **{"rule-story-state-right_named": metric})

    assert again.findings == by_guide(guide, other).findings != guide.verdicts[STORIES].findings


def test_a_stricter_rule_counts_fewer_replies(guide, files):
    """An answer that names nothing is no longer left out, but wrong."""
    again = rejudged(files, STORIES, **{"rule-story-state-right_named": "right"})

    for new, old in zip(again.findings, guide.verdicts[STORIES].findings, strict=True):
        assert new.estimate.value < old.estimate.value
    said = result(files, STORIES, **{"rule-story-state-right_named": "right"}).said
    assert said.startswith("With replies counted by “right: share of answers”: ")


def test_a_seed_or_a_rung_that_is_left_out_is_as_if_it_had_not_been_asked(guide, files):
    slug = "dense-wins-per-gb"
    form = fields(files, slug)
    seeds, rungs = form["seeds"].default[1:], form["rungs"].default[:-1]
    again = rejudged(files, slug, seeds=seeds, rungs=rungs)
    mixtures = set(form["models"].default)
    rows = [
        row
        for row in guide.rows("twin-knowledge")
        if str(row.twin["seed"]) in seeds and key(row.source) in {*rungs, *mixtures}
    ]

    assert again.findings == judge(claim_of(slug), rows, {}).findings != guide.verdicts[slug].findings


def test_a_contrast_cannot_be_robbed_of_a_side_nor_a_pair_be_halved(files):
    assert "only-part" not in fields(files, "lost-in-the-middle")
    assert "only-answer" not in fields(files, "shoes-before-socks")
    assert "only-domain" not in fields(files, "narrow-is-safe")


def test_questions_that_give_no_such_number_are_not_offered(files):
    assert "only-asks" not in fields(files, "gate-drifts-when-quantized")  # only cards are traced


def test_what_is_filled_in_wrongly_is_named(files):
    with pytest.raises(ValueError, match="Models: no such choice as 'nobody'"):
        rejudged(files, FACTS, models=["nobody"])
    with pytest.raises(ValueError, match="The claim holds from: give a number from 0 to 100, not 'much'"):
        rejudged(files, FACTS, low="much")
    with pytest.raises(ValueError, match="not above the other end"):
        rejudged(files, ROOTS, low="2", high="1")
    with pytest.raises(LookupError, match="no claim is called 'nothing'"):
        live.find("judging/nothing")


def test_a_second_use_says_the_same_and_asks_no_estimate_again(files, monkeypatch):
    first = result(files, FACTS)
    monkeypatch.setattr("explainers.live.rejudge.cached_verdict.estimate", None)

    assert result(files, FACTS) == first
    assert result(files, FACTS, low="0").rows[0][1] == first.rows[0][1]


def test_equal_replies_make_equal_files(guide, files):
    judged = {name: guide.rows(name) for name in experiments(*claim_of(JSON).tests)}
    made = reply_files.files(guide.data, guide.experiments, judged)

    assert made and made.items() <= files.items()


def test_a_file_that_a_server_has_unpacked_is_read_as_well(files):
    name = NAME.format("json-fidelity")

    assert result({**files, name: gzip.decompress(files[name])}, JSON) == result(files, JSON)


@pytest.fixture(scope="module")
def renamed(files):
    """The file of one experiment with other names of its models."""
    head, _, rest = gzip.decompress(files[NAME.format("json-fidelity")]).decode().partition("\n")

    def with_name(name):
        told = json.loads(head)
        for run in told["runs"]:
            run["model"]["name"] = name
        return {**files, NAME.format("json-fidelity"): f"{json.dumps(told)}\n{rest}".encode()}

    return with_name


def test_hostile_names_stay_plain_text(renamed):
    for name in HOSTILE[::5]:
        answer = json.loads(live.answer(f"judging/{JSON}", "{}", renamed(name)))
        assert answer["rows"][0][0].startswith(name)
        marks = json.dumps([picture["spec"] for picture in answer["pictures"]])
        assert "\\u2028" not in marks and "\\ud800" not in marks


def test_a_claim_of_which_nothing_was_measured_says_so(files):
    head = json.loads(gzip.decompress(files[NAME.format("json-fidelity")]).decode().partition("\n")[0])
    none = {**head, "asked": {name: [] for name in head["asked"]}, "runs": [], "arms": [], "items": [], "counts": {}}
    empty = {"measured": "not measured", "general": "not measured", "reason": "", "findings": []}
    verdicts = json.dumps({JSON: empty}).encode()
    found = result({**files, NAME.format("json-fidelity"): json.dumps(none).encode(), published.NAME: verdicts}, JSON)

    assert found.said == "No reply bears on the claim, so there is nothing to judge yet."
    assert not found.rows and not found.pictures


@pytest.mark.parametrize("slug", sorted({one for claim in claims.find().values() for one in claim.charts}))
def test_rows_go_back_into_the_spec_that_they_were_taken_out_of(guide, slug):
    """Only those named as drawing something else than their table may have no place for it."""
    table = [dict(row) for row in guide.chart_tables[slug]]
    drawn = build_spec(charts.find()[slug], table)
    bare = chart.empty_rows(drawn, table)

    assert (bare == drawn) == (not charts.find()[slug].redraws)
    assert chart.fill_rows(bare, table) == drawn


def test_a_chart_is_redrawn_on_the_replies_that_stay(guide, files):
    models = fields(files, FACTS)["models"].default[1:]
    _, drawn = result(files, FACTS, models=models, chart="yes").pictures
    kept = [row for row in guide.rows("knowledge") if key(row.source) in models]
    of = charts.find()["knowledge-tiers"]
    table = of.table(kept, guide.metrics("knowledge"))

    assert drawn.title == of.title(table)
    assert json.loads(json.dumps(drawn.spec))["data"]["values"] == json.loads(json.dumps(list(table)))


def test_every_rule_names_metrics_of_its_experiment_that_count_the_same_kind_of_thing():
    for experiment, groups in RULES.items():
        metrics = {metric.name: metric for metric in find()[experiment].metrics}
        for group in groups:
            assert all(metrics[name].unit.startswith("share") and metrics[name].better == "higher" for name in group)
    for experiment, groups in SIZES.items():
        assert {name for group in groups for name in group} <= {metric.name for metric in find()[experiment].metrics}


def test_only_what_a_score_reads_is_kept_of_a_reply():
    seen = FieldTracker(Reply(text="a", tokens=("a",), logprobs=(-0.5,), against={"moved": [1], "logprobs": [-0.5]}))

    assert (seen.text, seen.against["moved"], seen.against.get("none")) == ("a", [1], None)
    assert seen.read() == {"text": "a", "against": {"moved": [1]}}


def test_the_replies_of_a_file_are_scored_only_when_somebody_looks(files):
    rows = read_replies(files[NAME.format("json-fidelity")]).rows()

    assert set(rows[0].metrics) == {metric.name for metric in find()["json-fidelity"].metrics}
    assert "_found" not in vars(rows[-1].metrics)
