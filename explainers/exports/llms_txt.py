"""`llms.txt`: what the site holds, for programs that read (the llms.txt convention: H1, quote, sections of links)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from runners.schema import Experiment

from ..guide.guide import Guide
from ..schema import Chart, Verdict
from ..text.formatting import headline
from .citation import PROJECT, cited, found
from .markdown import plain

ABOUT = (
    "People say that small, sparse and quantized language models lose some skills and keep others. Here each of those "
    "claims is a test with a rule that was fixed beforehand; every reply is kept, and every number follows from them."
)

Link = tuple[str, str, str]
"""A path on the site, its title and what lies there."""

DATA: tuple[Link, ...] = (
    ("data.md", "Data and downloads", "every table as CSV and Parquet, every column explained"),
    ("data/tables/datapackage.json", "Data package", "the tables described for programs"),
    ("data/tables/verdicts.csv", "Verdicts", "every claim and model, with number and interval"),
    ("feed.xml", "Feed", "an Atom entry for each verdict"),
)


def llms(guide: Guide) -> str:
    """The file's text. Links lead to each page's Markdown, from the site's root while its address is not known."""
    sections = {
        "Claims": _claims(guide.verdicts),
        "Charts": _charts((chart, cited(guide, slug).title) for slug, chart in guide.charts.items()),
        "Method": _method(guide.experiments),
        "Data": DATA,
    }
    listed = "".join(_section(title, links, guide.address) for title, links in sections.items())
    return f"# {PROJECT}\n\n> {ABOUT}\n\nData version {guide.version}.\n{listed}"


def _claims(verdicts: Mapping[str, Verdict]) -> Iterator[Link]:
    for slug, verdict in verdicts.items():
        yield f"claims/{slug}.md", verdict.claim.title, f"{found(verdict)}. {headline(verdict)}"


def _charts(titled: Iterable[tuple[Chart, str]]) -> Iterator[Link]:
    for chart, title in titled:
        yield f"charts/{chart.slug}/index.md", title, chart.subtitle


def _method(experiments: Mapping[str, Experiment]) -> Iterator[Link]:
    yield "how-it-works.md", "How a verdict comes about", "the rule for all claims, and the statistics"
    yield "models.md", "Models and machines", "what was measured, on what"
    for slug, experiment in experiments.items():
        yield f"experiments/{slug}.md", slug, experiment.question


def _section(title: str, links: Iterable[Link], address: str) -> str:
    lines = [f"- [{plain(name)}]({address}{path}): {plain(about)}" for path, name, about in links]
    return "\n".join([f"\n## {title}\n", *lines, ""])
