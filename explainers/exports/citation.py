"""Citations of a chart or a claim: one line, in full, BibTeX and the address; and the code that embeds a chart.

A chart whose very state is frozen is cited by the address that goes on showing it; anything else by its permalink,
which shows it as it stands. The day of a citation is that of the newest reply behind it, never that of the build. What
was never measured has none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from html import escape

from ..frozen.store import FrozenVersion, digest_of
from ..guide.guide import Guide
from ..plotting.render import as_csv
from ..schema import Chart, Claim, Verdict
from ..text.escape import line
from ..text.formatting import count
from ..verdicts.judge import experiments
from .bibtex import entry

AUTHOR = "Incompressible contributors"
PROJECT = "Incompressible: what refuses to compress in small, sparse and quantized language models"
UNKNOWN = "a path on the guide's own site, whose address is not set"


@dataclass(frozen=True)
class Citation:
    """What every form of a citation is made of, each on one line of plain text.

    `source` names replies, models, machines and data version; `day` is empty where there is no reply; `path` begins
    with "/" and is part of `address`, which is empty while the site's address is not known. `frozen`: what lies there
    does not change.
    """

    slug: str
    kind: str
    title: str
    source: str
    version: str
    day: str
    path: str
    address: str
    frozen: bool = False

    @property
    def url(self) -> str:
        """The permalink; its path alone while the site's address is not known."""
        return f"{self.address.rstrip('/')}{self.path}"

    @property
    def where(self) -> str:
        """The permalink for a reader, who is told when it is only a path."""
        return self.url if self.address else f"{self.url} ({UNKNOWN})"

    @property
    def short(self) -> str:
        """The citation in one line."""
        return f"“{self.title}”, Incompressible, data {self.version}, {self.where}"

    @property
    def full(self) -> str:
        """The whole citation, with the day of the newest reply and all that the number rests on."""
        year = f" ({self.day[:4]})" if self.day else ""
        newest = f"; newest reply {self.day}" if self.day else ""
        return f"{AUTHOR}{year}. “{self.title}.” {self.kind} in {PROJECT}. {self.source}{newest}. {self.where}"

    @property
    def bibtex(self) -> str:
        """The citation as one BibTeX entry."""
        note = f"{self.source}; newest reply {self.day}" if self.day else self.source
        return entry(
            f"incompressible-{self.slug}-{self.version}",
            {
                "title": self.title,
                "author": AUTHOR,
                "howpublished": f"{self.kind} in {PROJECT}",
                "note": note if self.address else f"{note}; {self.where}",
            },
            day=self.day,
            url=self.url if self.address else "",
        )

    def embed(self, alt: str) -> str:
        """HTML that shows a chart's picture on another page, with its finding and its source below it."""
        return (
            f'<figure>\n  <a href="{escape(self.url)}"><img src="{escape(self.url)}{self.slug}.svg" '
            f'alt="{escape(line(alt))}" style="max-width: 100%" loading="lazy"></a>\n'
            f'  <figcaption>{escape(self.title)}. <a href="{escape(self.url)}">Incompressible</a>, '
            f"data {self.version}</figcaption>\n</figure>"
        )


def cited(guide: Guide, slug: str) -> Citation:
    """The citation of a chart or a claim. Raises `KeyError` when there is neither."""
    if slug in guide.charts:
        return _chart(guide, guide.charts[slug])
    return _claim(guide, guide.claims[slug])


def cited_frozen(frozen: FrozenVersion, slug: str, address: str) -> Citation:
    """The citation of a frozen chart, from what was kept of it alone."""
    told = frozen.charts[slug]
    path = f"/charts/{slug}/{frozen.version}/"
    title, source = line(told.title).rstrip("."), line(told.source)
    return Citation(slug, "Chart", title, source, frozen.version, told.day, path, address, frozen=True)


def whole(guide: Guide) -> Citation:
    """The citation of all data together."""
    rows = guide.measured.rows
    models = {row.source.sha256 for row in rows}
    source = f"{count(len(rows), 'reply')} · {count(len(models), 'model')} · data {guide.version}"
    title = "Replies, scores and verdicts"
    found = _citation(guide, "data", "Data", title, source, guide.experiments)
    return replace(found, path="/data/")


def _chart(guide: Guide, chart: Chart) -> Citation:
    if frozen := _frozen(guide, chart):
        return cited_frozen(frozen, chart.slug, guide.address)
    told = guide.chart_texts.get(chart.slug)
    title = told.title if told else f"{chart.subtitle.split('.')[0]}: not measured"
    return _citation(guide, chart.slug, "Chart", title, guide.source_line(chart), chart.experiments)


def _frozen(guide: Guide, chart: Chart) -> FrozenVersion | None:
    """The frozen version that shows a chart as it stands: the same data version, words and numbers. Code can change the
    words and the numbers drawn while the replies stay; then a link would lead to something else than what is cited."""
    told = guide.chart_texts.get(chart.slug)
    current = next((one for one in guide.frozen if one.version == guide.version), None)
    if not told or not current or current.charts.get(chart.slug) != told:
        return None
    data = as_csv(chart, guide.chart_tables[chart.slug])
    return current if current.files[f"{chart.slug}/{chart.slug}.csv"] == digest_of(data) else None


def _claim(guide: Guide, claim: Claim) -> Citation:
    named = experiments(*claim.tests)
    title = f"{claim.title}: {found(guide.verdicts[claim.slug])}"
    return _citation(guide, claim.slug, "Claim", title, guide.scope_line(*named), named)


def found(verdict: Verdict) -> str:
    """The outcome with the models that it is about."""
    models = sum({one.source: one.models for one in verdict.findings}.values())
    return f"{verdict.measured} on the {count(models, 'model')} measured" if models else str(verdict.measured)


def _citation(guide: Guide, slug: str, kind: str, title: str, source: str, named: Iterable[str]) -> Citation:
    return Citation(
        slug=slug,
        kind=kind,
        title=line(title).rstrip("."),
        source=line(source),
        version=guide.version,
        day=guide.newest(*named)[:10],
        path=f"/{kind.lower()}s/{slug}/",
        address=guide.address,
    )
