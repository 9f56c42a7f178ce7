"""Other replies in a copy of the committed journals move verdicts, card lines and titles: none of them is typed."""

from dataclasses import replace

import pytest

from explainers import charts, claims
from explainers.guide.guide import Guide
from explainers.measurements.score import measure
from explainers.schema import Outcome
from explainers.site import pages
from explainers.verdicts.judge import experiments
from runners.experiments import find
from runners.schema import Cell, Reply
from runners.storage.journal import Journal, entries, folder
from tests.helpers.planted import ROOT

RIG, MODEL = "epyc-2c-24gb", "smollm2-135m"
ASKED = {name: find()[name] for name in ("reasoning-chain", "story-state")}
CLAIMS = {
    "chains-break-early": ("reasoning in many steps", "chain-length"),
    "world-coherence": ("stories that need a coherent world", "story-length"),
}


def right(item, arm, reply):
    """What a model that never errs would have said."""
    if "states" in item.target:
        lines = [f"Step {place}: {state}" for place, state in enumerate(item.target["states"], start=1)]
        return Reply("\n".join([*lines, f"Answer: {item.target['states'][-1]}"]))
    return reply if item.tags["asks"] == "next" or arm["asked"] == "choice" else Reply(item.target["answer"])


def wrong(item, arm, reply):
    """What a model would have said that takes the first step and then errs, and names what is not the answer."""
    if "states" in item.target:
        return Reply(f"Step 1: {item.target['states'][0]}\nStep 2: -7\nStep 3: -7\nAnswer: -7")
    other = next(one for one in item.target["options"] if one != item.target["answer"])
    return reply if item.tags["asks"] == "next" or arm["asked"] == "choice" else Reply(other)


def as_it_was(item, arm, reply):
    return reply


def guide(home, say):
    """The guide over the model's committed cells, each with what `say` puts in the place of its reply."""
    for experiment in ASKED.values():
        items, journals = {item.id: item for item in experiment.items}, {}
        for entry in entries(ROOT / "data" / "runs" / RIG / experiment.slug):
            if entry.run["model"]["slug"] == MODEL:
                cell = _cell(experiment, entry, items[entry.item])
                where = folder(home / "data", entry.run["rig"], experiment.slug)
                into = journals.setdefault(entry.run["started"], Journal(where, dict(entry.run)))
                into.keep(cell, say(cell.item, cell.arm, entry.reply))
        for journal in journals.values():
            journal.close()
    return Guide(ASKED, measure(home / "data", ASKED), claims.find(), charts.find(), ())


def _cell(experiment, entry, item):
    run = entry.run
    request = experiment.ask(item, entry.arm)
    return Cell(experiment.slug, experiment.version, run["model"]["sha256"], run["engine"], entry.arm, item, request)


@pytest.fixture(scope="module")
def guides(tmp_path_factory):
    return {say: guide(tmp_path_factory.mktemp(say.__name__), say) for say in (as_it_was, right, wrong)}


def test_a_copy_with_the_replies_as_they_were_says_what_the_committed_journals_say(guides):
    everybody = measure(ROOT / "data", ASKED).rows
    rows = [row for row in everybody if (row.source.rig, row.source.model) == (RIG, MODEL)]
    committed = replace(guides[as_it_was].measured, rows=tuple(rows))
    original = replace(guides[as_it_was], measured=committed)
    assert len(rows) == len(guides[as_it_was].measured.rows) > 1_000
    for slug in CLAIMS:
        told = [finding.estimate for finding in guides[as_it_was].verdicts[slug].findings]
        assert told == [finding.estimate for finding in original.verdicts[slug].findings]


@pytest.mark.parametrize("slug", CLAIMS)
def test_planted_replies_flip_the_verdict(guides, slug):
    assert guides[right].verdicts[slug].measured == Outcome.FAILS
    assert guides[wrong].verdicts[slug].measured == Outcome.HOLDS


@pytest.mark.parametrize("slug", CLAIMS)
def test_planted_replies_strike_a_card_line_through_or_let_it_stand(guides, slug):
    line, _ = CLAIMS[slug]
    outcomes = {
        say: next(one.outcome for _, lines in made.cards for known in lines.values() for one in known
                  if one.line.says == line)
        for say, made in guides.items()
    }  # fmt: skip
    assert outcomes[right] == Outcome.FAILS and outcomes[wrong] == Outcome.HOLDS
    home = {say: pages.pages(made, live=False)["index.md"] for say, made in guides.items()}
    assert f"<s>{line}</s>" in home[right] and f"<s>{line}</s>" not in home[wrong]


@pytest.mark.parametrize("slug", CLAIMS)
def test_planted_replies_change_the_title_of_the_chart(guides, slug):
    _, chart = CLAIMS[slug]
    titles = [made.charts[chart].title(made.chart_tables[chart]) for made in guides.values()]
    assert len(set(titles)) == 3
    assert "100%" in titles[1] and "100%" not in titles[2]


def test_claims_that_rest_on_other_experiments_are_not_touched(guides):
    others = [slug for slug, claim in claims.find().items() if not {*experiments(*claim.tests)} & ASKED.keys()]
    assert len(others) > 15
    assert {guides[right].verdicts[slug].measured for slug in others} == {Outcome.NOT_MEASURED}
