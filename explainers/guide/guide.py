"""The `Guide`: measurements, verdicts, chart tables and published figures, gathered once for all pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from runners.schema import Experiment, Metric

from .. import charts, claims
from ..analysis.compare_rigs import Comparison, compare_every_pair
from ..analysis.demo_accuracy import EXPERIMENTS, DemoAccuracy, measure_demo_accuracy
from ..analysis.page_numbers import list_page_numbers
from ..analysis.provenance import list_hardware, list_weights
from ..analysis.tables import data_version, table, tables, verdicts_table
from ..frozen.chart_text import ChartText, describe_chart
from ..frozen.store import FrozenVersion, load_versions
from ..measurements import literature, training_logs
from ..measurements.dedupe import by_source, one_source_per_model
from ..measurements.score import Measurements, measure
from ..schema import Chart, Claim, Table, Verdict
from ..verdicts.claim_tables import ArmNumbers, LabelledNumber, beside, by_arm, describe_sources
from ..verdicts.guidance import JudgedCard, judge_cards
from ..verdicts.judge import experiments, judge
from .site_url import site_address


@dataclass(frozen=True, eq=False)
class Guide:
    """One state of the evidence. A pure function of replies and code: nothing here knows the day it was made.

    `address` is where the site is published, with "/" at its end; empty while that is not known. `frozen` are the
    versions that were kept as they were shown, the newest first. `data` is where all of it was read.
    """

    experiments: Mapping[str, Experiment]
    measured: Measurements
    claims: Mapping[str, Claim]
    charts: Mapping[str, Chart]
    published: tuple[literature.PublishedFigure, ...]
    training: tuple[Mapping[str, Any], ...] = ()
    address: str = ""
    frozen: tuple[FrozenVersion, ...] = ()
    data: Path = Path("data")

    @cached_property
    def verdicts(self) -> dict[str, Verdict]:
        """Every claim's verdict, by slug."""
        return {slug: self.judge_claim(claim) for slug, claim in self.claims.items()}

    def judge_claim(self, claim: Claim) -> Verdict:
        """The verdict on a claim, one of these or one of its kind."""
        return judge(claim, self.measured.rows, self.metrics(claim.test.experiment))

    @cached_property
    def chart_tables(self) -> dict[str, Table]:
        """Every chart's table, by slug; empty where nothing was measured."""
        return {slug: self._table(chart) for slug, chart in self.charts.items()}

    def _table(self, chart: Chart) -> Table:
        return chart.table(self.rows(*chart.experiments), self.metrics(*chart.experiments))

    @cached_property
    def chart_texts(self) -> dict[str, ChartText]:
        """What is said of every chart that is drawn, by slug."""
        return {slug: self._chart_text(self.charts[slug], table) for slug, table in self.chart_tables.items() if table}

    def _chart_text(self, chart: Chart, table: Table) -> ChartText:
        return describe_chart(chart, table, self.source_line(chart), self.newest(*chart.experiments)[:10])

    @cached_property
    def arm_numbers(self) -> dict[str, list[ArmNumbers]]:
        """Every experiment's lines, a model and a way of asking each, by its slug."""
        return {slug: by_arm(self.rows(slug), self.axes(slug), self.metrics(slug)) for slug in self.experiments}

    @cached_property
    def numbers_beside(self) -> dict[str, list[LabelledNumber]]:
        """The numbers that are read beside each claim's verdict, by its slug."""
        return {slug: self._numbers_beside(claim) for slug, claim in self.claims.items()}

    def _numbers_beside(self, claim: Claim) -> list[LabelledNumber]:
        rows = self.rows(*experiments(*claim.tests, *claim.read))
        return beside(claim, rows, self.metrics(claim.test.experiment))

    @cached_property
    def demo_accuracy(self) -> list[DemoAccuracy]:
        """How the twins that run in a page did on its questions, by seed."""
        return measure_demo_accuracy(self.rows(*EXPERIMENTS))

    @cached_property
    def cards(self) -> list[JudgedCard]:
        """Every guidance card, its lines by outcome."""
        return judge_cards(self.verdicts, self.judge_claim)

    @cached_property
    def comparisons(self) -> list[Comparison]:
        """Every two machines that measured the same weights, beside each other."""
        return compare_every_pair(self.measured.rows, self.experiments)

    @cached_property
    def tables(self) -> dict[str, bytes]:
        """The CSV tables of replies and of trainings, by file name."""
        return tables(self.measured) | table("twin-training", self.training)

    @cached_property
    def every_table(self) -> dict[str, bytes]:
        """All CSV tables by file name: these, and those that are no evidence but follow from it."""
        cells = self.measured.cells
        numbers = list_page_numbers(self.numbers_beside, self.arm_numbers.values(), self.cards, self.demo_accuracy)
        derived = {"figures": numbers, "machines": list_hardware(cells), "models": list_weights(cells)}
        follow = {file: content for name, rows in derived.items() for file, content in table(name, rows).items()}
        return {**self.tables, "verdicts.csv": verdicts_table(self.verdicts.values()), **follow}

    @cached_property
    def version(self) -> str:
        """The data version that every chart and page names."""
        return data_version(self.tables)

    def metrics(self, *experiments: str) -> dict[str, Metric]:
        """The metrics of experiments by name; none of one that is not here."""
        known = [self.experiments[name] for name in experiments if name in self.experiments]
        return {metric.name: metric for experiment in known for metric in experiment.metrics}

    def axes(self, experiment: str) -> list[str]:
        """The names of what an experiment varies, loads first."""
        known = self.experiments.get(experiment)
        return [*known.loads, *known.varies] if known else []

    def rows(self, *experiments: str) -> list[Any]:
        """The scored replies that speak for their models in these experiments, or the rows of the training logs."""
        return [row for experiment in experiments for row in self._rows_by_experiment.get(experiment, ())]

    @cached_property
    def _rows_by_experiment(self) -> dict[str, list[Any]]:
        spoken: dict[str, list[Any]] = {training_logs.EXPERIMENT: list(self.training)}
        for row in one_source_per_model(self.measured.rows):
            spoken.setdefault(row.experiment, []).append(row)
        return spoken

    @cached_property
    def _first_rows(self) -> dict[str, list[Any]]:
        """A row of each source of an experiment: enough to say who speaks, on every chart and page that does."""
        asked = {name: rows for name, rows in self._rows_by_experiment.items() if name != training_logs.EXPERIMENT}
        return {name: [own[0] for own in by_source(rows).values()] for name, rows in asked.items()}

    @cached_property
    def moments(self) -> dict[str, str]:
        """When the newest reply behind each verdict was given, by slug; without replies, when its rule was fixed."""
        return {slug: self._decided_at(claim) for slug, claim in self.claims.items()}

    def _decided_at(self, claim: Claim) -> str:
        return self.newest(*experiments(*claim.tests)) or f"{claim.registered}T00:00:00Z"

    def newest(self, *experiments: str) -> str:
        """When the newest reply that speaks in these experiments was given (RFC 3339, UTC); empty without replies."""
        return max((self._newest[name] for name in experiments if name in self._newest), default="")

    @cached_property
    def _newest(self) -> dict[str, str]:
        asked = {name: rows for name, rows in self._rows_by_experiment.items() if name != training_logs.EXPERIMENT}
        return {name: max(_moment(row.at) for row in rows) for name, rows in asked.items()}

    def source_line(self, chart: Chart) -> str:
        """What stands on a chart: how many replies, of which models, on which machines, and the data version."""
        if chart.experiment == training_logs.EXPERIMENT:
            return f"training logs of data/twins · data {self.version}"
        return self.scope_line(*chart.experiments)

    def scope_line(self, *experiments: str) -> str:
        """The same for the replies of some experiments; that there are none where there are none."""
        rows = self.rows(*experiments)
        if not rows:
            return f"no reply yet · data {self.version}"
        sources = by_source(row for name in experiments for row in self._first_rows.get(name, ()))
        return f"{describe_sources(rows, sources)} · data {self.version}"


def _moment(at: str) -> str:
    """A reply's time in UTC; empty where what was recorded is no time. Replies may come from machines of others."""
    try:
        when = datetime.fromisoformat(at)
        known = when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
        return known.isoformat(timespec="seconds").replace("+00:00", "Z")
    except (ValueError, OverflowError):
        return ""


def gather(home: Path, experiments: Mapping[str, Experiment]) -> Guide:
    """Read `home`/data and judge every claim by it.

    Raises `ValueError` for literature or frozen versions that are not whole and for a mkdocs.yml that cannot be read.
    """
    return Guide(
        experiments=experiments,
        measured=measure(home / "data", experiments),
        claims=claims.find(),
        charts=charts.find(),
        published=literature.load(home / "data" / "literature.toml"),
        training=tuple(training_logs.read_logs(home / "data")),
        address=site_address(home),
        frozen=load_versions(home),
        data=home / "data",
    )
