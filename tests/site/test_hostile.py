"""What models say and what models, arms, machines and errors are called: text in Chromium, and in every file beside."""

import csv
import io
import json
import re
from xml.etree import ElementTree as ET

import pytest

from explainers.text.escape import line
from tests.helpers.hostile import HOSTILE, NAMES
from tests.helpers.looking import CLAIM, drawn, seen, unfold, until

pytestmark = pytest.mark.browser

NAMED = ("/", CLAIM, "/charts/json-depth/", "/charts/skill-profile/", "/choose/", "/compare/", "/models/")
"""Where models are named."""
FOREIGN = """() => {
    const main = document.querySelector("article");
    const kinds = "script:not([type='application/ld+json']), iframe, object, embed, base, meta, link, style, b, math,"
        + "textarea, plaintext, template, foreignObject, animate, audio, video, h1 ~ h1, img:not(.chart-static img)";
    const acting = [...main.querySelectorAll("*")].filter((one) =>
        [...one.attributes].some(({ name, value }) => name.startsWith("on") || /^\\s*(javascript|data):/i.test(value)
            || (/owned\\.invalid/.test(value) && ["href", "src", "srcset", "style", "action"].includes(name))));
    return [...main.querySelectorAll(kinds), ...acting].map((one) => one.outerHTML.slice(0, 160));
}"""
"""Every element of the page that the guide itself would not write."""

COLUMN = """(name) => [...document.querySelectorAll("table")].flatMap((table) => {
    const place = [...table.querySelectorAll("thead th")].findIndex((head) => head.textContent === name);
    return place < 0 ? [] : [...table.querySelectorAll("tbody tr")].map((row) => row.cells[place].textContent);
})"""
"""The texts of one column, by its head."""
KINDS = "all => [...new Set([...all.querySelectorAll('*')].map((one) => one.localName))]"
"""What elements there are in another."""
RESULTS = {
    "div", "ol", "ul", "li", "a", "article", "h1", "h2", "p", "nav", "mark", "del", "pre", "code", "details", "summary",
    "span", "svg", "path",
}  # fmt: skip
"""What Material draws what it found with; `del` is for a word of the query that a page lacks."""


def inert(page):
    assert page.evaluate("window.owned") is None
    assert page.evaluate(FOREIGN) == []
    assert "owned" not in page.evaluate("JSON.stringify([document.title, location.href, Object.keys(window)])")


def unsaid(text, told=seen):
    """The hostile strings that a text does not hold."""
    return [one for one in HOSTILE if told(one) not in text]


def test_there_are_a_hundred_hostile_strings_at_least_and_no_two_are_one():
    assert len(set(HOSTILE)) == len(HOSTILE) >= 100


def test_replies_are_shown_as_text_and_do_nothing(visit):
    page = visit(CLAIM)
    unfold(page)
    shown = page.locator("details.sample pre.said").evaluate_all("blocks => blocks.map(block => block.textContent)")
    assert len(shown) == 10  # right and wrong for each of four arms, one of which takes two turns
    assert unsaid("\n".join(shown)) == []
    said = page.locator("pre.said")
    assert said.evaluate_all("blocks => blocks.filter(block => block.children.length > 1).length") == 0
    assert page.locator("details.sample .chart, details.sample h1, details.sample img").count() == 0
    inert(page)


def test_what_was_said_is_kept_out_of_the_search_index(visit):
    page = visit()
    index = page.request.get(f"{visit.address}/search/search_index.json").text()
    assert "window.owned" not in index
    assert "Small models break nested JSON contracts" in index


@pytest.mark.parametrize("path", NAMED)
def test_names_of_models_are_text_wherever_they_stand_and_in_the_drawn_chart(visit_hostile, path):
    page = visit_hostile(path, viewport={"width": 1000, "height": 900})
    unfold(page)
    if page.locator("[data-chart]").count():
        drawn(page)
    assert unsaid(page.locator("main").evaluate("main => main.textContent")) == []
    inert(page)
    page.set_viewport_size({"width": 360, "height": 740})
    until(page, "document.documentElement.scrollWidth <= innerWidth")


def test_facts_of_models_and_machines_are_text(visit_hostile):
    page = visit_hostile("/models/")
    for column in ("Architecture", "Licence", "Processor", "GPU", "System", "Engine build"):
        assert unsaid("\n".join(page.evaluate(COLUMN, column))) == [], column


def test_errors_are_text(visit_hostile):
    text = visit_hostile("/claims/json-contracts-break/").locator("main").evaluate("main => main.textContent")
    first = [next((row.strip() for row in why.splitlines() if row.strip()), "not recorded")[:200] for why in HOSTILE]
    assert [why for why in first if f"failed: {seen(why)}" not in text] == []


def test_an_arms_name_is_text_on_the_page_of_its_experiment_and_in_the_chart(visit_hostile):
    page = visit_hostile("/experiments/json-fidelity/")
    text = page.locator("main").evaluate("main => main.textContent")
    assert [one for one in HOSTILE[:60] if seen(one) not in text] == []
    inert(page)


def test_a_charts_tooltip_shows_names_as_text(visit_hostile):
    page = visit_hostile("/charts/skill-profile/", viewport={"width": 1000, "height": 900})
    marks = drawn(page).locator("svg .role-mark.mark-symbol path")
    tooltip, shown = page.locator("#vg-tooltip-element"), ""
    for place in range(marks.count()):
        marks.nth(place).hover(force=True)
        page.locator("#vg-tooltip-element.visible").wait_for()
        shown += tooltip.evaluate("tip => tip.textContent")
        assert set(tooltip.evaluate(KINDS)) <= {"table", "tbody", "tr", "td", "h2"}
    assert "window.owned" in shown and "<script>" in shown
    inert(page)


@pytest.mark.parametrize("typed", ["script onerror", "<img src=x onerror=window.owned=1>", "owned {{ 7*7 }}", "=cmd"])
def test_search_shows_what_it_found_and_what_was_typed_as_text(visit_hostile, typed):
    page = visit_hostile("/")
    page.locator("input[name='query']").fill(typed)
    until(page, "/matching/.test(document.querySelector('.md-search-result__meta').textContent)")
    results = page.locator(".md-search-result")
    assert set(results.evaluate(KINDS)) <= RESULTS
    assert results.evaluate("all => all.querySelectorAll('[onerror], [onload], [href*=javascript]').length") == 0
    assert page.evaluate("window.owned") is None


# -- files beside the pages --------------------------------------------------------------------------------------


def fetched(visit, path):
    """The bytes of a file of the site."""
    reply = visit("/404.html").request.get(f"{visit.address}/{path}")
    assert reply.ok, path
    return reply.body()


def test_no_name_widens_a_picture(hostile_home):
    wide = {
        path.parent.name: int(re.search(r'<svg [^>]*width="(\d+)', path.read_text(encoding="utf-8"))[1])
        for path in (hostile_home / "site" / "charts").rglob("light-wide.svg")
    }
    assert len(wide) > 2 and max(wide.values()) <= 760, wide


@pytest.mark.parametrize("path", ["/", "/data/"])
def test_the_data_block_is_json_that_holds_the_names(visit_hostile, path):
    page = visit_hostile(path)
    block = page.locator("script[type='application/ld+json']")
    assert block.count() == 1
    mentioned = {one["name"] for one in json.loads(block.text_content())["mentions"]}
    assert set(map(line, NAMES)) <= mentioned


def test_the_feed_is_xml_that_holds_the_names(visit_hostile):
    root = ET.fromstring(fetched(visit_hostile, "feed.xml"))
    told = "\n".join(root.itertext())
    assert [name for name in NAMES if line(name) not in told] == []
    kinds = {element.tag.split("}")[1] for element in root.iter()}
    assert kinds <= {"feed", "id", "title", "updated", "author", "name", "rights", "link", "entry", "category",
                     "summary", "content"}  # fmt: skip


def test_llms_txt_has_no_line_that_a_name_began(visit_hostile):
    for row in fetched(visit_hostile, "llms.txt").decode().splitlines():
        assert re.match(r"$|# Incompressible|> People say|Data version |## (Claims|Charts|Method|Data)$|- \[", row), row


def test_no_cell_of_any_table_is_a_formula(visit_hostile, hostile_home):
    tables = sorted((hostile_home / "site").rglob("*.csv"))
    assert {"failed.csv", "json-fidelity.csv", "verdicts.csv", "compare.csv", "json-depth.csv"} <= {
        path.name for path in [*tables, *(hostile_home / "data" / "tables").glob("*.csv")]
    }
    for path in [*tables, *(hostile_home / "data" / "tables").glob("*.csv")]:
        for row in csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")):
            for cell in row:
                number = re.fullmatch(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?", cell)
                assert number or not re.match(r"[\s\x00-\x1f]*[=+\-@＝＋－＠]", cell), (path.name, cell)


def test_a_citation_is_one_entry_and_the_package_is_json(visit_hostile):
    entry = fetched(visit_hostile, "charts/json-depth/json-depth.bib").decode()
    assert entry.startswith("@misc{incompressible-json-depth-") and entry.count("\n@") == 0 and entry.endswith("\n}\n")
    assert entry.count("{") == entry.count("}")
    package = json.loads(fetched(visit_hostile, "data/tables/datapackage.json"))
    assert {one["name"] for one in package["resources"]} == {
        "failed",
        "figures",
        "json-fidelity",
        "machines",
        "models",
        "verdicts",
    }


def test_a_hostile_site_is_as_sound_as_any_other(hostile_home):
    from explainers.site.check import faults

    assert faults(hostile_home / "site") == ()
