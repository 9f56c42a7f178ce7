"""Following the guide: the feed, llms.txt, Markdown copies, what a page's head says, and the sitemap."""

import gzip
import html
import re
from dataclasses import replace
from datetime import datetime
from posixpath import dirname, join, normpath
from xml.etree import ElementTree as ET

import pytest

from explainers.exports.atom_feed import ATOM, feed
from explainers.exports.llms_txt import llms
from explainers.exports.markdown import plain, served
from explainers.guide.guide import gather
from explainers.site.build import build, outputs
from explainers.text.escape import line
from tests.helpers.hostile import HOSTILE
from tests.helpers.planted import experiment, home_in, plant, scores, usual, without_npm

ASKED = {"json-fidelity": experiment(per_depth=2)}
BAD = "Bad <b>1B</b> ]]> {{ 7*7 }} [x](javascript:1) & \x0b\x1b[31m\ufffe\n# owned Q4_0"
silent = lambda text: None  # noqa: E731


@pytest.fixture
def home(tmp_path, monkeypatch):
    without_npm(monkeypatch)
    return home_in(tmp_path / "home")


def planted(home, answer=usual, **more):
    plant(home, answer, asked=ASKED["json-fidelity"], **{"name": BAD, **more})


def entries(content):
    """Claim slug -> its entry, from a feed that a parser accepts."""
    return {
        one.find("{*}link").get("href").split("/")[-2]: one for one in ET.fromstring(content).iter(f"{{{ATOM}}}entry")
    }


def feed_of(guide):
    return feed(guide.verdicts, guide.moments, guide.tables, guide.address)


def said(entry, name):
    return entry.find(f"{{{ATOM}}}{name}").text


# -- the feed ----------------------------------------------------------------------------------------------------


def test_the_feed_has_an_entry_for_each_claim_with_outcome_number_and_day(home):
    planted(home, name="Tiny Q4_1")
    guide = gather(home, ASKED)
    found = entries(feed_of(guide))
    assert found.keys() == guide.claims.keys()
    held = found["grammar-fixes-json"]
    assert said(held, "title").endswith(": holds on the 1 model measured")
    assert held.find(f"{{{ATOM}}}category").get("term") == "holds"
    assert re.search(r"holds: Tiny Q4_1 \(98 MB\), .*: \+100\.0 points \(95% interval", said(held, "content"))
    assert said(held, "updated") == guide.newest("json-fidelity")


def test_the_feed_keeps_the_format(home):
    planted(home)
    root = ET.fromstring(feed_of(gather(home, ASKED)))
    for element in (root, *root.iter(f"{{{ATOM}}}entry")):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"{{{ATOM}}}{name}")) == 1 and said(element, name)
        assert datetime.fromisoformat(said(element, "updated")).tzinfo
        assert said(element, "id").startswith("urn:uuid:")
    assert root.find(f"{{{ATOM}}}author/{{{ATOM}}}name").text == "Incompressible contributors"
    ids = [said(one, "id") for one in root.iter(f"{{{ATOM}}}entry")]
    assert len(set(ids)) == len(ids) and said(root, "updated") == max(
        said(one, "updated") for one in root.iter(f"{{{ATOM}}}entry")
    )


def test_a_claim_without_replies_is_dated_by_its_rule(home):
    guide = gather(home, ASKED)
    for slug, entry in entries(feed_of(guide)).items():
        assert said(entry, "updated") == f"{guide.claims[slug].registered}T00:00:00Z"
        assert said(entry, "title").endswith(": not measured")


def test_an_entry_keeps_its_id_until_its_outcome_or_its_data_change(home):
    before = entries(feed_of(gather(home, ASKED)))
    planted(home)
    first = entries(feed_of(gather(home, ASKED)))
    again = entries(feed_of(gather(home, ASKED)))
    planted(home, lambda item, arm: scores(True), model="perfect")
    more = entries(feed_of(gather(home, ASKED)))
    ids = [said(all_of["grammar-fixes-json"], "id") for all_of in (before, first, again, more)]
    assert ids[1] == ids[2] and len(set(ids)) == 3
    apart = [said(all_of["sqrt-rule"], "id") for all_of in (before, first, more)]
    assert len(set(apart)) == 1, "replies that bear on other claims tell no reader of this one"


@pytest.mark.parametrize("name", [BAD, "\n".join(HOSTILE).encode("utf-8", "replace").decode()])
def test_no_name_breaks_the_feed_or_becomes_markup(home, name):
    planted(home, name=name)
    content = feed_of(gather(home, ASKED))
    held = entries(content)["grammar-fixes-json"]
    assert line(name).split(" Q4")[0] in said(held, "content")
    assert b"<b>" not in content and b"<script" not in content and b"\x0b" not in content
    assert {element.tag for element in held} <= {f"{{{ATOM}}}{tag}" for tag in (
        "id", "title", "updated", "link", "category", "summary", "content")}  # fmt: skip


def test_links_of_the_feed_are_absolute_once_the_address_is_known(home):
    guide = gather(home, ASKED)
    assert b'href="claims/sqrt-rule/"' in feed_of(guide)
    known = feed_of(replace(guide, address="https://guide.example/"))
    assert b'href="https://guide.example/claims/sqrt-rule/"' in known
    assert b'<link rel="self" type="application/atom+xml" href="https://guide.example/feed.xml"' in known


# -- llms.txt and the Markdown copies ----------------------------------------------------------------------------


def test_llms_txt_keeps_the_convention_and_every_link_of_it_leads_to_a_file(home):
    planted(home)
    guide = gather(home, ASKED)
    text, made = llms(guide), outputs(guide, {})
    first, quote, *_ = [part for part in text.split("\n\n") if part]
    assert first.startswith("# ") and quote.startswith("> ") and text.count("\n# ") == 0
    for row in [row for row in text.split("\n## ")[1].splitlines()[1:] if row]:
        assert re.fullmatch(r"- \[.+\]\(.+\): .+", row)
    links = re.findall(r"^- \[.+?\]\(([^)]+)\): ", text, re.MULTILINE)
    there = {path.removeprefix("site/").removeprefix("build/docs/") for path in made} | {"how-it-works.md"}
    assert set(links) <= there and len(links) > 60
    assert made["build/docs/llms.txt"].decode() == text


def test_llms_txt_holds_names_as_text(home):
    planted(home)
    text = llms(gather(home, ASKED))
    assert "\n# owned" not in text and "[x](" not in text and "<b>" not in text and r"\<b\>1B\</b\>" in text


@pytest.mark.parametrize("text", [BAD, *HOSTILE])
def test_plain_text_is_what_markdown_shows(text):
    from markdown import markdown

    words = html.unescape(re.sub(r"<[^>]+>", "", markdown(f"x {plain(text)}")))
    assert words.replace("\\", "").rstrip() == f"x {line(text)}".replace("\\", "").rstrip()


def test_each_page_is_served_as_markdown_with_its_charts_in_words(home):
    planted(home, name="Tiny Q4_1")
    guide = gather(home, ASKED)
    made = outputs(guide, {})
    page = made["site/claims/grammar-fixes-json.md"].decode()
    pages = {
        path.removeprefix("build/docs/") for path in made if path.startswith("build/docs/") and path.endswith(".md")
    }
    assert {f"site/{path}" for path in pages} <= made.keys()
    assert page.startswith("# ") and "```chart" not in page and "ld+json" not in made["site/index.md"].decode()
    assert "**Chart: Asked for JSON, Tiny Q4&#95;1 keeps the schema" in page
    assert "[Its data](../charts/json-depth/json-depth.csv)" in page


def test_links_between_markdown_copies_lead_to_files(home):
    planted(home)
    made = outputs(gather(home, ASKED), {})
    there = {path.removeprefix("build/docs/").removeprefix("site/") for path in made} | {"how-it-works.md"}
    for path, content in made.items():
        if path.startswith("site/"):
            text = content.decode()
            links = re.findall(r"\]\(([^):#]+)\)", text) + re.findall(r' href="(?!https?:)([^"]+)"', text)
            wrong = [to for to in links if not _leads(normpath(join(dirname(path[5:]), to)), there)]
            assert wrong == [], path


def _leads(target, there):
    return target in there or f"{target}.md" in there or f"{target}/index.md" in there


def test_a_reply_stays_inert_in_the_markdown_copies(home):
    planted(home, said="\n".join(HOSTILE).encode("utf-8", "replace").decode())
    lines = {row for text in HOSTILE for row in text.splitlines() if len(row) > 8 and set(row) & set("<`[{*\x1b\x02")}
    for path, content in outputs(gather(home, ASKED), {}).items():
        if path.startswith("site/"):
            assert not [row for row in lines if row in content.decode()], path


def test_signs_that_begin_nothing_are_readable(home):
    text = served({}, {"a.md": "json&#45;depth &#8722;3 &#183; &#60;b&#62; &#96; &#10;# no"})
    assert text["a.md"].decode() == "json-depth −3 · &#60;b&#62; &#96; &#10;# no"


# -- the site ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A whole site at a known address."""
    with pytest.MonkeyPatch.context() as patched:
        without_npm(patched)
        home = home_in(tmp_path_factory.mktemp("site") / "home")
        settings = home / "mkdocs.yml"
        settings.write_text("site_url: https://guide.example/x\n" + settings.read_text())
        planted(home, name='T"iny <b>&amp; Q4_1')
        build(home, progress=silent, experiments=ASKED)
        assert build(home, check=True, progress=silent, experiments=ASKED).stale == ("site/.built.json",)
        yield home / "site", gather(home, ASKED)


@pytest.mark.slow
def test_the_sitemap_has_every_page_dated_by_the_newest_reply_and_not_by_today(site):
    folder, guide = site
    root = ET.fromstring((folder / "sitemap.xml").read_bytes())
    pages = {one.find("{*}loc").text: one.find("{*}lastmod").text for one in root}
    assert {f"https://guide.example/x/charts/{slug}/" for slug in guide.charts} <= pages.keys()
    assert set(pages.values()) == {max(row.at for row in guide.measured.rows)[:10]}
    assert gzip.decompress((folder / "sitemap.xml.gz").read_bytes()) == (folder / "sitemap.xml").read_bytes()


@pytest.mark.slow
def test_a_pages_head_names_feed_markdown_and_the_charts_card(site):
    folder, guide = site
    head = (folder / "charts" / "json-depth" / "index.html").read_text().partition("</head>")[0]
    metas = dict(re.findall(r'<meta (?:property|name)="((?:og|twitter):\w+)" content="([^"]*)"', head))
    assert metas["og:image"] == "https://guide.example/x/charts/json-depth/json-depth.png"
    assert (folder / "charts" / "json-depth" / "json-depth.png").is_file()
    chart = guide.charts["json-depth"]
    assert html.unescape(metas["og:title"]) == line(chart.title(guide.chart_tables["json-depth"]))
    assert metas["twitter:card"] == "summary_large_image"
    assert '<link rel="alternate" type="application/atom+xml" title="Verdicts" href="../../feed.xml">' in head
    assert '<link rel="alternate " type="text/markdown" href="index.md">' in head
    assert "og:image" not in (folder / "charts" / "twin-ladder" / "index.html").read_text()


@pytest.mark.slow
def test_what_the_head_and_llms_txt_name_lies_on_the_site(site):
    folder, _ = site
    head = (folder / "claims" / "sqrt-rule" / "index.html").read_text().partition("</head>")[0]
    (markdown,) = re.findall(r'type="text/markdown" href="([^"]+)"', head)
    assert (folder / "claims" / "sqrt-rule" / markdown).read_text().startswith("# ")
    links = re.findall(r"\]\(https://guide\.example/x/([^)]+)\): ", (folder / "llms.txt").read_text())
    assert len(links) > 60 and [link for link in links if not (folder / link).is_file()] == []
    assert ET.parse(folder / "feed.xml").getroot().tag == f"{{{ATOM}}}feed"


@pytest.mark.slow
def test_the_dataset_is_on_the_page_but_not_in_the_search_index(site):
    folder, _ = site
    assert '<script type="application/ld+json">{"@context":"https://schema.org"' in (folder / "index.html").read_text()
    assert "@context" not in (folder / "search" / "search_index.json").read_text()
