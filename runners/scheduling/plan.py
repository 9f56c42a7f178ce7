"""The plan of a run: what is wanted, what is done, and what the rest will cost. Working it out has no effects.

A plan is a list of tasks, one for each load of a model that an experiment needs, so that carrying it out loads each
once.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from ..engine import build_info
from ..engine.protocol import Load
from ..experiments import find
from ..host import machine
from ..host.settings import Settings
from ..models.catalog import read_catalog
from ..models.gguf_facts import Weights, inspect
from ..models.model import Model
from ..models.resolve import resolve
from ..schema import Cell, Experiment, Reply
from ..storage import journal
from .shard import Shard

OVERHEAD = 300_000_000
"""Bytes that llama.cpp takes beside weights and cache for its compute buffers, by observation on models below 2 GB."""


class PlanError(ValueError):
    """What was asked for does not exist; names it and the choices."""


@dataclass(frozen=True)
class Task:
    """The cells of one experiment that one load of one model answers. `left` are the cells still to be asked."""

    model: Model
    experiment: Experiment
    load: Load | None
    engine: Mapping[str, Any]
    where: Path
    cells: tuple[Cell, ...]
    done: Mapping[str, bool]
    shard: Shard | None = None

    @cached_property
    def left(self) -> tuple[Cell, ...]:
        """Cells that `done` does not know. It holds recorded failures, too, unless they are to be retried."""
        return tuple(cell for cell in self.cells if cell.key not in self.done)

    @property
    def loaded(self) -> dict[str, Any]:
        """The part of the arm that this load of the model is for; empty where the experiment needs but one."""
        return {name: cell.arm[name] for cell in self.cells[:1] for name in self.experiment.loads}

    @property
    def failed(self) -> int:
        """Cells of this task whose failure is on record."""
        return sum(self.done.get(cell.key) is False for cell in self.cells)

    @property
    def own_load(self) -> Load:
        """How the model is loaded here. Raises `ValueError` for one on a server, which is loaded already."""
        if self.load is None:
            raise ValueError(f"{self.model.name} is on a server, and is not loaded here")
        return self.load

    @cached_property
    def weights(self) -> Weights | None:
        """The header of the weights, where they are here already."""
        return inspect(self.model.path) if self.model.path else None

    @property
    def memory_bytes(self) -> int | None:
        """Bytes that the engine will take: weights, cache of every sequence, buffers. None for a server."""
        if self.load is None:
            return None
        cache = self.weights.kv_bytes_per_token * self.load.context * (self.load.width + 1) if self.weights else 0
        copies = 2 if self.load.weights else 1  # rounded weights are compared with those they were made from
        return copies * self.model.bytes + cache + OVERHEAD


@dataclass(frozen=True)
class Plan:
    """All tasks, in the order in which they will be carried out."""

    rig: str
    data: Path
    tasks: tuple[Task, ...]
    profile: str
    limit: int | None
    report: journal.ReadReport

    @property
    def left(self) -> int:
        """Cells still to be asked."""
        return sum(len(task.left) for task in self.tasks)

    @property
    def fetch_bytes(self) -> int:
        """Bytes of weights that are not on this machine yet."""
        absent = {
            task.model.slug: task.model.bytes for task in self.tasks if not (task.model.path or task.model.server)
        }
        return sum(absent.values())


def make_plan(
    settings: Settings,
    names: Sequence[str] = (),
    limit: int | None = None,
    retry: bool = False,
    fetch: bool = False,
    shard: Shard | None = None,
) -> Plan:
    """Plan the experiments of these names (all when none is given) on the models of the settings, or one part of that.

    Raises `PlanError`, `models.ModelError`.
    """
    if limit and shard:
        raise PlanError("--limit asks the first cells and --shard a part of all; give one of them")
    data = settings.get("home") / "data"
    backend, rig = _backend(settings), rig_of(settings)
    profile, report = settings.get("profile"), journal.ReadReport()
    tasks = [
        _task(settings, model, experiment, given, backend, journal.folder(data, rig, experiment.slug, limit), limit)
        for model, experiment in _pairs(settings, names, fetch)
        for given in experiment.loading()
        if can_answer(model, experiment, given)
    ]
    tasks = [_part_of(task, shard) for task in tasks] if shard else tasks
    done = {where: journal.finished(where, report) for where in {task.where for task in tasks}}
    return Plan(rig, data, tuple(_with_done(task, done[task.where], retry) for task in tasks), profile, limit, report)


def rig_of(settings: Settings) -> str:
    """The name that replies are kept under here. Raises `OSError` when this machine's own cannot be kept."""
    return settings.get("rig") or machine.rig(_backend(settings))


def _backend(settings: Settings) -> str:
    return settings.get("backend") if settings.get("backend") != "auto" else build_info.backend()


def _pairs(settings: Settings, names: Sequence[str], fetch: bool) -> list[tuple[Model, Experiment]]:
    """Who is asked what: every model what is meant for its kind. Twins know only what they were taught, so an
    experiment on a ladder is asked of the twins that are named, or of the whole ladder when it is named alone."""
    home, cache = settings.get("home"), settings.get("cache")
    models = [resolve(name, home, cache, fetch) for name in settings.get("model")]
    pairs = []
    for experiment in find_experiments(names):
        fitting = [model for model in models if model.ladder == experiment.ladder]
        if experiment.ladder and names and settings.origin("model") == "default":
            twins = [entry for entry in read_catalog(home).values() if entry.twin.get("ladder") == experiment.ladder]
            fitting = [resolve(entry.slug, home, cache, fetch) for entry in twins]
        pairs += [(model, experiment) for model in fitting]
    if not pairs:
        raise PlanError(
            f"{', '.join(names) or 'no experiment'} cannot be asked of {', '.join(settings.get('model'))}: "
            "twins answer what their own ladder was taught, and other models everything else"
        )
    return sorted(pairs, key=lambda pair: models.index(pair[0]) if pair[0] in models else len(models))


def find_experiments(names: Sequence[str]) -> list[Experiment]:
    """The experiments of these names, or all. Raises `PlanError` for a name that none has."""
    experiments = find()
    unknown = [name for name in names if name not in experiments]
    if unknown:
        there = f"there are: {', '.join(experiments)}; models are named with --model"
        raise PlanError(f"no experiment is called {unknown[0]!r}; {there}")
    return [experiments[name] for name in names] or list(experiments.values())


def can_answer(model: Model, experiment: Experiment, given: Mapping[str, Any]) -> bool:
    """Whether a model can be asked, loaded with these settings. Weights that are not here yet are taken to allow it."""
    if model.server:
        return not given and not experiment.sparse
    if not (experiment.sparse or "experts_used" in given):
        return True
    there = inspect(model.path).experts if model.path else model.twin.get("experts")
    return there is None or max(1, given.get("experts_used", 0)) <= there


def _part_of(task: Task, shard: Shard) -> Task:
    return replace(task, cells=tuple(cell for cell in task.cells if shard.has(cell.item)), shard=shard)


def _with_done(task: Task, done: Mapping[str, bool], retry: bool) -> Task:
    keys = {cell.key for cell in task.cells}
    kept = {key: answered for key, answered in done.items() if key in keys and (answered or not retry)}
    return replace(task, done=kept)


def _task(
    settings: Settings,
    model: Model,
    experiment: Experiment,
    given: Mapping[str, Any],
    backend: str,
    where: Path,
    limit: int | None,
) -> Task:
    load = None
    engine: dict[str, Any] = {"server": model.server, "width": settings.get("width")}
    if model.server is None:
        load = Load(
            path=str(model.path or ""),
            threads=settings.get("threads") or machine.usable_cores(),
            gpu_layers=settings.get("gpu_layers") if backend != "cpu" else 0,
            **{"context": experiment.context, "width": settings.get("width"), **given},
        )
        engine = {"build": build_info.identity(), "backend": backend, **load.identity()}
    cells = tuple(itertools.islice(_cells(model, experiment, engine, given, settings.get("profile")), limit))
    return Task(model, experiment, load, engine, where, cells, {})


def _cells(
    model: Model, experiment: Experiment, engine: Mapping[str, Any], given: Mapping[str, Any], profile: str
) -> Iterator[Cell]:
    arms = [arm for arm in experiment.arms() if given.items() <= arm.items()]
    for item, arm in itertools.product(experiment.chosen(profile), arms):
        request = experiment.ask(item, arm)
        yield Cell(experiment.slug, experiment.version, model.identity, engine, arm, item, request, experiment.seed)


def seconds_left(task: Task) -> float | None:
    """What the cells left will take, from what cells of the same arm took here before; None before the first."""
    spent: dict[str, list[float]] = {}
    for entry in journal.entries(task.where):
        if entry.run.get("model", {}).get("sha256") == task.model.sha256:
            spent.setdefault(str(dict(entry.arm)), []).append(busy(entry.reply))
    if not spent:
        return None
    every = [seconds for arm in spent.values() for seconds in arm]
    return sum(_mean(spent.get(str(dict(cell.arm)), every)) for cell in task.left)


def busy(reply: Reply) -> float:
    """Seconds of engine time that a reply took, all turns together."""
    return reply.prompt_seconds + reply.seconds + sum(map(busy, reply.earlier))


def _mean(values: Iterable[float]) -> float:
    values = list(values)
    return sum(values) / len(values)
