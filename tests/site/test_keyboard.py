"""Everything that can be operated, reached with Tab alone, and seen when it is."""

import pytest

from tests.helpers.looking import CLAIM, drawn, unfold, until

pytestmark = pytest.mark.browser

FOCUSED = """() => {
    const one = document.activeElement;
    if (one === document.body) return null;
    one.dataset.reached = "";
    const label = one.offsetWidth ? one : one.labels?.[0] && one.nextElementSibling;
    const box = label.getBoundingClientRect(), style = getComputedStyle(label);
    const within = box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    const marked = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
    return within && marked ? "" : one.outerHTML.slice(0, 160);
}"""
"""Marks what has the focus. Null at the end of the page; else the element, where its focus cannot be seen."""

UNREACHED = """() => {
    const operable = "a[href], button, input, select, textarea, summary, [tabindex]:not([tabindex='-1'])";
    const scrolls = (one) => {
        const { overflowX, overflowY } = getComputedStyle(one);
        const can = (overflow) => overflow === "auto" || overflow === "scroll";
        return (can(overflowX) && one.scrollWidth > one.clientWidth + 1)
            || (can(overflowY) && one.scrollHeight > one.clientHeight + 1);
    };
    const missed = [...document.querySelectorAll("body *")].filter((one) => {
        if (!one.checkVisibility({ visibilityProperty: true }) || one.closest("[data-reached]")) return false;
        const radio = one.type === "radio" && document.querySelector(`[name="${one.name}"][data-reached]`);
        const meant = one.tabIndex >= 0 || one.closest("article");
        if (one.matches(operable)) return meant && !radio && one.getBoundingClientRect().width > 0;
        return scrolls(one) && !one.querySelector("[data-reached]");
    });
    return missed.map((one) => one.outerHTML.slice(0, 160));
}"""
"""What a reader can see and operate or scroll, and Tab never came to."""


def tabbed(page):
    """Tab from the first to the last; what had the focus without showing it."""
    hidden = []
    for _ in range(400):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUSED)
        if found is None:
            return hidden
        hidden += [found] if found else []
    raise AssertionError("Tab never comes to an end of the page")


@pytest.mark.parametrize("path", ["/", CLAIM, "/choose/"])
def test_tab_reaches_everything_that_can_be_operated_and_shows_where_it_is(visit, path):
    page = visit(path)
    unfold(page)
    if page.locator("[data-chart]").count():
        drawn(page)
        page.evaluate("scrollTo(0, 0)")
    assert tabbed(page) == []
    assert page.evaluate(UNREACHED) == []
    assert page.locator("[data-reached]").count() > 20


def test_a_control_that_tab_passes_by_and_focus_that_is_not_seen_are_found(visit):
    page = visit("/choose/")
    page.locator("select").evaluate("select => { select.tabIndex = -1 }")
    page.add_style_tag(content=":focus-visible { outline: none !important }")
    assert len(tabbed(page)) > 5
    (missed,) = page.evaluate(UNREACHED)
    assert missed.startswith("<select")


def test_the_skip_link_comes_first_and_leads_to_the_heading(visit):
    page = visit(CLAIM)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent.trim()") == "Skip to content"
    page.keyboard.press("Enter")
    target = page.evaluate("location.hash")
    assert page.locator(f"h1{target}").count() == 1


def test_a_fold_a_filter_and_the_palette_answer_to_the_keyboard(visit):
    page = visit(CLAIM)
    fold = page.locator("details.sample").first
    fold.locator("summary").press("Enter")
    assert fold.locator("pre.said").first.is_visible()
    for key, scheme in (("Enter", "slate"), ("Space", "default")):
        page.locator("input[name='__palette']:has(+ label:not([hidden]))").press(key)
        page.locator(f"body[data-md-color-scheme='{scheme}']").wait_for()


def test_on_a_narrow_screen_the_navigation_opens_and_closes_by_keyboard(visit):
    page = visit(CLAIM, viewport={"width": 400, "height": 740})
    opener = page.get_by_role("button", name="Navigation")
    assert opener.get_attribute("aria-expanded") == "false"
    for key in ("Enter", "Space"):
        opener.press(key)
        page.locator("[for='__drawer'][aria-expanded='true']").wait_for()
        assert page.locator(".md-nav--primary a.md-nav__link").first.is_visible()
        page.keyboard.press("Escape")
        page.locator("[for='__drawer'][aria-expanded='false']").wait_for()
        assert opener.evaluate("opener => opener === document.activeElement")


def test_a_wide_table_and_long_code_scroll_by_keyboard(visit):
    page = visit("/log/", viewport={"width": 400, "height": 740})
    wide = page.locator(".md-typeset__scrollwrap[tabindex]").nth(
        page.evaluate("[...document.querySelectorAll('.md-typeset__scrollwrap')]"
                      ".findIndex((one) => one.scrollWidth > one.clientWidth + 20)")
    )  # fmt: skip
    wide.focus()
    before = wide.evaluate("box => box.scrollLeft")
    page.keyboard.press("ArrowRight")
    until(page, "before => document.activeElement.scrollLeft > before", before)
