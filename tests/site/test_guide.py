"""The built guide in a real browser: charts, dark, phone, no scripts, hostile replies."""

import re
import unicodedata

import pytest
from hostile import HOSTILE

pytestmark = pytest.mark.browser

CLAIM = "/claims/grammar-fixes-json/"
PAGES = (
    "/",
    CLAIM,
    "/claims/json-contracts-break/",
    "/claims/json-forgets-by-200/",
    "/claims/sqrt-rule/",
    "/charts/",
    "/charts/json-depth/",
    "/charts/json-survival/",
    "/charts/twin-ladder/",
    "/experiments/json-fidelity/",
    "/models/",
    "/data/",
    "/how-it-works/",
)
PHONE = {"width": 360, "height": 740}


def drawn(page):
    """The first chart once it has been drawn anew."""
    chart = page.locator(".chart-canvas").first
    chart.scroll_into_view_if_needed()
    page.locator(".chart-canvas.is-live svg").first.wait_for(timeout=15_000)
    return chart


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
    page.wait_for_function(f"({label})() !== '{before}'")
    assert page.locator("body").get_attribute("data-md-color-scheme") == "slate"


def test_a_reader_who_prefers_dark_gets_dark_pictures(visit):
    page = visit(color_scheme="dark")
    drawn(page)
    assert page.locator("body").get_attribute("data-md-color-scheme") == "slate"


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_scrolls_sideways_on_a_phone(visit, path, scheme):
    page = visit(path, viewport=PHONE, color_scheme=scheme)
    page.wait_for_timeout(200)
    for fold in page.locator("details.fold").all():
        fold.evaluate("fold => { fold.open = true }")
    if page.locator("[data-chart]").count():
        drawn(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("path", PAGES)
def test_without_scripts_every_picture_and_number_is_there(visit, path):
    page = visit(path, java_script_enabled=False)
    pictures = page.locator(".chart-static img:visible")
    assert pictures.count() == page.locator(".chart").count()
    for picture in pictures.all():
        picture.scroll_into_view_if_needed()
    assert page.locator("h1").is_visible()


@pytest.mark.parametrize("width, expected", [(1000, "wide"), (400, "narrow")])
def test_without_scripts_the_picture_fits_the_screen(visit, width, expected):
    page = visit(java_script_enabled=False, viewport={"width": width, "height": 900})
    picture = page.locator(".chart-static img:visible")
    picture.scroll_into_view_if_needed()
    assert picture.evaluate("image => image.currentSrc").split("#")[0].endswith(f"light-{expected}.svg")


def test_hostile_replies_are_shown_as_text(visit):
    page = visit(CLAIM)
    shown = page.locator("details.sample pre.said").evaluate_all("blocks => blocks.map(block => block.textContent)")
    assert len(shown) == 10  # right and wrong for each of four arms, one of which takes two turns
    assert [text for text in HOSTILE if not all(seen(text) in block for block in shown)] == []


def test_hostile_replies_do_nothing(visit):
    page = visit(CLAIM)
    assert page.evaluate("window.owned") is None
    said = page.locator("pre.said")
    assert said.evaluate_all("blocks => blocks.filter(block => block.children.length > 1).length") == 0
    assert (
        page.locator("details.sample .chart, details.sample h1, details.sample script, details.sample img").count() == 0
    )
    assert page.locator("h1").count() == 1


def test_a_hostile_name_is_shown_as_text_wherever_it_stands(visit):
    for path in ("/", CLAIM, "/models/", "/charts/json-depth/"):
        page = visit(path)
        assert "Hostile <b>1B</b> {{ 7*7 }}" in page.locator("main").inner_text()
        assert page.locator("main b").count() == 0


def test_what_was_said_is_kept_out_of_the_search_index(visit, address):
    page = visit()
    index = page.request.get(f"{address}/search/search_index.json").text()
    assert "window.owned" not in index
    assert "Small models break nested JSON contracts" in index


def test_every_internal_link_and_download_leads_somewhere(visit, address):
    found = set()
    for path in PAGES:
        page = visit(path)
        found |= set(page.locator("a[href], img[src], source[srcset]").evaluate_all(
            "all => all.map(one => one.href ?? new URL(one.getAttribute('srcset') ?? one.src, document.baseURI).href)"
        ))  # fmt: skip
    ours = {link.split("#")[0] for link in found if link.startswith(address)}
    assert len(ours) > 20
    assert [link for link in sorted(ours) if not page.request.get(link).ok] == []


def test_a_verdict_has_a_sign_and_a_word_and_not_colour_alone(visit):
    page = visit()
    for badge in page.locator(".badge").all():
        assert re.fullmatch(r"[✓✕≈○] (holds|fails|not settled|not measured)", badge.text_content())


def seen(text: str) -> str:
    """What a reader sees of hostile text: control and turning characters named, the rest as it is."""
    return "".join(_seen(char) for char in text)


def _seen(char: str) -> str:
    code = ord(char)
    if char in "\n\t":
        return char
    if code < 0x20 or code == 0x7F:
        return chr(0x2400 + code) if code < 0x20 else "␡"
    return f"⟨U+{code:04X}⟩" if unicodedata.category(char) in ("Cf", "Cs") else char


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
