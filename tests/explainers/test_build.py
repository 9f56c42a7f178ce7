"""The guide as built: a pure function of replies and code, and nothing on it typed by hand."""

import re

import pytest

from explainers import claims
from explainers.guide.guide import gather
from explainers.site import navigation, npm, pages
from explainers.site.build import GENERATED, BuildError, build, outputs
from explainers.text.escape import shown
from tests.helpers.hostile import HOSTILE
from tests.helpers.planted import ROOT, experiment, home_in, plant, scores, usual, without_npm

ASKED = {"json-fidelity": experiment(per_depth=4)}
silent = lambda text: None  # noqa: E731


@pytest.fixture
def home(tmp_path, monkeypatch):
    without_npm(monkeypatch)
    return home_in(tmp_path / "home")


def planted(home, answer=usual, **more):
    plant(home, answer, asked=ASKED["json-fidelity"], **more)


def made(home):
    return pages.pages(gather(home, ASKED), live=False)


def words(page):
    """The page as a reader would hear it."""
    import html

    return html.unescape(re.sub(r"<[^>]+>", "", page))


def test_a_guide_without_evidence_says_so_on_every_page(home):
    found = made(home)
    assert "not measured" in words(found["claims/json-contracts-break.md"])
    assert "Nothing has been measured" in found["index.md"]
    assert "charts/json-depth/figure.html" not in found


def test_a_verdict_is_told_for_the_models_measured_and_in_general(home):
    planted(home)
    page = words(made(home)["claims/grammar-fixes-json.md"])
    assert re.search(r"✓ holds on the 1 model measured", page)
    assert re.search(r"≈ not settled in general: 1 of the 3 models needed", page)


@pytest.mark.parametrize("has_one", [False, True])
def test_claims_and_charts_tell_which_model_came_without_a_chat_template(home, has_one):
    planted(home, recorded=lambda run: run | {"llama_cpp": {"chat_template": has_one}})
    found = made(home)
    for page in ("claims/grammar-fixes-json.md", "charts/json-depth/index.md"):
        assert ("No chat template comes with small Q4_1, " in words(found[page])) is not has_one


@pytest.mark.parametrize("twin", [{}, {"twin": {"ladder": "k", "rung": "f32", "seed": 1, "experts": 0}}])
def test_models_that_people_run_and_our_twins_have_a_table_each(home, twin):
    planted(home, recorded=lambda run: run | {"model": run["model"] | twin})
    page = made(home)["models.md"]
    assert ("## Twins" in page, "## Models" in page) == (bool(twin), not twin)
    assert len(re.findall('^<tr><th scope="row">small', page, re.M)) == 1


def test_a_number_beside_a_verdict_is_named_once_for_all_models(home):
    planted(home)
    planted(home, model="large", name="large Q8_0")
    table = made(home)["claims/json-contracts-break.md"].partition("### Read beside it")[2].partition("</table>")[0]
    label, *others = (one.label for one in claims.find()["json-contracts-break"].beside)
    assert table.count(f'<th scope="row" rowspan="2">{shown(label)}</th>') == 1
    assert table.count("<tr>") == 2 * (1 + len(others))


def test_planted_replies_flip_page_title_and_board(home):
    planted(home)
    before = made(home)
    planted(home, lambda item, arm: scores(True), model="perfect", name="Perfect-9B")
    after = made(home)
    assert "0% of replies at depth 1" in words(before["charts/json-depth/figure.html"])
    assert "0% to 100% of replies at depth 1" in words(after["charts/json-depth/figure.html"])
    assert "holds on the 1 model" in words(before["index.md"])
    assert "not settled on the 2 models" in words(after["index.md"])


def test_equal_evidence_gives_equal_bytes(home):
    planted(home)
    assert outputs(gather(home, ASKED), {}) == outputs(gather(home, ASKED), {})


def test_a_missing_value_fails_the_build(home):
    from jinja2 import UndefinedError

    template = pages._environment().from_string("{{ guide.nowhere }}")
    with pytest.raises(UndefinedError):
        template.render(guide=gather(home, ASKED))


def test_hostile_replies_reach_no_page_as_they_are(home):
    planted(home, said="\n".join(HOSTILE).encode("utf-8", "replace").decode(), name="<b>Bad</b> `x` {{ 7*7 }} Q4_0")
    lines = {line for text in HOSTILE for line in text.splitlines() if set(line) & set("<`#|[{$&*\x1b\x02")}
    for path, page in made(home).items():
        assert not [line for line in lines if len(line) > 8 and line in page], path
        assert "<b>Bad" not in page and "{{" not in page, path


def test_failed_and_left_out_cells_are_shown(home):
    planted(home, lambda item, arm: None if arm["held"] == "free" else usual(item, arm))
    plant(home, asked=experiment(per_depth=4, version=7), rig="rig-old")
    page = words(made(home)["claims/json-contracts-break.md"])
    assert "24 cells of small Q4_1 failed: out of memory" in page
    assert "96 stored replies left out: asked under another version" in page


def test_a_cell_that_failed_without_a_word_is_shown_too(home):
    planted(home, lambda item, arm: None if arm["held"] == "free" else usual(item, arm), error=" \n\t")
    assert "failed: not recorded" in words(made(home)["claims/json-contracts-break.md"])


def test_right_and_wrong_replies_are_drawn_by_key(home):
    planted(home, lambda item, arm: scores(item.id.endswith("0")), said="I said this.")
    page = words(made(home)["claims/grammar-fixes-json.md"])
    assert page.count("Right, question") == page.count("Wrong, question") == 4
    assert page.count("I said this.") >= 8


def test_unverified_figures_are_marked(home):
    page = words(made(home)["claims/grammar-fixes-json.md"])
    assert "not verified: read on a secondary page" in page


def test_every_page_that_is_made_has_its_place_in_the_navigation(home):
    guide = gather(home, ASKED)
    named = pages.asked(guide.claims.values(), guide.experiments)
    filled = navigation.config(home, guide.claims.values(), guide.charts.values(), named).decode()
    assert [path for path in made(home) if path.endswith(".md") and f": {path}\n" not in filled] == []


def test_a_folder_in_the_navigation_that_nothing_is_built_into_is_named(home):
    settings = (home / "mkdocs.yml").read_text()
    (home / "mkdocs.yml").write_text(settings.replace("claims/", "promises/"))
    with pytest.raises(BuildError, match=r"mkdocs\.yml: nothing is built into 'promises/'; nav may name claims/"):
        build(home, check=True, progress=silent, experiments=ASKED)


@pytest.mark.slow
def test_a_build_makes_a_site_and_the_next_has_nothing_to_write(home):
    planted(home)
    first = build(home, progress=silent, experiments=ASKED)
    assert (first.site / "claims" / "json-contracts-break" / "index.html").is_file()
    assert "build/docs/index.md" in first.written
    assert build(home, progress=silent, experiments=ASKED).written == ()


@pytest.mark.slow
def test_a_link_that_leads_nowhere_ends_the_build(home):
    (home / "docs" / "log.md").write_text("# Log\n\n[gone](nowhere.md)\n")
    with pytest.raises(BuildError, match=r"log\.md' contains a link 'nowhere\.md'"):
        build(home, progress=silent, experiments=ASKED)


@pytest.mark.slow
def test_a_build_with_nothing_new_does_nothing(home, monkeypatch):
    monkeypatch.setattr("runners.experiments.find", lambda: ASKED, raising=False)
    planted(home)
    said = []
    build(home, progress=silent)
    assert build(home, check=True, progress=silent).stale == ()
    build(home, progress=said.append)
    assert said == ["nothing changed since the last build"]
    (home / "docs" / "assets" / "extra.css").write_text("/* changed */\n")
    assert build(home, check=True, progress=silent).stale == ("build/docs/assets/extra.css",)
    (home / "docs" / "how-it-works.md").write_text("# Changed\n")
    changed = "build/docs/assets/extra.css", "build/docs/how-it-works.md", "site/how-it-works.md"
    assert build(home, check=True, progress=silent).stale == changed


@pytest.mark.slow
def test_deleted_outputs_come_back_byte_for_byte(home):
    import shutil

    planted(home)
    build(home, progress=silent, experiments=ASKED)
    docs = home / "build" / "docs"
    before = {path: path.read_bytes() for path in docs.rglob("*") if path.is_file()}
    shutil.rmtree(docs / "charts")
    shutil.rmtree(home / "data" / "tables")
    build(home, progress=silent, experiments=ASKED)
    assert before == {path: path.read_bytes() for path in docs.rglob("*") if path.is_file()}


def test_a_check_writes_nothing_and_names_what_is_stale(home):
    planted(home)
    found = build(home, check=True, progress=silent, experiments=ASKED)
    assert {"build/docs/index.md", "data/tables/json-fidelity.csv"} <= set(found.stale)
    assert not (home / "build").exists()


def test_a_file_that_is_no_longer_made_is_stale(home):
    old = home / "build" / "docs" / "claims" / "old.md"
    old.parent.mkdir(parents=True)
    old.write_text("old")
    assert "build/docs/claims/old.md" in build(home, check=True, progress=silent, experiments=ASKED).stale


def test_a_home_without_a_project_is_refused(tmp_path):
    with pytest.raises(BuildError, match=r"mkdocs\.yml is missing"):
        build(tmp_path, progress=silent, experiments={})


def test_broken_literature_names_its_file(home):
    (home / "data" / "literature.toml").write_text("[[published]\n")
    with pytest.raises(BuildError, match=r"literature\.toml is not valid TOML"):
        build(home, progress=silent, experiments=ASKED)


def test_without_npm_the_reader_is_told(home):
    said = []
    assert npm.scripts(said.append) == {}
    assert "npm is not here" in said[0]


def test_the_lock_file_names_no_registry():
    lock = (npm.LIVE / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert "registry" not in lock


def test_a_rule_that_was_changed_after_replies_were_seen_says_so_and_no_other_does(home):
    found = made(home)
    for slug, claim in claims.find().items():
        rule = found[f"claims/{slug}.md"].partition("The rule was fixed on")[2].partition("\n")[0]
        assert ("changed after replies had been seen" in rule) == bool(claim.restated) != ("before the run" in rule)


def test_what_only_a_build_writes_is_ignored_by_git_and_cleaned_away_by_make():
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    cleaned = (ROOT / "Makefile").read_text().partition("\nclean:\n")[2].split()
    assert {"/build/", "data/tables/"} <= set(ignored) and {"build", "data/tables"} <= set(cleaned)
    assert all(name.startswith(("build/", "data/tables/")) for name in GENERATED)
