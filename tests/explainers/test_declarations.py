"""Claims, charts and published figures: unique, whole, and pointing at things that exist."""

import ast
import dataclasses
import re
import sys
from datetime import date
from pathlib import Path

import pytest

from explainers import charts, claims
from explainers.measurements import literature
from explainers.plotting import theme
from explainers.site import method_page
from runners.experiments import find
from tests.helpers.planted import ROOT, experiment

CLAIMS, CHARTS = claims.find(), charts.find()
EXPLAINERS = ROOT / "explainers"
ARGUED = {
    "chains-break-early",
    "facts-fit-in-7b",
    "knowledge-decouples",
    "rag-not-optional",
    "context-is-marketing",
    "lost-in-the-middle",
    "shoes-before-socks",
    "json-contracts-break",
    "json-forgets-by-200",
    "grammar-fixes-json",
    "dense-wins-per-gb",
    "sqrt-rule",
    "moe-wins-speed",
    "gates-favour-facts",
    "one-misroute-hurts",
    "near-neighbour-facts",
    "sparse-hallucinates-more",
    "narrow-is-safe",
    "tunable-sparsity",
    "quant-hurts-moe-more",
    "q8-is-not-q8",
    "gate-drifts-when-quantized",
    "distillation-moves-skill",
    "density-doubles",
    "world-coherence",
}


def test_what_was_claimed_is_judged():
    assert set(CLAIMS) >= ARGUED


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
def test_a_claim_points_at_things_that_exist(claim):
    assert set(claim.charts) <= set(CHARTS)
    assert set(claim.related) <= set(CLAIMS) - {claim.slug}
    assert not claim.against or CLAIMS[claim.against].against == claim.slug
    assert date.fromisoformat(claim.registered)
    assert claim.does_not_show


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
def test_each_number_beside_a_verdict_has_a_name_of_its_own(claim):
    labels = [one.label for one in claim.beside]
    assert len(labels) == len(set(labels))


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
def test_prose_of_a_claim_holds_no_percentage(claim):
    prose = " ".join([claim.says, claim.matters_because, claim.number, *claim.does_not_show])
    assert not re.search(r"\d\s*(%|per cent)", prose)


@pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS)
def test_a_chart_has_one_file_of_its_own(chart):
    assert (EXPLAINERS / "charts" / f"{chart.slug.replace('-', '_')}.py").is_file()


@pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS)
def test_a_chart_of_nothing_still_has_words(chart):
    metrics = {metric.name: metric for metric in experiment().metrics}
    assert chart.table([], metrics) == []
    assert chart.title([])


def test_two_claims_of_one_name_are_refused(monkeypatch):
    from explainers.claims import structure

    first, second, _ = structure.CLAIMS
    monkeypatch.setattr(structure, "CLAIMS", (first, dataclasses.replace(second, slug=first.slug)))
    with pytest.raises(ValueError, match="two claims are called json-contracts-break"):
        claims.find()


def test_published_figures_are_whole_and_belong_to_a_claim():
    figures = literature.load(ROOT / "data" / "literature.toml")
    assert {slug for one in figures for slug in one.claims} <= set(CLAIMS) | {"statistics"}
    assert all(one.figure and one.unit and one.source for one in figures)
    assert any(not one.verified for one in figures)


def test_a_published_figure_without_a_source_is_refused(tmp_path):
    path = tmp_path / "literature.toml"
    path.write_text('[[published]]\nclaims = ["sqrt-rule"]\nfigure = "x"\nunit = "x"\nverified = true\n')
    with pytest.raises(ValueError, match=r"literature.toml: published figure 1 lacks source"):
        literature.load(path)


def _written(path: Path) -> list[str]:
    return re.findall(r"(?<!&)#[0-9a-fA-F]{3,8}\b(?![\w-])", path.read_text(encoding="utf-8"))


def test_only_the_theme_names_colours():
    files = [ROOT / "docs/assets/extra.css", ROOT / "docs/assets/charts.js"]
    files += [path for path in EXPLAINERS.rglob("*.*") if path.suffix in (".py", ".j2") and path.name != "theme.py"]
    assert {path.name: _written(path) for path in files if _written(path)} == {}


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("ground, series", [(theme.LIGHT, theme.SERIES["light"]), (theme.DARK, theme.SERIES["dark"])])
def test_text_and_marks_stand_out_from_their_ground(ground, series):
    """WCAG 2.2: 4.5 to 1 for text, 3 to 1 for marks."""
    for name in ("ink", "quiet", "holds", "fails", "open", "accent"):
        assert min(_contrast(ground[name], ground[under]) for under in ("paper", "panel")) >= 4.5, name
    assert min(_contrast(colour, ground["paper"]) for colour in series) >= 3


BROWSER = (
    "claims", "charts", "schema", "stats", "measurements/score", "measurements/dedupe", "verdicts/judge",
    "analysis/twins", "plotting/marks", "plotting/theme", "plotting/twin_marks", "text/formatting",
)  # fmt: skip


@pytest.mark.parametrize("name", BROWSER)
def test_what_the_browser_runs_needs_only_the_standard_library_to_load(name):
    """A chart draws with Altair, and imports it where it draws."""
    folder = EXPLAINERS / name
    for path in folder.glob("*.py") if folder.is_dir() else [folder.with_suffix(".py")]:
        body = ast.parse(path.read_text(encoding="utf-8")).body
        names = [alias.name for node in body if isinstance(node, ast.Import) for alias in node.names]
        names += [node.module for node in body if isinstance(node, ast.ImportFrom) and not node.level]
        assert {name.split(".")[0] for name in names} <= {*sys.stdlib_module_names, "runners"}


@pytest.mark.parametrize("slug", ["twin-neighbours", "twin-knowledge"])
def test_every_way_of_asking_has_a_name_on_the_method_page_even_where_there_is_one(slug):
    asked = find()[slug]
    ways = method_page.example(asked.items[0], asked)["asked"]

    assert ways and all(name and prompt and how for name, turns in ways for how, prompt in turns)
