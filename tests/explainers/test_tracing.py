"""Every number on a built page is a row of a published table, or prose that was written before the run."""

import dataclasses
import re
from collections import Counter
from functools import cache

import pytest

from explainers.site.build import build, gathered
from explainers.text import formatting
from explainers.verdicts import judge
from runners.experiments import find
from tests.helpers.planted import ROOT, home_in
from tests.helpers.tracing import blocks, cells, numbers, printed, values

ASKED = ("knowledge", "json-fidelity", "throughput", "twin-narrow")
"""Between them a level, a contrast, a ladder and a trend, real models and twins."""

BY_HAND = ("command/", "contributing/", "log/", "how-it-works/", "notebooks/")
"""Pages that nobody generates. The log's numbers are dated findings."""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The guide over some of the committed replies."""
    home = home_in(tmp_path_factory.mktemp("traced") / "home")
    for rig in (ROOT / "data" / "runs").iterdir():
        (home / "data" / "runs" / rig.name).mkdir(parents=True)
        for name in ASKED:
            if (rig / name).is_dir():
                (home / "data" / "runs" / rig.name / name).symlink_to(rig / name)
    build(home, progress=print, experiments=experiments())
    return home


def experiments():
    found = find()
    return {name: found[name] for name in ASKED}


@pytest.fixture(scope="module")
def guide(home):
    return gathered(home, experiments())


@pytest.fixture(scope="module")
def tables(home):
    return {path.stem: list(cells(path.read_bytes())) for path in (home / "data" / "tables").glob("*.csv")}


@pytest.fixture(scope="module")
def prose(guide):
    """The numbers that stand in templates, claims, experiments, charts and literature, measured or not."""
    return {number for text in written(guide) for number in numbers(text)}


def templates():
    """The words of every template."""
    for path in (ROOT / "explainers" / "site" / "templates").rglob("*.j2"):
        yield re.sub(r"\{\{.*?\}\}|\{%.*?%\}|<[^>]*>", " ", path.read_text(encoding="utf-8"), flags=re.DOTALL)


def written(guide):
    yield from templates()
    for claim in guide.claims.values():
        yield from declared(dataclasses.replace(claim, test=None, also=(), beside=()))
        yield formatting.rule(claim.holds_if, claim.test)
        yield from (one.label for one in claim.beside)
    for chart in guide.charts.values():
        yield chart.subtitle
    for experiment in guide.experiments.values():
        yield from declared((experiment.question, experiment.version, experiment.quick, experiment.metrics))
        yield from declared((experiment.loads, experiment.varies, [item.tags for item in experiment.items]))
        yield from declared([len(experiment.items), len(experiment.chosen("quick")), len(list(experiment.arms()))])
        yield from declared([budget for arm in experiment.arms() for budget in budgets(experiment, arm)])
    yield from declared((guide.published, [experiment.labels for experiment in guide.experiments.values()]))


def budgets(experiment, arm):
    """How many tokens each turn of a question may take."""
    request = experiment.ask(experiment.items[0], arm)
    while hasattr(request, "max_tokens"):
        yield request.max_tokens
        request = request.then


def declared(value):
    """All texts and numbers of a declaration, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, int | float):
        yield f"{value:g}"
    elif isinstance(value, dict):
        yield from declared(list(value.values()))
    elif dataclasses.is_dataclass(value):
        yield from declared([getattr(value, field.name) for field in dataclasses.fields(value)])
    elif isinstance(value, list | tuple | set | frozenset | range):
        for one in value:
            yield from declared(one)


def counts(rows, axes=(), tags=(), shows=()):
    """What counting a table of replies gives: all, by model, by way of asking and kind of question, right and wrong.
    A claim may be about all questions from some depth or length on, so that these count as a kind, too."""
    spoken = [row for row in rows if row.get("speaks") != "false"]
    steps = {tag: {row[tag] for row in spoken} for tag in tags}
    steps = {tag: sorted(map(int, found)) for tag, found in steps.items() if all(map(str.isdigit, found))}
    found = Counter(row.get("sha256") for row in rows)
    for row in spoken:
        arm = (row.get("sha256"), *(row[axis] for axis in axes))
        kinds = [(), *((tag, row[tag]) for tag in tags)]
        kinds += [(tag, "from", least) for tag, found in steps.items() for least in found if int(row[tag]) >= least]
        found.update([arm, *((name, row[name]) for name in axes)])
        found.update((arm, kind, *right) for kind in kinds for right in [(), *((name, row[name]) for name in shows)])
    distinct = {len({row.get(name) for row in spoken}) for name in ("item", "cluster", "sha256", "twin_seed", "name")}
    return {len(rows), len(spoken), *found.values(), *distinct}


@pytest.fixture(scope="module")
def known(home, guide, tables, prose):
    """`known(page)`: every way in which the rows behind a page may be printed, and the prose."""
    counted = {name: ways(counts(rows, *_kinds(guide, name))) for name, rows in tables.items()}
    drawn = {slug: ways(_drawn(guide, tables, guide.charts[slug])) for slug in guide.chart_tables}
    always = prose | ways(values(tables["models"] + tables["machines"])) | ways({len(guide.claims), len(guide.charts)})
    files = ways({path.stat().st_size for path in (home / "build" / "docs" / "data" / "tables").iterdir()})
    told = ways(values(tables["verdicts"] + tables["figures"] + tables.get("compare", [])))
    everything = always.union(told, files, *drawn.values(), *counted.values())

    def of_claim(claim):
        asked = judge.experiments(*claim.tests, *claim.read)
        slugs = {claim.slug, claim.against, *claim.related}
        own = [row for row in tables["verdicts"] if row["claim"] in slugs]
        own += [row for row in tables["figures"] if row["claim"] in slugs or row["experiment"] in asked]
        return ways(values(own)).union(*(counted.get(one, ()) for one in asked), *map(of_chart, claim.charts))

    def of_chart(slug):
        return drawn[slug].union(*(counted.get(one, ()) for one in guide.charts[slug].experiments))

    @cache
    def known(page):
        kind, _, slug = page.rstrip("/").partition("/")
        if kind == "claims":
            return always | of_claim(guide.claims[slug])
        return always | of_chart(slug) if kind == "charts" and slug else everything

    return known


def _kinds(guide, name):
    """How the replies of an experiment are told apart: ways of asking, kinds of questions, and what makes one right."""
    known = guide.experiments.get(name)
    right = {claim.shows for claim in guide.claims.values()} & guide.metrics(name).keys()
    return guide.axes(name), sorted({tag for item in known.items for tag in item.tags}) if known else (), right


def _drawn(guide, tables, chart):
    """The numbers of a chart's table, and how many replies of all its experiments it draws on."""
    table = guide.chart_tables[chart.slug]
    spoken = sum(row["speaks"] == "true" for name in chart.experiments for row in tables.get(name, ()))
    return values(table) | values(chart.digest(table) if table else ()) | {spoken}


def ways(found):
    """Every way in which any of some numbers may be printed."""
    return set().union(*map(printed, found))


@pytest.fixture(scope="module")
def shown(home, guide):
    """Page -> the numbers in its text with the text around them; names and digests of ours are no numbers."""
    names = {row.source.name for row in guide.measured.rows} | {row.source.rig for row in guide.measured.rows}
    names = sorted({*names, guide.version}, key=len, reverse=True)
    found = {}
    for path in sorted((home / "site").rglob("index.html")):
        page = path.parent.relative_to(home / "site").as_posix().removeprefix(".") + "/"
        if not page.startswith(BY_HAND):
            text = [re.sub("|".join(map(re.escape, names)), " ", block) for block in blocks(path)]
            found[page.removeprefix("/")] = [(number, block) for block in text for number in numbers(block)]
    return found


def test_every_number_on_every_page_traces_to_a_row_or_to_what_was_written_before_the_run(shown, known):
    lost = {(page, one, block[:90]) for page, said in shown.items() for one, block in said if one not in known(page)}
    assert sum(map(len, shown.values())) > 5_000
    assert not lost, "\n".join(map(str, sorted(lost)))


def test_a_number_that_nobody_measured_would_be_seen(shown, known):
    """One unit more in the last place of what a claim's page shows; whole numbers below a thousand prove little."""
    changed, caught = 0, 0
    for page, said in shown.items():
        if page.startswith("claims/"):
            rows = known(page)
            told = {one for one, _ in said if len(one) > 3}
            changed += len(told)
            caught += sum(_one_more(one) not in rows for one in told)
    assert caught > 0.6 * changed > 0


def _one_more(number):
    places = len(number.partition(".")[2])
    return f"{float(number) + 10**-places:.{places}f}"


MEASURED = re.compile(r"\d\.\d|\d ?(%|per cent)")
NO_RESULT = re.compile(r"95%|Apache License 2\.0|Python 3\.\d+")


def test_prose_holds_no_share_and_no_decimal_that_could_be_a_result_typed_by_hand(guide):
    typed = [NO_RESULT.sub("", text) for text in [*templates(), *claimed(guide)]]
    assert [text for text in typed if MEASURED.search(text)] == []


def claimed(guide):
    for claim in guide.claims.values():
        yield from (claim.says, claim.number, claim.matters_because, *claim.does_not_show, claim.waits_for)
