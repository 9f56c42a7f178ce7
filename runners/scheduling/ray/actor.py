"""One loaded model on a node of a cluster, as `runners.scheduling.ray.driver` talks to it. Knows nothing of Ray.

An ordinary class that runs an ordinary engine, in a process of its own on the node. Which weights are meant is said by
their SHA-256; what is found or fetched under another is refused, and so is a node whose llama.cpp is another build than
the one that the keys of the cells were made with.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...engine import build_info
from ...engine.protocol import Engine, EngineError
from ...host import machine
from ...host import settings as configured
from ...host.settings import Settings
from ...models.catalog import CatalogEntry, read_catalog
from ...models.locate import obtain
from ...models.model import Model
from ...models.sources import HubFile, parse
from ...schema import Reply, Request
from ..local import Listener, MachineError, engine_for, engine_record, with_weights
from ..plan import Task

Inbox = queue.SimpleQueue[tuple[int, Reply] | Exception]
"""What an engine finished, and the fault that ended it."""

OWN = ("home", "cache")
"""The settings that a node has of its own; all others are the driver's."""


@dataclass(frozen=True)
class Order:
    """What a node needs to know to load the model of a task: the task without its cells, where the weights may come
    from, the driver's settings."""

    task: Task
    weights: CatalogEntry
    flags: Mapping[str, Any]


def order(task: Task, settings: Settings) -> Order:
    """What to send to a node. Raises `models.ModelError` where data/models.toml cannot be read."""
    bare = replace(task, experiment=replace(task.experiment, items=()), cells=(), done={})
    flags = {name: settings.get(name) for name in settings if name not in OWN}
    return Order(bare, _sought(task.model, settings.get("home")), flags)


def _sought(model: Model, home: Path) -> CatalogEntry:
    """The weights of a model, whether data/models.toml has it or not, for a machine that may have neither."""
    listed = read_catalog(home).get(model.slug)
    sources = listed.sources if listed and listed.sha256 == model.sha256 else tuple(_hub(model))
    # A folder that nodes share has the file at the same place as here.
    here = [str(home / path) for path in map(parse, sources) if isinstance(path, Path)]
    at = [str(model.path)] if model.path else []
    facts = {name: getattr(model, name) for name in ("slug", "name", "licence", "sha256", "bytes", "chat", "twin")}
    return CatalogEntry(**facts, released=model.released or "", sources=(*sources, *dict.fromkeys(here + at)))


def _hub(model: Model) -> Iterator[str]:
    if model.source.startswith("hf:") and isinstance(wanted := parse(model.source), HubFile):
        yield f"hf:{wanted.repository}{f'@{model.revision}' if model.revision else ''}:{wanted.file}"


class Unfit(MachineError):
    """A node can do nothing for this run, whatever the model."""


class Actor:
    """Loads one model at a time and answers requests, some while others are still being worked on."""

    def __init__(self) -> None:
        self._engine: Engine | None = None
        self._inbox: Inbox = queue.SimpleQueue()
        self._asking: threading.Thread | None = None

    def load(self, order: Order, threads: int, kind: Mapping[str, Any] | None) -> dict[str, Any]:
        """Load what is ordered in place of what is loaded; what is to stand beside its replies. `kind` is a machine of
        the kind that is wanted. Raises `Unfit`, `ModelError`, `EngineError`, `MachineError`, `SettingError` and
        `OSError`."""
        self.close()
        self._inbox = queue.SimpleQueue()  # an engine that is closed before it said that it is done has a last word
        check_build(order.task)
        if kind:
            check_kind(kind, machine.facts(), order.task.own_load.gpu_layers != 0)
        own = configured.load(order.flags)
        task = with_weights(_here(order, own, threads), own, Listener())
        self._engine = engine_for(task, own)
        return engine_record(task, self._engine, own.get("cache"))

    def ask(self, requests: Sequence[Request]) -> list[tuple[int, Reply]]:
        """Begin with these requests; the first replies, as `replies` gives them."""
        if self._asking is not None:
            self._asking.join()  # its last reply is out, but its engine has still to say that it is done
        self._asking = threading.Thread(target=self._answer, args=(self._engine, self._inbox, requests), daemon=True)
        self._asking.start()
        return self.replies()

    def replies(self) -> list[tuple[int, Reply]]:
        """(index, reply) of all that was finished since the last call; waits for one. Raises `EngineError`."""
        finished: list[tuple[int, Reply]] = []
        while not (finished and self._inbox.empty()):
            answer = self._inbox.get()
            if not isinstance(answer, Exception):
                finished.append(answer)
            elif finished:
                self._inbox.put(answer)  # what was finished before it goes first
                break
            else:
                raise answer
        return finished

    def close(self) -> None:
        """End the engine. May be called twice."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    def _answer(self, engine: Engine, inbox: Inbox, requests: Sequence[Request]) -> None:
        try:
            for answer in engine.answer(requests):
                inbox.put(answer)
        except (EngineError, OSError) as fault:
            inbox.put(fault)


def check_build(task: Task) -> None:
    """Raises `Unfit` where llama.cpp is another build here than where the cells were planned: replies would be kept
    under keys that are not theirs."""
    if (here := build_info.identity()) != task.engine["build"]:
        raise Unfit(
            f"its llama.cpp is {here}, and the cells were planned for {task.engine['build']}; give all machines one "
            "environment, such as one image or one shared folder"
        )


def check_kind(rig: Mapping[str, Any], here: Mapping[str, Any], gpu: bool) -> None:
    """Raises `Unfit` where a machine is not of the kind that a rig is."""
    if fact := machine.first_difference(rig, here, gpu):
        raise Unfit(
            f"its {fact} is {here[fact]}, and the rig's is {rig[fact]}; give nodes of each kind their own --rig"
        )


def _here(order: Order, own: Settings, threads: int) -> Task:
    """The task with its weights on this node. Where they lie is nobody's business but the node's."""
    model = obtain(order.weights, own.get("home"), own.get("cache"))
    source = order.task.model.source if Path(model.source).is_absolute() else model.source
    model = replace(order.task.model, path=model.path, source=source)
    return replace(order.task, model=model, load=replace(order.task.own_load, path=str(model.path), threads=threads))
