"""Cards say what verdicts say: a line stands, is struck through or is open, and other replies move it."""

import html
import re

import pytest

from explainers import charts, claims
from explainers.guide.guide import Guide
from explainers.measurements.score import Measurements
from explainers.schema import Outcome
from explainers.site import pages
from explainers.verdicts.guidance import CARDS
from runners.experiments import find
from tests.helpers.ladders import dense, mixture
from tests.helpers.measured_models import answered

LINES = [line for card in CARDS for line in card.lines]
MOVED = lambda row: {"metrics": {**row.metrics, "divergence": 0.1, "same_top": 0.9, "moved": 0.1}}  # noqa: E731
LONG, QUALITY = "finding things in long texts", "more facts for the same memory, both at Q4_0"


def guide(rows=()):
    return Guide(find(), Measurements(tuple(rows)), claims.find(), charts.find(), ())


def outcome(says, rows):
    return next(
        one.outcome
        for _, lines in guide(rows).cards
        for found in lines.values()
        for one in found
        if one.line.says == says
    )


def loses_long_texts(item, arm):
    return arm["length"] <= 512


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.says)
def test_a_line_rests_on_a_claim_and_brings_a_bound_with_a_question_of_its_own(line):
    assert line.claim in claims.find()
    assert (line.test is None) == (line.holds_if is None)
    assert not re.search(r"\d\s*(%|per cent|points)", line.says)


def test_without_replies_every_line_is_open():
    assert {one.outcome for _, lines in guide().cards for found in lines.values() for one in found} == {
        Outcome.NOT_MEASURED
    }


def test_replies_move_a_line_from_advice_to_struck_through():
    assert outcome(LONG, answered("context-gap", loses_long_texts)) == Outcome.HOLDS
    assert outcome(LONG, answered("context-gap", lambda item, arm: True)) == Outcome.FAILS


def test_models_that_differ_leave_a_line_open():
    both = [*answered("context-gap", loses_long_texts, name="a"), *answered("context-gap", lambda *_: True, name="b")]
    assert outcome(LONG, both) == Outcome.NOT_SETTLED


def test_a_line_with_a_question_of_its_own_is_judged_by_it_and_not_by_its_claim():
    """The claim is about unrounded twins; the line asks the same of rounded ones."""
    found = [one for _, lines in _rounded().cards for known in lines.values() for one in known]
    mine = next(one for one in found if one.line.says == QUALITY)
    assert mine.outcome == Outcome.HOLDS
    assert mine.verdict.claim.test.experiment == "twin-quantization"
    assert _rounded().verdicts["dense-wins-per-gb"].measured == Outcome.NOT_MEASURED


def _rounded():
    """A guide over twins whose rounded weights were asked what their ladder asks."""
    rows = (*dense(), *mixture(worth=2_000))
    asked = {"experiment": "twin-quantization", "facts": {"weights": "Q4_0"}}
    return _twins([row.__class__(**{**vars(row), **asked, **MOVED(row)}) for row in rows])


def _twins(rows):
    from explainers.schema import Source

    for row in rows:
        rung = row.twin["rung"]
        row.source, row.at = Source("rig-a", f"twin-{rung}", f"Twin {rung}", f"twin {rung}", 1_000), "now"
    return guide(rows)


def test_the_home_page_strikes_through_what_is_contradicted_and_gives_the_number():
    page = pages.pages(guide(answered("context-gap", lambda item, arm: True)), live=False)["index.md"]
    assert f"<s>{LONG}</s>" in page
    assert "1.00×" in html.unescape(page)
    stands = pages.pages(guide(answered("context-gap", loses_long_texts)), live=False)["index.md"]
    assert "<s>" not in stands and LONG in stands


def test_a_bound_that_was_written_after_replies_had_been_seen_says_so():
    late = [line for line in LINES if line.late]
    assert len(late) == 4 and all(line.test for line in late)
    told = [(one.line, _advice(one)) for _, lines in _rounded().cards for known in lines.values() for one in known]
    assert {line.says for line, said in told if "after these replies had been seen" in said} == {QUALITY}


def _advice(one):
    return str(pages._environment().get_template("macros.md.j2").module.advice(one, ""))


def test_claims_that_contradict_each_other_are_shown_head_to_head_on_both_pages():
    made = pages.pages(guide(answered("knowledge", lambda item, arm: True)), live=False)
    for slug, other in (("facts-fit-in-7b", "knowledge-decouples"), ("knowledge-decouples", "facts-fit-in-7b")):
        page = made[f"claims/{slug}.md"]
        assert "And the contrary" in page and f'href="../{other}/"' in page
        assert "100.0% (95% interval" in html.unescape(page)
