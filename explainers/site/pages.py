"""The guide's pages as plain Markdown, from templates. What a template prints is inert text unless marked safe."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from runners.experiments import find
from runners.schema import Experiment

from ..analysis.compare_rigs import Comparison, list_rigs
from ..analysis.compare_text import HEADS, summarize, text_row
from ..analysis.model_chooser import SPEED, TASKS, describe_skill, list_models, unsettled
from ..analysis.provenance import machines_in_words, models_in_words, models_without_template
from ..analysis.skills import TESTED, WINDOW
from ..exports.citation import cited, cited_frozen, whole
from ..exports.files import described
from ..exports.jsonld import dataset
from ..frozen.store import KINDS, FrozenVersion
from ..guide.guide import Guide
from ..measurements.score import ReplyRow
from ..plotting import theme
from ..plotting.interval_bar import make_ruler
from ..plotting.render import LOOKS
from ..schema import Claim, Outcome, Sample
from ..text import formatting
from ..text.escape import block, quoted, shown
from ..verdicts import claim_tables
from ..verdicts.judge import experiments
from ..verdicts.sample_replies import samples, tags_of
from .chart_fence import PLACE
from .live_pages import Offered
from .method_page import example, method

NOTHING = Offered()
BACKGROUND = (
    "sparsity-and-gating",
    "square-root-rule",
    "quantization-noise",
    "effective-context",
    "constrained-decoding",
    "intelligence-and-knowledge",
)
"""Pages that explain, in plain words, what the claims are about; a template each."""


def pages(guide: Guide, live: bool, offered: Offered = NOTHING) -> dict[str, str]:
    """Path under docs/ -> text of every generated page and figure. `live`: scripts from npm are at hand, and what is
    `offered` can be tried."""
    told = {slug: _claim(guide, slug) | {"offer": offered.judged.get(slug)} for slug in guide.claims}
    cells = guide.measured.cells
    return {
        **dict(_figures(guide, live)),
        "index.md": _page("home.md.j2", guide, **_home(guide, list(told.values()))),
        **{f"claims/{slug}.md": _page("claim.md.j2", guide, **claim) for slug, claim in told.items()},
        **{f"charts/{slug}/index.md": _page("chart.md.j2", guide, **_explained(guide, slug)) for slug in guide.charts},
        **{path: _page("frozen.md.j2", guide, **_frozen(guide, *which)) for path, which in _kept(guide.frozen)},
        "charts/index.md": _page("charts.md.j2", guide, charts=[_chart(guide, slug) for slug in guide.charts]),
        **dict(_methods(guide)),
        **{f"background/{name}.md": _page(f"background/{name}.md.j2", guide) for name in BACKGROUND},
        **dict(_tried(guide, offered)),
        "choose.md": _chooser(guide),
        "data.md": _page("data.md.j2", guide, **_data(guide)),
        "models.md": _page("models.md.j2", guide, models=models_in_words(cells), machines=machines_in_words(cells)),
        "compare.md": _page("compare.md.j2", guide, **_compare(guide.measured.rows, guide.comparisons)),
    }


def _methods(guide: Guide) -> Iterator[tuple[str, str]]:
    for name in asked(guide.claims.values(), guide.experiments):
        shown = method(name, guide.experiments.get(name))
        yield f"experiments/{name}.md", _page("experiment.md.j2", guide, **shown)


def _tried(guide: Guide, offered: Offered) -> Iterator[tuple[str, str]]:
    """The pages of what a reader can try, and the page that lists them."""
    for name, offer in offered.tools.items():
        own, common = f"live/{name}.md.j2", "live/tool.md.j2"
        template = _environment().select_template([own, common]).name
        yield f"live/{name}.md", _page(template, guide, offer=offer)
    if offered.mixture:
        yield "live/mixture.md", _page("live/mixture.md.j2", guide, **offered.mixture)
    yield "live/index.md", _page("live/index.md.j2", guide, offers=offered.tools)


def _compare(rows: Sequence[ReplyRow], compared: Sequence[Comparison]) -> dict[str, Any]:
    return {
        "rigs": list_rigs(rows),
        "heads": HEADS,
        "compared": [list(text_row(entry).values()) for entry in compared],
        "summary": summarize(compared),
    }


def _home(guide: Guide, board: list[dict[str, Any]]) -> dict[str, Any]:
    """The finding in one chart, all skills where they were measured, and everything that is said on the first page."""
    several = len({row["skill"] for row in guide.chart_tables["skill-profile"]}) > 1
    finding = "skill-profile" if several else "json-depth" if guide.chart_tables["json-depth"] else ""
    return {"finding": finding, "board": board, "cards": guide.cards, "dataset": dataset(guide, "")}


def asked(claims: Iterable[Claim], measured: Iterable[str]) -> list[str]:
    """The experiments that claims rest on or have beside them, whether or not they were `measured`; then all others,
    since the navigation has them all."""
    named = (name for claim in claims for name in experiments(*claim.tests, *claim.read))
    return list(dict.fromkeys([*named, *measured, *find()]))


def _figures(guide: Guide, live: bool) -> Iterator[tuple[str, str]]:
    for slug, table in guide.chart_tables.items():
        if table:
            shown = {**_figure(PLACE, "svg", "png", "csv", "json", "bib"), "live": live}
            yield f"charts/{slug}/figure.html", _page("figure.html.j2", guide, **shown, **_chart(guide, slug))


def _figure(base: str, *kinds: str) -> dict[str, Any]:
    """Where a figure's pictures and downloads lie, seen from the page that it is on."""
    return {"base": base, "pictures": {look: f"{base}/{look}.svg" for look in LOOKS}, "kinds": kinds}


def _chart(guide: Guide, slug: str) -> dict[str, Any]:
    told, citation = guide.chart_texts.get(slug), cited(guide, slug)
    return {
        "slug": slug,
        "chart": guide.charts[slug],
        "told": told,
        "claims": [claim for claim in guide.claims.values() if slug in claim.charts],
        "citation": citation,
        "embed": citation.embed(told.alt) if told else "",
        "kept": [frozen for frozen in guide.frozen if slug in frozen.charts],
    }


def _explained(guide: Guide, slug: str) -> dict[str, Any]:
    """A chart on the page of its own, where there is room for who was asked how."""
    asked = (name for name in guide.charts[slug].experiments if name in guide.experiments)
    return {**_chart(guide, slug), "untemplated": models_without_template(guide.rows(*asked))}


def _kept(versions: Iterable[FrozenVersion]) -> Iterator[tuple[str, tuple[FrozenVersion, str]]]:
    """The path of every frozen chart's page, also of charts that are no longer drawn."""
    for frozen in versions:
        for slug in frozen.charts:
            yield f"charts/{slug}/{frozen.version}/index.md", (frozen, slug)


def _frozen(guide: Guide, frozen: FrozenVersion, slug: str) -> dict[str, Any]:
    """A frozen chart from what was kept of it alone; of today there is but the way to the chart as it stands."""
    citation = cited_frozen(frozen, slug, guide.address)
    told = frozen.charts[slug]
    return {
        "slug": slug,
        "frozen": frozen,
        "told": told,
        "citation": citation,
        "embed": citation.embed(told.alt),
        **_figure(".", *KINDS, "bib"),
        "live": False,
        "stands": slug in guide.charts,
    }


def _data(guide: Guide) -> dict[str, Any]:
    tables = described(guide)
    return {
        "tables": tables,
        "newest": guide.newest(*guide.experiments),
        "whole": whole(guide),
        "frozen": guide.frozen,
        "dataset": dataset(guide, "../", tables),
    }


def _claim(guide: Guide, slug: str) -> dict[str, Any]:
    claim, verdict = guide.claims[slug], guide.verdicts[slug]
    name = claim.test.experiment
    experiment, rows = guide.experiments.get(name), guide.rows(name)
    also = experiments(*claim.also)
    return {
        "claim": claim,
        "verdict": verdict,
        "untemplated": models_without_template(rows),
        "ruler": make_ruler(verdict),
        "experiment": experiment,
        "drawn": [chart for chart in claim.charts if guide.chart_tables.get(chart)],
        "also": [guide.experiments[other] for other in also if other in guide.experiments],
        "beside": _by("label", guide.numbers_beside[slug]),
        "by_arm": _by("source", guide.arm_numbers.get(name, [])),
        "metrics": guide.metrics(name),
        "samples": samples(rows, claim, experiment) if experiment else [],
        "example": _bearing(claim, experiment),
        "failed": claim_tables.count_reasons(row for row in guide.measured.failed if row.experiment == name),
        "left_out": {why: many for (slug, why), many in guide.measured.left_out.items() if slug == name},
        "commands": [text for one in (name, *also) for text in _commands(one, guide.rows(one))],
        "published": [one for one in guide.published if slug in one.claims],
        "against": guide.verdicts.get(claim.against),
        "related": [guide.verdicts[other] for other in claim.related if other in guide.verdicts],
    }


def _by(name: str, lines: list[Any]) -> dict[Any, list[Any]]:
    """Lines of a table by one of their own names, in the order in which they come."""
    told: dict[Any, list[Any]] = {}
    for line in lines:
        told.setdefault(getattr(line, name), []).append(line)
    return told


def _commands(experiment: str, rows: list[Any]) -> list[str]:
    """What to type to ask the same again. A ladder is asked whole, when its experiment is named."""
    models = dict.fromkeys("" if row.twin else f" --model {row.source.model}" for row in rows)
    return [f"incompressible run {experiment}{model} --profile full" for model in models or [" --model SLUG"]]


def _bearing(claim: Claim, experiment: Experiment | None) -> dict[str, Any] | None:
    """The first question of the kind that the claim is about."""
    if experiment is None:
        return None
    wanted = Sample(claim.shows, tags_of(claim, experiment))
    bearing = [item for item in experiment.items if wanted.picks(item.tags)]
    return example((bearing or experiment.items)[0], experiment)


def rendered(template: str, **values: Any) -> str:
    """What a template of `explainers/templates` makes of some values. Raises `UndefinedError` for a missing one."""
    return _environment().get_template(template).render(**values).strip("\n") + "\n"


def _page(template: str, guide: Guide, **values: Any) -> str:
    return rendered(template, guide=guide, **values)


def _chooser(guide: Guide) -> str:
    metrics = guide.metrics(*TESTED, SPEED)
    models = list_models(guide.rows(*TESTED), guide.rows(SPEED), metrics)
    meet = {skill: unsettled(models, skill) for skill in TASKS}
    return _page("choose.md.j2", guide, choices=models, tasks=TASKS, window=WINDOW, said=describe_skill, unsettled=meet)


@cache
def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("explainers.site"),
        autoescape=True,
        undefined=StrictUndefined,  # a missing value fails the build
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: value if isinstance(value, Markup) else shown(str(value)),
    )
    environment.globals |= {"words": formatting, "block": block, "quoted": quoted, "Outcome": Outcome}
    environment.globals |= {"phone": Markup(theme.PHONE)}
    return environment
