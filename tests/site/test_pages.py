"""Every kind of page, in light and in dark: judged by axe, no wider than a phone, whole without scripts."""

import pytest

from tests.helpers.looking import CLAIM, PAGES, drawn, unfold, until

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 740}
UNSEEN = """() => {
    const texts = document.createTreeWalker(document.querySelector("article"), NodeFilter.SHOW_TEXT), unseen = [];
    while (texts.nextNode()) {
        const { parentElement: around, data } = texts.currentNode;
        const shown = around.checkVisibility({ opacityProperty: true, visibilityProperty: true });
        if (/[0-9]/.test(data) && !shown && !around.closest("script, style, form")) unseen.push(data);
    }
    return unseen;
}"""
"""Every text with a number in it that a reader does not see. A form that only a script answers may hide."""


def judged(page, axe):
    """(rule, how many, the first element) of every serious or critical fault that axe finds."""
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    grave = [one for one in found if one["impact"] in ("serious", "critical")]
    return [(one["id"], len(one["nodes"]), one["nodes"][0]["html"][:200]) for one in grave]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_passes_axe_and_fits_a_phone(visit, axe, path, scheme):
    page = visit(path, color_scheme=scheme)
    unfold(page)
    if page.locator("[data-chart]").count():
        drawn(page)
    assert judged(page, axe) == []
    page.set_viewport_size(PHONE)
    until(page, "document.documentElement.scrollWidth <= innerWidth")
    assert judged_narrow(page) == []


def judged_narrow(page):
    """What stands out of a phone's screen without a box that scrolls, though the page itself hides it."""
    return page.evaluate("""() => [...document.querySelectorAll("main *")].filter((one) => {
        const box = one.getBoundingClientRect();
        return box.right > innerWidth + 1 && box.width && !one.closest(
            ".scroll, .md-typeset__scrollwrap, pre, svg, .chart-live, .md-nav, .md-sidebar, [hidden]");
    }).map((one) => one.outerHTML.slice(0, 120))""")


@pytest.mark.parametrize("path", PAGES)
def test_without_scripts_every_picture_table_and_number_is_there(visit, path):
    page = visit(path, java_script_enabled=False)
    assert page.locator("h1").is_visible()
    unfold(page)
    pictures = page.locator(".chart-static img:visible")
    assert pictures.count() == page.locator(".chart").count() == page.locator(".chart table:visible").count()
    for picture in pictures.all():
        picture.scroll_into_view_if_needed()
        picture.evaluate("image => image.decode()")
    assert page.evaluate(UNSEEN) == []


def test_in_print_a_claim_keeps_its_picture_and_table_and_loses_what_is_for_clicking(visit):
    page = visit(CLAIM)
    drawn(page)
    page.emulate_media(media="print")
    assert not page.locator(".md-header").is_visible() and not page.locator(".chart-links").first.is_visible()
    assert page.locator(".chart-canvas svg, .chart-canvas img").locator("visible=true").count()
    assert page.locator(".chart table").first.is_visible() and page.locator("pre.said").last.is_visible()
