"""Citations: one function for the command line and the pages, whatever a model is called."""

import re

import pytest

from explainers import charts, claims
from explainers.exports import bibtex
from explainers.exports.citation import cited
from explainers.guide.guide import gather
from explainers.guide.site_url import site_address
from explainers.site.build import gathered, outputs
from explainers.site.pages import pages
from explainers.text.escape import line
from tests.helpers.hostile import HOSTILE
from tests.helpers.planted import experiment, home_in, plant, scores
from tests.helpers.spoken import said

ASKED = {"json-fidelity": experiment(per_depth=2)}
BAD = 'A {b} \\c% $d$ #e & f_g ~ ^ "q" <i>| ]]>\n@misc{x,}\x1b[31m\u202eQ4_0'


@pytest.fixture
def home(tmp_path, monkeypatch):
    home = home_in(tmp_path / "home")
    monkeypatch.setenv("INCOMPRESSIBLE_HOME", str(home))
    import runners.scheduling.plan  # noqa: F401  # or it would be loaded while `find` is another, and keep that one

    monkeypatch.setattr("runners.experiments.find", lambda: ASKED)
    return home


def planted(home, **more):
    plant(home, asked=ASKED["json-fidelity"], **more)


def published_at(home, site):
    settings = home / "mkdocs.yml"
    settings.write_text(f"site_url: {site}\n" + settings.read_text())


def fields(entry):
    """The fields of one BibTeX entry, read as BibTeX reads them: by counting braces, escaped ones too."""
    kind, key, body = re.fullmatch(r"@(\w+)\{([^,{}]+),\n(.*)\n\}\n", entry, re.DOTALL).groups()
    found, place = {"": key, "@": kind}, 0
    while match := re.compile(r"\s*(\w+) = ").match(body, place):
        place = end = match.end()
        depth = 0
        while depth or body[end] != ",":
            depth += {"{": 1, "}": -1}.get(body[end], 0)
            end += 1
        found[match[1]], place = body[place:end], end + 1
    assert body[place:].strip() == ""
    return found


def shown(field):
    """What TeX prints for a field."""
    names = {name: sign for sign, name in bibtex._SIGNS.items()}
    pattern = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.sub(pattern, lambda match: names[match[0]], field.removeprefix("{{").removesuffix("}}"))


# -- what a citation says ----------------------------------------------------------------------------------------


def test_a_chart_is_cited_with_its_finding_models_data_version_and_permalink(home):
    planted(home, name="Tiny Q4_1")
    published_at(home, "https://guide.example/x")
    guide = gather(home, ASKED)
    text = cited(guide, "json-depth").full
    assert "“Asked for JSON, Tiny Q4_1 keeps the schema in 0% of replies at depth 1, 0% at depth 6" in text
    assert "48 replies · Tiny Q4_1 (98 MB) · rig rig-a" in text and f"data {guide.version}" in text
    assert text.endswith(" https://guide.example/x/charts/json-depth/")


def test_the_day_of_a_citation_is_that_of_the_newest_reply_behind_it(home):
    planted(home)
    (journal,) = (home / "data" / "runs").rglob("*.jsonl")
    guide = gather(home, ASKED)
    days = {row.at[:10] for row in guide.measured.rows}
    assert cited(guide, "json-depth").day == max(days) and journal.name[:8] == max(days).replace("-", "")
    assert f"newest reply {max(days)}" in cited(guide, "json-depth").full


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2026-01-02T00:30:00+02:00", "2026-01-01"),
        ("2026-01-02T00:30:00", "2026-01-02"),
        ("yesterday", ""),
        ("0001-01-01T00:00:00+14:00", ""),
    ],
)
def test_a_reply_from_another_zone_or_with_a_broken_clock_is_dated_in_utc_or_not_at_all(home, at, day):
    from dataclasses import replace

    planted(home)
    guide = gather(home, ASKED)
    rows = tuple(replace(row, at=at) for row in guide.measured.rows)
    dated = replace(guide, measured=replace(guide.measured, rows=rows))
    assert cited(dated, "json-depth").day == day
    assert ("year" in fields(cited(dated, "json-depth").bibtex)) == bool(day)


def test_a_claim_is_cited_with_its_outcome_and_scope(home):
    planted(home)
    found = cited(gather(home, ASKED), "grammar-fixes-json")
    assert found.title.endswith(": holds on the 1 model measured")
    assert found.path == "/claims/grammar-fixes-json/" and "48 replies" in found.source


def test_what_was_never_measured_says_so_and_has_no_date(home):
    guide = gather(home, ASKED)
    for slug in [*charts.find(), *claims.find()]:
        found = cited(guide, slug)
        assert "not measured" in found.full and found.day == "", slug
        assert "year" not in fields(found.bibtex)


def test_without_an_address_the_path_is_given_and_named_as_one(home):
    planted(home)
    found = cited(gather(home, ASKED), "json-depth")
    assert found.full.endswith("/charts/json-depth/ (a path on the guide's own site, whose address is not set)")
    assert "url" not in fields(found.bibtex) and "address is not set" in shown(fields(found.bibtex)["note"])


def test_an_address_is_read_from_mkdocs_alone_and_a_bad_one_is_refused_by_name(home):
    assert site_address(home) == ""
    published_at(home, "https://guide.example")
    assert site_address(home) == "https://guide.example/"
    (home / "mkdocs.yml").write_text("site_url: guide.example\n")
    with pytest.raises(ValueError, match=r"mkdocs\.yml: site_url is 'guide\.example'"):
        site_address(home)
    (home / "mkdocs.yml").write_text("site_url: [\n")
    with pytest.raises(ValueError, match=r"mkdocs\.yml cannot be read"):
        site_address(home)


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_stays_the_one_field_of_a_bibtex_entry(text):
    read = fields(bibtex.entry("key", {"title": line(text)}))
    assert read.keys() == {"", "@", "title"} and shown(read["title"]) == line(text)


@pytest.mark.parametrize("name", [BAD, *HOSTILE[:12], "x]]>y", "{", "}}}", "\\"])
def test_any_name_stays_one_field_of_a_bibtex_entry_and_one_line_of_text(home, name):
    planted(home, name=f"{name} Q4_0")
    guide = gather(home, ASKED)
    found = cited(guide, "json-depth")
    read = fields(found.bibtex)
    assert read[""] == f"incompressible-json-depth-{guide.version}"
    assert shown(read["title"]) == found.title and shown(read["note"]).startswith(found.source)
    assert "\n" not in found.full and found.full.isprintable()
    assert line(name).split(" ")[0] in found.full


# -- where it is shown -------------------------------------------------------------------------------------------


def test_a_chart_page_has_both_citations_bibtex_and_a_snippet_to_embed(home):
    import html

    planted(home, name=BAD)
    guide = gather(home, ASKED)
    page = pages(guide, live=False)["charts/json-depth/index.md"]
    copied = [html.unescape(text) for text in re.findall(r'<pre class="command" tabindex="0"><code>(.*)</code>', page)]
    found = cited(guide, "json-depth")
    assert copied[:3] == [found.short, found.full, found.bibtex]
    assert "<i>" not in copied[3] and '<img src="/charts/json-depth/json-depth.svg" alt="Line chart' in copied[3]
    assert "<i>" not in page


def test_a_chart_without_replies_is_not_offered_for_citing(home):
    page = pages(gather(home, ASKED), live=False)["charts/json-depth/index.md"]
    assert "Cite it" not in page


def test_a_chart_has_five_downloads_and_all_of_them_are_written(home):
    planted(home)
    guide = gather(home, ASKED)
    made = outputs(guide, {})
    links = re.findall(r'href="@base@/([^"]+)" download', made["build/docs/charts/json-depth/figure.html"].decode())
    assert links == [f"json-depth.{kind}" for kind in ("svg", "png", "csv", "json", "bib")]
    assert {f"build/docs/charts/json-depth/{name}" for name in links} <= made.keys()
    assert made["build/docs/charts/json-depth/json-depth.bib"].decode() == cited(guide, "json-depth").bibtex


# -- the verb ----------------------------------------------------------------------------------------------------


def test_the_verb_prints_what_the_pages_show(home):
    planted(home)
    found = cited(gathered(home, ASKED), "json-depth")
    assert said("cite", "json-depth").stdout == found.full + "\n"
    assert said("cite", "json-depth", "--format", "bibtex").stdout == found.bibtex
    url = said("cite", "json-depth", "--format", "url")
    assert url.stdout == "/charts/json-depth/\n" and "set site_url in mkdocs.yml" in url.stderr
    published_at(home, "https://guide.example/")
    url = said("cite", "json-contracts-break", "--format", "url")
    assert (url.stdout, url.stderr) == ("https://guide.example/claims/json-contracts-break/\n", "")


@pytest.mark.parametrize(("slug", "cure"), [("json-dept", "did you mean json-depth"), ("zzz", "there are: ")])
def test_an_unknown_slug_gives_exit_2_and_names_that_come_close(home, slug, cure):
    found = said("cite", slug)
    assert found.exit_code == 2 and found.stdout == ""
    assert found.stderr.startswith(f"Error: no chart or claim is called '{slug}'; {cure}")


def test_no_slug_names_both_a_chart_and_a_claim():
    assert not charts.find().keys() & claims.find().keys()


def test_planted_replies_change_what_is_cited(home):
    planted(home)
    before = cited(gather(home, ASKED), "json-depth")
    planted(home, answer=lambda item, arm: scores(True), model="perfect", name="Perfect-9B")
    after = cited(gather(home, ASKED), "json-depth")
    assert before.title != after.title and before.version != after.version and "Perfect-9B" in after.full
