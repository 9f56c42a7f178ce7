"""Live experiments as a reader meets them: a click, a result, a mistake, a change of mind, a link to come back by."""

import json
from importlib.util import find_spec

import pytest

from explainers.live import tools
from tests.helpers.looking import until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("pyodide_cli") is None, reason="there is no pyodide-build for this Python"),
]

SLOW = 90_000
FIRST = {"rounding": ("bits", "3"), "routing": ("noise", "40"), "sizes": ("context", "100000")}
"""A field of each form, and what to put in it."""
WRONG = {"routing": ("seed", "-3", "Seed of the noise"), "sizes": ("layers", "0", "Layers")}


def start(page):
    page.locator(".live-start").click()
    return answered(page)


def answered(page):
    page.locator(".live-result.is-live:not(.is-old):not([aria-busy])").wait_for(timeout=SLOW)
    return said(page)


def said(page):
    return page.locator(".live-said").inner_text()


def fill(page, name, value):
    field = page.locator(f".live-form [name='{name}']")
    field.evaluate("(field, value) => { field.value = value; }", value)
    field.dispatch_event("input")


def fresh(page, before):
    """What is said once it is no longer what was said before."""
    until(page, "before => document.querySelector('.live-said').textContent !== before", before, seconds=90)
    return answered(page)


@pytest.mark.parametrize("name", tools())
def test_a_click_works_out_what_the_page_said_before_it_and_a_change_something_else(visit, name):
    page = visit(f"/live/{name}/")
    before = said(page)
    assert "MB" in page.locator(".live-start").inner_text()
    assert start(page) == before
    page.locator(".live-result .chart-canvas.is-live svg").first.wait_for()
    fill(page, *FIRST[name])
    assert fresh(page, before) != before
    assert f"{FIRST[name][0]}={FIRST[name][1]}" in page.url


@pytest.mark.parametrize("name", tools())
def test_a_link_restores_the_form_and_with_it_the_result(visit, name):
    field, value = FIRST[name]
    page = visit(f"/live/{name}/#try={name}&{field}={value}")
    assert page.locator(f".live-form [name='{field}']").input_value() == value
    before = said(page)
    after = start(page)
    assert after != before
    page.locator(".live-form button[type=reset]").click()
    assert fresh(page, after) == before


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named_and_what_stood_there_is_dimmed_until_it_is_mended(visit, name):
    field, value, label = WRONG[name]
    page = visit(f"/live/{name}/")
    right, before = page.locator(f".live-form [name='{field}']").input_value(), start(page)
    fill(page, field, value)
    page.locator(".live-state.is-wrong").wait_for()
    assert page.locator(".live-state").inner_text().startswith(f"{label}: give a whole number from")
    assert "is-old" in page.locator(".live-result").get_attribute("class")
    fill(page, field, right)
    assert answered(page) == before
    assert page.locator(".live-state").inner_text() == ""


@pytest.mark.parametrize("name", tools())
def test_cancelling_leaves_what_stood_there_and_it_can_be_started_again(visit, name):
    page = visit(f"/live/{name}/")
    before = said(page)
    cancel(page)
    assert said(page) == before
    assert start(page) == before


def cancel(page):
    """Start, hold back what is fetched, and change one's mind."""
    held = []
    page.context.route("**/pyodide.asm.wasm", lambda route: held.append(route))
    page.locator(".live-start").click()
    until(page, "document.querySelector('.live-state').textContent.startsWith('Fetching Python')", seconds=60)
    assert not page.locator(".live-start").is_visible()
    page.locator(".live-stop").click()
    assert page.locator(".live-state").inner_text().startswith("Cancelled")
    assert page.evaluate("document.activeElement.className") == "live-start"
    assert not page.locator(".live-stop").is_visible()
    for route in held:
        route.abort()
    page.context.unroute("**/pyodide.asm.wasm")


def test_a_part_that_cannot_be_fetched_is_named_and_nothing_is_lost(chromium, address):
    page = chromium.new_page()
    page.route("**/pyodide.asm.wasm", lambda route: route.fulfill(status=404, body=""))
    page.goto(f"{address}/live/sizes/")
    before = said(page)
    page.locator(".live-start").click()
    page.locator(".live-state.is-wrong").wait_for(timeout=SLOW)
    assert "pyodide.asm.wasm" in page.locator(".live-state").inner_text()
    assert said(page) == before and page.locator(".live-start").is_visible()
    page.close()


@pytest.mark.parametrize("instead", [{"status": 404, "body": ""}, {"body": "no snapshot"}])
def test_where_the_snapshot_is_of_no_use_python_starts_from_its_parts(chromium, address, instead):
    page, asked = chromium.new_page(), []
    page.route("**/python.snapshot", lambda route: route.fulfill(**instead))
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    page.goto(f"{address}/live/sizes/")
    assert start(page) == said(page)
    assert {"python.snapshot", "python_stdlib.zip", "pyodide.asm.wasm"} <= set(asked)
    page.close()


def test_python_comes_back_from_its_snapshot_and_none_of_its_parts_is_fetched(visit):
    page, asked = visit("/live/sizes/"), []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    start(page)
    assert "python.snapshot" in asked and "python_stdlib.zip" not in asked
    assert not [name for name in asked if name.endswith(".whl")]


def test_changes_that_come_while_one_is_answered_are_answered_once_and_then_it_rests(visit):
    page = visit("/live/sizes/")
    page.evaluate(
        """() => {
            globalThis.asked = 0;
            const post = Worker.prototype.postMessage;
            Worker.prototype.postMessage = function (...all) { globalThis.asked += 1; return post.apply(this, all); };
        }"""
    )
    page.locator(".live-start").click()
    for tokens in ("1000", "2000", "3000"):
        fill(page, "context", tokens)
        page.wait_for_timeout(200)
    until(page, "document.querySelector('.live-said').textContent.includes('3,000 tokens')", seconds=90)
    page.wait_for_timeout(1_000)
    asked = page.evaluate("asked")
    page.wait_for_timeout(1_000)
    assert page.evaluate("asked") == asked <= 4


def test_all_of_it_can_be_done_from_the_keyboard(visit):
    page = visit("/live/routing/")
    page.locator(".live-start").focus()
    page.keyboard.press("Enter")
    before = answered(page)
    page.locator(".live-form [name='x']").focus()
    page.keyboard.press("ArrowRight")
    assert "(0.35, 0.1)" in fresh(page, before)


def test_pictures_are_drawn_again_when_the_ground_turns_dark(visit):
    page = visit("/live/rounding/")
    start(page)
    page.locator(".live-result .chart-canvas.is-live svg").first.wait_for()
    colours = "[...document.querySelectorAll('.live-result svg text')].map(text => text.getAttribute('fill')).join()"
    light = page.evaluate(colours)
    page.locator("label[for='__palette_1']:visible, label[for='__palette_0']:visible").first.click()
    until(page, f"light => ({colours}) !== light", light)
    assert page.locator(".live-result .chart-canvas.is-live svg").count()


@pytest.mark.parametrize("name", tools())
def test_a_finished_page_has_no_fault_that_axe_knows_on_light_and_dark_ground(visit, axe, name):
    for scheme in ("light", "dark"):
        page = visit(f"/live/{name}/", color_scheme=scheme)
        start(page)
        page.evaluate(axe)
        found = page.evaluate("axe.run(document.querySelector('main')).then(told => told.violations)")
        assert json.dumps([(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found]) == "[]"


AS_PUBLISHED = "Judged again with nothing changed, every number comes out as published, to the last digit."
CONTRACTS = "/claims/json-contracts-break/"


def table(page, place):
    rows = page.locator(f"{place} table.figures").first.locator("tbody tr")
    return [row.locator("th, td").all_inner_texts() for row in rows.all()]


def test_a_claim_judged_again_in_the_page_gives_the_published_numbers(visit_judged):
    page = visit_judged(CONTRACTS)
    published = table(page, "article > .scroll:not(.live *)")
    assert start(page).startswith(AS_PUBLISHED)
    judged = table(page, ".live-result")
    assert [row[:2] for row in judged] == [row[:2] for row in published]
    assert [row[3] for row in judged] == [row[3] for row in published]


def test_judging_can_be_cancelled_and_started_again(visit_judged):
    page = visit_judged(CONTRACTS)
    cancel(page)
    assert page.locator(".live-result").inner_text() == ""
    assert start(page).startswith(AS_PUBLISHED)


def test_a_bound_moved_in_the_page_turns_the_verdict_and_the_link_keeps_it(visit_judged):
    page = visit_judged(CONTRACTS)
    before = start(page)
    fill(page, "high", "0")
    after = fresh(page, before)
    assert "a bound of at most 0% in place of at most 90%" in after and "That turns the verdict" in after
    link = page.locator(".live-link").get_attribute("href")
    assert start(visit_judged(f"{CONTRACTS}{link}")) == after


def test_models_left_out_in_the_page_are_gone_and_all_left_out_is_a_mistake(visit_judged):
    page = visit_judged(CONTRACTS)
    before, ticks = start(page), page.locator(".live-form [name='models']")
    many = ticks.count()
    ticks.first.uncheck()
    fresh(page, before)
    assert len(table(page, ".live-result")) == many - 1
    for tick in ticks.all()[1:]:
        tick.uncheck()
    page.locator(".live-state.is-wrong").wait_for()
    assert page.locator(".live-state").inner_text() == "Models: choose at least one"


def test_the_chart_is_drawn_again_of_the_replies_that_stay(visit_judged):
    page = visit_judged(CONTRACTS)
    before = start(page)
    page.locator(".live-form [name='only-depth'][value='6']").uncheck()
    fresh(page, before)
    page.locator(".live-form [name='chart']").select_option("yes")
    until(page, "document.querySelectorAll('.live-result .chart-canvas.is-live svg').length === 2", seconds=60)


@pytest.mark.parametrize("name", tools())
def test_without_scripts_the_page_shows_its_first_result_and_says_why_nothing_moves(visit, name):
    page = visit(f"/live/{name}/", java_script_enabled=False)
    assert page.locator(".live-said").is_visible() and page.locator(".live-result .chart-static img").first.is_visible()
    assert page.locator(".live-none").inner_text().startswith("This part runs in your browser")
    assert not page.locator(".live-form").is_visible()
