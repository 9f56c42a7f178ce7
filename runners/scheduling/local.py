"""Carrying out a plan on this machine: load, ask, keep every reply the moment it is there.

Two runs never ask one cell twice: whoever works on a load holds its lock, and who had to wait for it looks again at
what is done. A lock ends with its process, however that ends.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from filelock import FileLock

from ..engine.protocol import Engine, EngineError, Limits, Load
from ..engine.quantize import quantize_to
from ..host import machine
from ..host.processes import hold_lock
from ..host.settings import Settings
from ..models.gguf_facts import inspect
from ..models.resolve import resolve
from ..schema import Cell, Reply, digest
from ..storage import journal
from .plan import Plan, Task

RECORDED = (
    "architecture", "parameters", "active_parameters", "context_length", "bits_per_weight", "bytes_per_token",
    "kv_bytes_per_token",
)  # fmt: skip
"""What the record of a run says of its weights, beside what they are called."""


class MachineError(Exception):
    """This machine cannot do what was asked of it. Says what to change."""


@dataclass
class RunOutcome:
    """What became of a run: cells answered and failed, and loads that could not be done at all."""

    answered: int = 0
    failed: int = 0
    errors: list[str] = field(default_factory=list)

    def count(self, reply: Reply) -> None:
        """A reply was kept, be it an answer or a failure."""
        self.failed += reply.failed
        self.answered += not reply.failed


class Listener:
    """What a run tells while it works. This one keeps quiet; a terminal shows a bar."""

    def task(self, task: Task, cells: int) -> None:
        """A task begins, with so many cells to ask."""

    def reply(self, task: Task, reply: Reply) -> None:
        """A reply to a cell of a task was kept."""

    def say(self, text: str) -> None:
        """Something worth a line."""

    def fetched(self, done: int, total: int) -> None:
        """So many bytes of the weights are here."""


def run(plan: Plan, settings: Settings, listener: Listener) -> RunOutcome:
    """Ask every cell that is left. Raises `KeyboardInterrupt` (also on SIGTERM) and `MachineError`; all kept by then
    stays kept."""
    outcome = RunOutcome()
    with sigterm_interrupts():
        for task in plan.tasks:
            try:
                if task.left:
                    _carry_out(plan, with_weights(task, settings, listener), settings, listener, outcome)
            except EngineError as fault:
                outcome.errors.append(str(fault))
    return outcome


def with_weights(task: Task, settings: Settings, listener: Listener) -> Task:
    """The task with its weights on this machine, in the type that it wants. Raises `models.ModelError`,
    `EngineError`."""
    task = _fetched(task, settings, listener)
    if not task.model.path or not task.load or not task.load.weights:
        return task
    name = f"{task.model.identity[:16]}-{task.load.weights.replace(' ', '-')}-{digest(task.engine['build'])[:8]}.gguf"
    path = settings.get("cache") / "quantized" / name
    if not path.exists():
        listener.say(f"quantizing {task.model.name} to {task.load.weights}")
    quantized = quantize_to(task.model.path, task.load.weights, path)
    return replace(task, load=replace(task.load, path=str(quantized), source=str(task.model.path)))


def _fetched(task: Task, settings: Settings, listener: Listener) -> Task:
    if task.model.path or task.model.server:
        return task
    listener.say(f"fetching {task.model.name} ({task.model.bytes / 1e6:,.0f} MB)")
    model = resolve(task.model.slug, settings.get("home"), settings.get("cache"), progress=listener.fetched)
    for passed in model.passed_over:
        listener.say(f"passed over {passed}")
    return replace(task, model=model, load=replace(task.own_load, path=str(model.path)))


def _carry_out(plan: Plan, task: Task, settings: Settings, listener: Listener, outcome: RunOutcome) -> None:
    with hold_lock(lock_of(task), listener.say, waiting_message(task)):
        cells = cells_to_ask(task)
        if not cells:
            return
        listener.task(task, len(cells))
        with engine_for(task, settings) as engine:
            replies = journal.Journal(
                task.where, run_record(plan, task, settings) | engine_record(task, engine, plan.data)
            )
            try:
                for index, reply in engine.answer([cell.request for cell in cells]):
                    replies.keep(cells[index], reply)
                    outcome.count(reply)
                    listener.reply(task, reply)
            finally:
                replies.close()


def engine_for(task: Task, settings: Settings) -> Engine:
    """The engine of a task, loaded. Raises `EngineError`, and `MachineError` where the machine is too small or a GPU
    that was asked for is not used."""
    limits = Limits(settings.get("load_seconds"), settings.get("cell_seconds"), _memory_limit(task, settings))
    if task.model.server:
        from ..engine.openai_engine import ServerEngine

        return ServerEngine(task.model.server, task.model.name, settings.get("width"), limits.cell_seconds)
    load = task.own_load
    _check_memory(task, load)
    from ..engine.subprocess_engine import ChildEngine

    engine = ChildEngine(load, limits)
    if load.gpu_layers != 0 and not engine.facts["offloaded"][0]:
        engine.close()
        raise MachineError(
            f"no layer of {task.model.name} went to a GPU, though the backend is {task.engine['backend']}; "
            "run `incompressible doctor`, or build for it with `make guide BACKEND=cuda` (metal, vulkan, hip)"
        )
    return engine


def _memory_limit(task: Task, settings: Settings) -> int | None:
    """What the user set; else all the machine has, so that nothing swaps. A GPU's driver maps far more than it uses."""
    if limit := settings.get("memory_gb"):
        return int(limit * 1e9)
    on_cpu = task.load is not None and task.load.gpu_layers == 0
    return machine.facts()["memory_total"] if on_cpu else None


def _check_memory(task: Task, load: Load) -> None:
    if load.gpu_layers != 0:  # then it is the GPU's memory that counts, and llama.cpp knows it best
        return
    needed, there = task.memory_bytes, machine.facts()["memory_available"]
    if needed is not None and needed > there:
        raise MachineError(
            f"{task.model.name} with {load.width} sequences of {load.context} tokens needs about "
            f"{needed / 1e9:.1f} GB, and {there / 1e9:.1f} GB are free; try --width 1"
        )


def cells_to_ask(task: Task) -> list[Cell]:
    """The cells of a task that nobody has answered by now. Whoever asks holds the task's lock."""
    done = journal.finished(task.where)
    return [cell for cell in task.left if not done.get(cell.key)]


def run_record(plan: Plan, task: Task, settings: Settings) -> dict[str, Any]:
    """What stands beside the replies of a task wherever it is carried out: what is asked, how, and by which code."""
    return {
        "rig": plan.rig,
        "experiment": task.experiment.slug,
        "version": task.experiment.version,
        "profile": plan.profile,
        "limit": plan.limit,
        "engine": dict(task.engine),
        "git": machine.git_state(plan.data.parent),
        "settings": {
            name: settings.get(name) for name in ("width", "threads", "gpu_layers", "profile", "cell_seconds")
        },
    }


def engine_record(task: Task, engine: Engine, data: Path) -> dict[str, Any]:
    """What stands beside the replies of a task and is found out where its engine runs: which weights, which machine.
    `data` is the folder whose disk counts."""
    model, weights = task.model, task.weights
    return {
        "model": {
            **{name: getattr(model, name) for name in ("slug", "name", "bytes", "source", "licence", "released")},
            "sha256": model.identity,
            **{name: getattr(weights, name) for name in RECORDED if weights},
            **({"twin": dict(model.twin)} if model.twin else {}),
        },
        **({"quantized": _quantized_record(Path(task.load.path))} if task.load and task.load.weights else {}),
        "llama_cpp": dict(engine.facts),
        "machine": machine.facts(data),
        "packages": machine.packages(),
    }


def _quantized_record(path: Path) -> dict[str, Any]:
    """What tensors became when they were quantized: a type whose blocks do not fit a row gives way to another."""
    found = inspect(path)
    return {"bytes": found.file_bytes, "bits_per_weight": found.bits_per_weight, "bytes_by_type": found.bytes_by_type}


def lock_of(task: Task) -> FileLock:
    """What one run at a time may hold, for it alone asks the cells of this task. It ends with its process."""
    task.where.mkdir(parents=True, exist_ok=True)
    name = digest({"engine": dict(task.engine), "model": task.model.identity})[:12]
    part = f"-{task.shard.part}-of-{task.shard.of}" if task.shard else ""  # parts have no cell in common
    return FileLock(lock_folder(task.where) / f"{name}{part}.lock")


def waiting_message(task: Task) -> str:
    """What is said when another run holds the lock of a task."""
    return f"another run is at work on {task.experiment.slug} with {task.model.name}; waiting for it"


def lock_folder(where: Path) -> Path:
    """Where the locks of an experiment lie: beside its journals, in a hidden folder."""
    folder = where / ".locks"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


_ENDINGS = [getattr(signal, name) for name in ("SIGTERM", "SIGBREAK") if hasattr(signal, name)]


@contextmanager
def sigterm_interrupts() -> Iterator[None]:
    """Let SIGTERM end a run the way Ctrl-C does, and on Windows Ctrl-Break and the closing of the console. Only where
    signals can be caught: in the main thread."""
    stop: Callable[..., None] = lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)  # noqa: E731
    try:
        before = {one: signal.signal(one, stop) for one in _ENDINGS}
    except ValueError:
        yield
        return
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
