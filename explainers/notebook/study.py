"""One experiment of a checkout, read alone: where an analysis in a notebook starts.

mine = study("reasoning-chain")
by(mine.rows, Sample("final_right"), mine.axes, mine.metrics)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from runners.experiments import find
from runners.host.settings import load
from runners.schema import Experiment, Metric

from ..analysis.tables import tables
from ..measurements.dedupe import by_source, one_source_per_model
from ..measurements.score import Measurements, ReplyRow, measure
from ..schema import Sample, Source, Table
from ..site.method_page import turns
from ..text.formatting import size, thousands
from ..verdicts.claim_tables import describe_sources


@dataclass(frozen=True, eq=False)
class Study:
    """An experiment and all that was measured of it. A pure function of replies and code."""

    experiment: Experiment
    measured: Measurements

    @cached_property
    def rows(self) -> list[ReplyRow]:
        """The scored replies that speak for their models: one machine's for each set of weights."""
        return list(one_source_per_model(self.measured.rows))

    @cached_property
    def models(self) -> dict[Source, list[ReplyRow]]:
        """The replies of each model, smallest weights first."""
        return by_source(self.rows)

    @property
    def metrics(self) -> dict[str, Metric]:
        """What its `score` says of a reply, by name."""
        return {metric.name: metric for metric in self.experiment.metrics}

    @property
    def axes(self) -> list[str]:
        """The names of what it varies, loads first."""
        return [*self.experiment.loads, *self.experiment.varies]

    @property
    def source(self) -> str:
        """How many replies, of which models, on which machines; empty where there are none."""
        return describe_sources(self.rows, self.models) if self.rows else ""

    def on_rig(self, rig: str) -> Study:
        """The same of one machine alone. Raises `ValueError` naming the machines there are for any other."""
        rigs = sorted({row.source.rig for row in self.measured.rows})
        if rig not in rigs:
            raise ValueError(f"no reply of a machine called {rig!r} is here; there are {', '.join(rigs) or 'none'}")
        return replace(self, measured=Measurements(tuple(r for r in self.measured.rows if r.source.rig == rig)))

    def list_sources(self) -> Table:
        """Who answered: a row for each model, machine and setup, those that do not speak for their model too."""
        return [
            {"Model": source.name, "Size": size(source.bytes), "Machine": source.rig, "Replies": thousands(len(rows)),
             "Profile": ", ".join(sorted({row.profile for row in rows})), "Newest": max(row.at for row in rows)[:10]}
            for source, rows in by_source(self.measured.rows).items()
        ]  # fmt: skip

    def pick(self, sample: Sample) -> dict[Source, list[ReplyRow]]:
        """Those replies of each model that a sample is about; no entry for a model without any."""
        found = {source: [row for row in rows if sample.picks(row.facts)] for source, rows in self.models.items()}
        return {source: rows for source, rows in found.items() if rows}

    def prompt_of(self, row: ReplyRow) -> str:
        """What the model was sent for a reply: the prompt of its first turn."""
        (item,) = [item for item in self.experiment.items if item.id == row.item]
        return next(turns(self.experiment.ask(item, row.arm)))[1]

    def frame(self) -> Any:
        """All replies as a pandas DataFrame, a row each: the same table as data/tables has; empty without replies."""
        from io import BytesIO

        import pandas

        content = tables(self.measured).get(f"{self.experiment.slug}.csv")
        return pandas.DataFrame() if content is None else pandas.read_csv(BytesIO(content))


def study(slug: str, home: Path | None = None) -> Study:
    """Read and score the replies to one experiment under `home`/data; `home` is this checkout unless given.

    No other experiment's replies are read. Raises `ValueError` naming all experiments for one that is not here.
    """
    every = find()
    if slug not in every:
        raise ValueError(f"no experiment is called {slug!r}; there are {', '.join(every)}")
    home = home or load().get("home")
    return Study(every[slug], measure(home / "data", {slug: every[slug]}, alone=True))
