"""Stored replies and today's `score` -> one tidy table, a row a reply. Touches no model; standard library only.

A reply counts only while its experiment's version and its item are still the ones it was asked for, and only when it
is not of a `--limit` run. What is left out is counted, with the reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from runners.schema import Choose, Detour, Experiment, Item, digest
from runners.scoring.multiple_choice import shares
from runners.storage import journal

from ..schema import Source
from .completeness import UNFINISHED, AskedItems

CHANGED = "its item is no longer the one that was asked"


@dataclass
class ReplyRow:
    """One reply. `metrics` is empty and `error` says why when the engine could not answer.

    `turns` holds the text of each turn, the scored one last; for a choice, the likeliest options. `run` is the
    `.run.json` that stands beside the reply. `twin` says which rung and seed of a ladder answered, and how large it is.

    Not frozen: that makes one take three times as long to make, and a reader's page makes tens of thousands.
    """

    source: Source
    experiment: str
    version: int
    profile: str
    item: str
    cluster: str
    seed: int
    at: str
    key: str
    tags: Mapping[str, Any]
    arm: Mapping[str, Any]
    metrics: Mapping[str, float]
    turns: tuple[str, ...]
    run: Mapping[str, Any] = field(repr=False)
    error: str = ""
    twin: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def facts(self) -> dict[str, Any]:
        """Tags and arm together: what samples pick by."""
        return {**self.tags, **self.arm}


@dataclass(frozen=True)
class Measurements:
    """All that the stored replies say. `left_out` counts (experiment, reason); `set_aside` names unreadable lines."""

    rows: tuple[ReplyRow, ...] = ()
    failed: tuple[ReplyRow, ...] = ()
    left_out: Mapping[tuple[str, str], int] = field(default_factory=dict)
    set_aside: tuple[str, ...] = ()

    @property
    def cells(self) -> tuple[ReplyRow, ...]:
        """Every cell that was asked: those with an answer, then those without."""
        return self.rows + self.failed


@dataclass(frozen=True)
class ExperimentIndex:
    """An experiment as it stands today, with its items and arms at hand."""

    experiment: Experiment
    items: Mapping[str, Item]
    arms: Sequence[Mapping[str, Any]]
    asked: AskedItems
    _known: dict[int, tuple] = field(default_factory=dict, repr=False)
    _sources: dict[Source, Source] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, experiment: Experiment) -> ExperimentIndex:
        """The index of an experiment; draws its items."""
        items = {item.id: item for item in experiment.items}
        return cls(experiment, items, list(experiment.arms()), AskedItems(experiment))

    def source_and_twin(self, run: Mapping[str, Any]) -> tuple[Source, Mapping[str, Any]]:
        """Who answered in a run, and which twin that is. One run stands beside many replies, and is read once; it is
        held here, so that no other can take its place in memory."""
        if id(run) not in self._known:
            source = source_of(run, self.experiment)
            self._known[id(run)] = self._sources.setdefault(source, source), _twin_facts(run), run
        return self._known[id(run)][:2]


def measure(data: Path, experiments: Mapping[str, Experiment], alone: bool = False) -> Measurements:
    """Read and score every reply under `data`/runs. An empty or missing folder gives empty measurements.

    With `alone` the replies to all other experiments are not even read, and so not counted as left out.

    Raises `ValueError`, naming the cell, when a score cannot cope with a stored reply.
    """
    indexes = {slug: ExperimentIndex.of(experiment) for slug, experiment in experiments.items()}
    report = journal.ReadReport()
    left_out: Counter[tuple[str, str]] = Counter()
    best: dict[tuple[str, str], ReplyRow] = {}  # a key names no machine, and speed is a machine's own
    for slug, entry in entries(data / "runs", report, only=indexes if alone else None):
        fault = _reason_left_out(entry, indexes[slug]) if slug in indexes else "its experiment is no longer here"
        if fault in ("", CHANGED):
            indexes[slug].asked.add(entry.run, entry.arm, entry.item)
        if fault:
            left_out[slug, fault] += 1
            continue
        cell = str(entry.run.get("rig", "")), entry.key
        if cell not in best or best[cell].error:
            best[cell] = _scored_row(entry, indexes[slug])
    rows = sorted(best.values(), key=_sort_key)
    whole = [row for row in rows if indexes[row.experiment].asked.counts(row.run, row.arm, row.item)]
    left_out.update(Counter((row.experiment, UNFINISHED) for row in rows))
    left_out.subtract(Counter((row.experiment, UNFINISHED) for row in whole))
    return Measurements(
        rows=tuple(row for row in whole if not row.error),
        failed=tuple(row for row in whole if row.error),
        left_out=dict(sorted((+left_out).items())),
        set_aside=tuple(f"{path.name}:{number}: {why}" for path, number, why in report.set_aside),
    )


def entries(
    runs: Path, report: journal.ReadReport | None = None, only: Container[str] | None = None
) -> Iterator[tuple[str, journal.Entry]]:
    """(experiment, entry) of every reply that is no part of a limited run; of some experiments `only` where named."""
    for rig in sorted(runs.iterdir()) if runs.is_dir() else ():
        for where in sorted(rig.iterdir()) if rig.is_dir() else ():
            wanted = only is None or where.name in only
            if wanted and where.is_dir() and journal.LIMITED not in where.name:
                for entry in journal.entries(where, report):
                    yield where.name, entry


def _reason_left_out(entry: journal.Entry, index: ExperimentIndex) -> str:
    item = index.items.get(entry.item)
    if entry.run.get("version") != index.experiment.version:
        return "asked under another version of the experiment"
    if item is None or item.hash != entry.item_hash:
        return CHANGED
    return "" if dict(entry.arm) in index.arms else "its arm is no longer part of the experiment"


def build_row(
    entry: Any, index: ExperimentIndex, metrics: Mapping[str, float], turns: Sequence[str] = (), error: str = ""
) -> ReplyRow:
    """The row of a reply. `entry` has what a journal's has, but for the reply itself."""
    item, experiment = index.items[entry.item], index.experiment
    source, twin = index.source_and_twin(entry.run)
    return ReplyRow(
        source=source,
        experiment=experiment.slug,
        version=experiment.version,
        profile=str(entry.run.get("profile", "")),
        item=item.id,
        cluster=item.cluster or item.id,
        seed=entry.seed,
        at=entry.at,
        key=entry.key,
        tags=item.tags,
        arm=entry.arm,
        metrics=metrics,
        turns=tuple(turns),
        run=entry.run,
        error=error,
        twin=twin,
    )


def _scored_row(entry: journal.Entry, index: ExperimentIndex) -> ReplyRow:
    item, reply, experiment = index.items[entry.item], entry.reply, index.experiment
    metrics = {} if reply.failed else _score(entry, item, experiment)
    turns = (*(turn.text for turn in reply.earlier), _reply_text(entry, item, experiment))
    return build_row(entry, index, metrics, turns, reply.error)


def _reply_text(entry: journal.Entry, item: Item, experiment: Experiment) -> str:
    """The text of a reply, or the three likeliest options of a choice with their shares of the probability."""
    if not entry.reply.options:
        return entry.reply.text
    request = experiment.ask(item, entry.arm)
    assert isinstance(request, Choose | Detour)  # only these have replies with options
    best = sorted(zip(shares(entry.reply.options), request.options, strict=True), reverse=True)[:3]
    return ", ".join(f"{option.strip()} {share:.0%}" for share, option in best)


def _twin_facts(run: Mapping[str, Any]) -> dict[str, Any]:
    model = run.get("model", {})
    twin = model.get("twin")
    sizes = {"parameters": model.get("parameters"), "active": model.get("active_parameters")}
    return {**twin, **sizes} if twin else {}


def _score(entry: journal.Entry, item: Item, experiment: Experiment) -> dict[str, float]:
    try:
        return experiment.score(item, entry.arm, entry.reply)
    except Exception as fault:
        where = f"item {item.id}, arm {dict(entry.arm)}, key {entry.key}"
        raise ValueError(f"the score of {experiment.slug} failed on a stored reply ({where}): {fault!r}") from fault


def source_of(run: Mapping[str, Any], experiment: Experiment) -> Source:
    """Who answered. Settings that the experiment itself varies by load do not make another setup, and the seeds of a
    rung are one twin: nothing is ever said of one seed alone."""
    model, engine = run.get("model", {}), run.get("engine", {})
    twin, slug = model.get("twin"), str(model.get("slug", ""))
    name = str(model.get("name") or slug)
    return Source(
        rig=str(run.get("rig", "")),
        model=f"{twin['ladder']}-{twin['rung']}" if twin else slug,
        name=name.partition(", seed")[0] if twin else name,
        sha256=f"twin {twin['ladder']}-{twin['rung']}" if twin else str(model.get("sha256", "")),
        bytes=int(model.get("bytes") or 0),
        build=str(engine.get("build", "")),
        backend=str(engine.get("backend", "")),
        setup=digest({name: value for name, value in engine.items() if name not in experiment.loads}),
    )


def _sort_key(row: ReplyRow) -> tuple:
    source = row.source
    return row.experiment, source.model, source.rig, source.setup, sorted(row.arm.items()), row.item, row.seed, row.key
