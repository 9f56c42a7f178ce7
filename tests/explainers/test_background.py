"""Background pages: plain words and a picture each, and no number that is not computed."""

import html
import re

import pytest

from explainers import charts, claims
from explainers.guide.guide import Guide
from explainers.measurements.score import Measurements
from explainers.site import pages
from explainers.site.pages import BACKGROUND
from runners.experiments import find
from tests.helpers.measured_models import answered


def made(rows=()):
    return pages.pages(Guide(find(), Measurements(tuple(rows)), claims.find(), charts.find(), ()), live=False)


@pytest.fixture(scope="module")
def empty():
    return made()


@pytest.mark.parametrize("name", BACKGROUND)
def test_every_page_explains_with_a_picture_that_is_told_in_words(empty, name):
    page = empty[f"background/{name}.md"]
    assert re.search(r"^# \w+", page, re.MULTILINE)
    assert '<figure class="picture" role="img" aria-label="' in page and "<svg" in page
    assert "\n\n" not in page[page.index("<figure") : page.index("</figure>")], "a blank line would end the HTML block"


@pytest.mark.parametrize("name", BACKGROUND)
def test_every_page_names_claims_and_says_where_nothing_was_measured(empty, name):
    page = html.unescape(empty[f"background/{name}.md"])
    assert page.count("Not measured yet") == page.count('<div class="measured">') >= 2
    assert "```chart" not in page


def test_replies_put_their_numbers_and_charts_onto_the_page():
    page = html.unescape(
        made(answered("knowledge", lambda item, arm: True))["background/intelligence-and-knowledge.md"]
    )
    assert "Tiny Q4_1 (98 MB): 100.0% (95% interval" in page
    assert "charts/knowledge-tiers" in page


@pytest.mark.parametrize("name", BACKGROUND)
def test_no_share_is_typed_into_the_prose(name):
    template = (pages.__spec__.origin.rsplit("/", 1)[0]) + f"/templates/background/{name}.md.j2"
    with open(template, encoding="utf-8") as text:
        assert not re.search(r"\d\s*(%|per cent|nats|points)", text.read())
