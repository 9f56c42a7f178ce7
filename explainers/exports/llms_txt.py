"""`llms.txt`: what the site holds, for programs that read (the llms.txt convention: H1, quote, sections of links)."""

from __future__ import annotations

from collections.abc import Iterable

from ..guide.guide import Guide
from ..text.formatting import headline
from .citation import PROJECT, cited, found
from .markdown import plain

ABOUT = (
    "People say that small, sparse and quantized language models lose some skills and keep others. Here each of those "
    "claims is a test with a rule that was fixed beforehand; every reply is kept, and every number follows from them."
)


def llms(guide: Guide) -> str:
    """The file's text. Links lead to each page's Markdown, from the site's root while its address is not known."""
    sections = {
        "Claims": _claims(guide),
        "Charts": _charts(guide),
        "Method": _method(guide),
        "Data": _data(guide),
    }
    listed = "".join("\n".join([f"\n## {title}\n", *lines, ""]) for title, lines in sections.items())
    return f"# {PROJECT}\n\n> {ABOUT}\n\nData version {guide.version}.\n{listed}"


def _claims(guide: Guide) -> Iterable[str]:
    for slug, verdict in guide.verdicts.items():
        yield _link(guide, f"claims/{slug}.md", verdict.claim.title, f"{found(verdict)}. {headline(verdict)}")


def _charts(guide: Guide) -> Iterable[str]:
    for slug, chart in guide.charts.items():
        yield _link(guide, f"charts/{slug}/index.md", cited(guide, slug).title, chart.subtitle)


def _method(guide: Guide) -> Iterable[str]:
    yield _link(guide, "how-it-works.md", "How a verdict comes about", "the rule for all claims, and the statistics")
    yield _link(guide, "models.md", "Models and machines", "what was measured, on what")
    for slug, experiment in guide.experiments.items():
        yield _link(guide, f"experiments/{slug}.md", slug, experiment.question)


def _data(guide: Guide) -> Iterable[str]:
    yield _link(guide, "data.md", "Data and downloads", "every table as CSV and Parquet, every column explained")
    yield _link(guide, "data/tables/datapackage.json", "Data package", "the tables described for programs")
    yield _link(guide, "data/tables/verdicts.csv", "Verdicts", "every claim and model, with number and interval")
    yield _link(guide, "feed.xml", "Feed", "an Atom entry for each verdict")


def _link(guide: Guide, path: str, title: str, about: str) -> str:
    return f"- [{plain(title)}]({guide.address}{path}): {plain(about)}"
