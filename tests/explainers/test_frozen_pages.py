"""Frozen charts on the site: made from what was kept alone, and named by whoever cites the same state."""

import html
import json
import re
from dataclasses import replace

import pytest

from explainers import charts
from explainers.exports.citation import cited
from explainers.frozen.store import KINDS, MANIFEST, file_names
from explainers.guide.guide import gather
from explainers.site.build import build, outputs
from explainers.site.pages import pages
from tests.helpers.hostile import HOSTILE
from tests.helpers.planted import home_in, scores, without_npm
from tests.helpers.shelved import ASKED, drawn, frozen, lying, measured, put, say
from tests.helpers.spoken import said

silent = lambda text: None  # noqa: E731


@pytest.fixture
def home(tmp_path, monkeypatch):
    without_npm(monkeypatch)
    home = home_in(tmp_path / "home")
    monkeypatch.setenv("INCOMPRESSIBLE_HOME", str(home))
    import runners.scheduling.plan  # noqa: F401  # or it would be loaded while `find` is another, and keep that one

    monkeypatch.setattr("runners.experiments.find", lambda: ASKED)
    measured(home, name="Tiny Q4_1")
    return home


def published_at(home, site):
    settings = home / "mkdocs.yml"
    settings.write_text(f"site_url: {site}\n" + settings.read_text())


def words(page):
    return html.unescape(re.sub(r"<[^>]+>", "", page))


def told_otherwise(monkeypatch, **facts):
    known = charts.find()
    monkeypatch.setattr(charts, "find", lambda: known | {"json-depth": replace(known["json-depth"], **facts)})


# -- the page ----------------------------------------------------------------------------------------------------


def test_a_frozen_page_shows_finding_words_source_table_and_files(home):
    told, version = drawn(home).chart_texts["json-depth"], frozen(home).name
    made = outputs(gather(home, ASKED), {})
    folder = f"build/docs/charts/json-depth/{version}"
    page = made[f"{folder}/index.md"].decode()
    for text in (told.title, told.subtitle, told.alt, told.source, *told.heads, *told.rows[0]):
        assert text in words(page)
    assert page.count("<tr><td>") == len(told.rows)
    assert f"The frozen state of data version {version}, newest reply {told.day}. It does not change." in words(page)
    assert "search:\n  exclude: true" in page and '<a href="../">The chart as it stands</a>' in page
    links = re.findall(r'href="\./([^"]+)" download', page)
    assert links == [f"json-depth.{kind}" for kind in (*KINDS, "bib")]
    pictures = re.findall(r'(?:src|srcset)="\./([^"#]+)', page)
    assert {f"{folder}/{name}" for name in (*links, *pictures)} <= made.keys() and len(set(pictures)) == 4
    for name in file_names("json-depth"):
        assert made[f"{folder}/{name}"] == made[f"build/docs/charts/json-depth/{name}"]


def test_a_frozen_page_does_not_change_when_replies_and_code_do(home, monkeypatch):
    version = frozen(home).name
    own = lambda: {n: c for n, c in outputs(gather(home, ASKED), {}).items() if f"/{version}/" in n}  # noqa: E731
    before = own()
    measured(home, lambda item, arm: scores(True), model="other")
    told_otherwise(monkeypatch, title=lambda table: "Another finding", columns={"model": "Only"})
    assert own() == before and len(before) > 8


def test_a_frozen_page_comes_from_what_was_kept_and_not_from_replies(home):
    folder = frozen(home)
    said_of = json.loads((folder / MANIFEST).read_text())["charts"]
    said_of["json-depth"] |= {"title": "Kept title", "rows": [["kept cell"]], "source": "kept source"}
    say(folder, charts=said_of)
    put(folder, "json-depth/json-depth.csv", b"kept,table\n")
    made = outputs(gather(home, ASKED), {})
    place = f"build/docs/charts/json-depth/{folder.name}"
    page = words(made[f"{place}/index.md"].decode())
    assert all(text in page for text in ("Kept title", "kept cell", "kept source"))
    assert b"Kept title" in made[f"{place}/json-depth.bib"]
    assert made[f"{place}/json-depth.csv"] == b"kept,table\n"


def test_a_chart_that_is_no_longer_drawn_keeps_its_frozen_page(home, monkeypatch):
    version = frozen(home).name
    known = charts.find()
    monkeypatch.setattr(charts, "find", lambda: {slug: one for slug, one in known.items() if slug != "json-survival"})
    made = outputs(gather(home, ASKED), {})
    page = made[f"build/docs/charts/json-survival/{version}/index.md"].decode()
    assert "The guide no longer draws this chart." in page and 'href="../"' not in page
    assert "build/docs/charts/json-survival/index.md" not in made
    assert f'href="../charts/json-survival/{version}/"' in made["build/docs/data.md"].decode()


@pytest.mark.parametrize("text", ["\n".join(HOSTILE), '"}]}</script>\ud800', "---\ntitle: owned\n---"])
def test_kept_words_are_shown_as_text(home, text):
    folder = frozen(home)
    said_of = json.loads((folder / MANIFEST).read_text())["charts"]
    hostile = dict.fromkeys(("title", "subtitle", "alt", "source"), text)
    said_of["json-depth"] |= {**hostile, "heads": [text], "rows": [[text]]}
    say(folder, charts=said_of)
    lines = {line for line in text.splitlines() if set(line) & set("<`#|[{$&*\x1b\x02") and len(line) > 8}
    made = outputs(gather(home, ASKED), {})
    for path in (f"json-depth/{folder.name}/index.md", "json-depth/index.md"):
        for page in (made[f"build/docs/charts/{path}"], made[f"site/charts/{path}"]):
            assert not [line for line in lines if line in page.decode()], path
            assert page.decode().count("\n---\n") == (page.startswith(b"---\n"))


# -- who names it ------------------------------------------------------------------------------------------------


def test_a_chart_is_cited_by_its_frozen_address_while_the_data_version_is_the_same(home):
    published_at(home, "https://guide.example")
    version = frozen(home).name
    address = f"https://guide.example/charts/json-depth/{version}/"
    found = cited(gather(home, ASKED), "json-depth")
    assert found.url == address and found.full.endswith(f" {address}") and found.short.endswith(f" {address}")
    assert f"url = {{{address}}}" in found.bibtex and f'src="{address}json-depth.svg"' in found.embed("x")
    measured(home, model="other")
    assert cited(gather(home, ASKED), "json-depth").url == "https://guide.example/charts/json-depth/"


def test_another_data_version_is_not_cited_even_under_the_same_words(home):
    folder = frozen(home)
    say(folder.rename(folder.with_name("0123456789")), version="0123456789")
    assert not cited(gather(home, ASKED), "json-depth").frozen


@pytest.mark.parametrize("facts", [{"subtitle": "Other words."}, {"table": lambda rows, metrics: other(rows, metrics)}])
def test_a_chart_whose_code_changed_since_is_not_cited_as_what_was_frozen(home, monkeypatch, facts):
    frozen(home)
    told_otherwise(monkeypatch, **facts)
    guide = gather(home, ASKED)
    assert not cited(guide, "json-depth").frozen and cited(guide, "json-survival").frozen


KNOWN = charts.find()["json-depth"]


def other(rows, metrics):
    """The same words and the same table for a reader, but other numbers behind the picture."""
    return [{**row, "hidden": 1} for row in KNOWN.table(rows, metrics)]


def test_the_verb_names_the_frozen_address_and_says_when_there_is_none(home):
    moving = said("cite", "json-depth", "--format", "url")
    assert moving.stdout == "/charts/json-depth/\n" and "is not frozen" in moving.stderr
    version = frozen(home).name
    kept = said("cite", "json-depth", "--format", "url")
    assert kept.stdout == f"/charts/json-depth/{version}/\n" and "not frozen" not in kept.stderr
    for form in ("text", "bibtex"):
        assert f"/charts/json-depth/{version}/" in html.unescape(said("cite", "json-depth", "--format", form).stdout)
    assert "not frozen" not in said("cite", "json-contracts-break").stderr


def test_a_chart_page_says_whether_it_is_frozen_and_lists_earlier_states(home):
    page = lambda: pages(gather(home, ASKED), live=False)["charts/json-depth/index.md"]  # noqa: E731
    assert "is not frozen" in page() and "Frozen copies" not in page()
    first = frozen(home)
    assert f"is [frozen]({first.name}/index.md)" in page() and f"[Data `{first.name}`]({first.name}/index.md)" in page()
    measured(home, lambda item, arm: scores(True), model="other")
    assert "is not frozen" in page() and f"[Data `{first.name}`]({first.name}/index.md)" in page()
    title = json.loads((first / MANIFEST).read_text())["charts"]["json-depth"]["title"]
    assert title in words(page()).partition("Frozen copies")[2]


def test_the_data_page_says_what_a_frozen_copy_is_and_lists_the_versions(home):
    page = lambda: words(pages(gather(home, ASKED), live=False)["data.md"])  # noqa: E731
    assert "A frozen copy is a chart as it was shown at one data version" in page()
    assert "No version is frozen yet." in page()
    version = frozen(home).name
    assert version in page() and "No version is frozen yet." not in page()


# -- the site ----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_site_has_frozen_pages_outside_navigation_and_search(home):
    published_at(home, "https://guide.example/x")
    build(home, progress=silent)
    assert said("freeze").exit_code == 0
    folder = next((home / "data" / "frozen").iterdir())
    stale = build(home, check=True, progress=silent).stale
    assert {
        f"build/docs/charts/json-depth/{folder.name}/index.md",
        "build/docs/charts/json-depth/json-depth.bib",
    } <= set(stale)
    build(home, progress=silent)
    assert build(home, check=True, progress=silent).stale == ()
    place = home / "site" / "charts" / "json-depth"
    page = (place / folder.name / "index.html").read_text()
    assert "It does not change." in page and f"https://guide.example/x/charts/json-depth/{folder.name}/" in page
    for name in re.findall(r'(?:href|src|srcset)="\./([^"#]+)', page):
        assert (place / folder.name / name).is_file()
    assert folder.name in (place / "index.html").read_text()
    assert f'json-depth/{folder.name}/"' not in (home / "site" / "index.html").read_text()
    found = json.loads((home / "site" / "search" / "search_index.json").read_text())["docs"]
    places = {one["location"].partition("#")[0] for one in found}
    assert "charts/json-depth/" in places and f"charts/json-depth/{folder.name}/" not in places
    before = lying(home / "site")
    (home / "site" / ".built.json").unlink()
    build(home, progress=silent)
    assert {name for name, content in lying(home / "site").items() if before.get(name) != content} == set()
    said_again = said("freeze")
    assert "already frozen, with the very same bytes" in said_again.stderr
