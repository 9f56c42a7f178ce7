"""The built guide in a real browser: charts, dark, the board, the chooser."""

import re

import pytest

from tests.helpers.looking import CLAIM, drawn, until

pytestmark = pytest.mark.browser


def test_a_chart_is_painted_as_a_picture_and_then_drawn_by_vega(visit):
    page = visit()
    assert page.locator(".chart-static img").first.get_attribute("src").endswith("-wide.svg#only-light")
    chart = drawn(page)
    assert chart.locator("svg.marks").is_visible()
    assert not chart.locator("img").first.is_visible()


def test_a_chart_off_screen_costs_nothing_until_it_is_reached(visit):
    page = visit(CLAIM, viewport={"width": 1000, "height": 300})
    page.wait_for_timeout(500)
    assert not page.evaluate("'vegaEmbed' in globalThis")
    drawn(page)
    assert page.evaluate("'vegaEmbed' in globalThis")


def test_a_chart_answers_to_the_pointer(visit):
    page = visit()
    drawn(page).locator("svg .mark-symbol path").first.hover(force=True)
    page.locator("#vg-tooltip-element.visible").wait_for()
    assert "Decoder" in page.locator("#vg-tooltip-element").inner_text()


def test_a_chart_is_named_for_those_who_cannot_see_it(visit):
    page = visit()
    chart = page.get_by_role("img", name=re.compile("Line chart of the share of replies")).first
    assert "depth 1" in chart.get_attribute("aria-label")


def test_switching_to_dark_redraws_the_chart(visit):
    page = visit()
    label = "() => getComputedStyle(document.querySelector('.chart-live .role-axis-label text')).fill"
    drawn(page)
    before = page.evaluate(label)
    page.locator("label[for='__palette_1']:visible, label[for='__palette_0']:visible").first.click()
    until(page, f"({label})() !== '{before}'")
    assert page.locator("body").get_attribute("data-md-color-scheme") == "slate"


def test_a_reader_who_prefers_dark_gets_dark_pictures(visit):
    page = visit(color_scheme="dark")
    drawn(page)
    assert page.locator("body").get_attribute("data-md-color-scheme") == "slate"


@pytest.mark.parametrize("width, expected", [(1000, "wide"), (400, "narrow")])
def test_without_scripts_the_picture_fits_the_screen(visit, width, expected):
    page = visit(java_script_enabled=False, viewport={"width": width, "height": 900})
    picture = page.locator(".chart-static img:visible")
    picture.scroll_into_view_if_needed()
    assert picture.evaluate("image => image.currentSrc").split("#")[0].endswith(f"light-{expected}.svg")


def test_nothing_comes_from_elsewhere_no_link_is_dead_and_no_value_is_missing(home):
    from explainers.site.check import faults

    assert faults(home / "site") == ()


def test_a_verdict_has_a_sign_and_a_word_and_not_colour_alone(visit):
    page = visit()
    for badge in page.locator(".badge").all():
        assert re.fullmatch(r"[✓✕≈○] (holds|fails|not settled|not measured)", badge.text_content())


def test_the_board_shows_the_claims_of_one_verdict_and_all_again(visit):
    page = visit()
    cards = page.locator("ul.board > li.card")
    everything = cards.count()
    failing = page.get_by_role("button", name=re.compile(r"^not measured \(\d+\)$"))
    failing.press("Enter")
    shown = page.locator("ul.board > li.card:visible")
    assert 0 < shown.count() < everything
    assert failing.get_attribute("aria-pressed") == "true"
    assert {shown.nth(place).get_attribute("data-outcome") for place in range(shown.count())} == {"not measured"}
    page.get_by_role("button", name=re.compile("^all")).click()
    assert shown.count() == everything


def test_without_scripts_the_board_has_every_claim_and_no_dead_button(visit):
    page = visit(java_script_enabled=False)
    assert page.locator("ul.board > li.card:visible").count() == page.locator("ul.board > li.card").count()
    assert page.locator(".board-filter").count() == 0


def test_the_chooser_answers_in_words_and_owns_up_to_what_nobody_measured(visit):
    page = visit("/choose/")
    answer = page.locator(".chooser-answer")
    assert answer.inner_text() == "1 of 1 measured models fit."
    page.get_by_label("Task").select_option("structure")
    assert "was right most often" in answer.inner_text()
    page.get_by_label("Task").select_option("facts")
    assert "these numbers say nothing about it" in answer.inner_text()
    page.get_by_label("Memory, GB").fill("0.01")
    assert answer.inner_text() == "0 of 1 measured models fit."
    assert page.locator(".chooser-table tbody tr:visible").count() == 0
