"""Carrying out a plan on a Ray cluster: an actor for each loaded model, every reply kept here the moment it arrives.

    run(plan, settings, listener, "auto")                   the cluster that runs here, or that RAY_ADDRESS names
    run(plan, settings, listener, "ray://head:10001")       through the port for Ray's clients

Cells are lent to actors a share at a time. What an actor is lost with is lent again; Ray itself never repeats anything.
A pull and not a stream brings replies back, because Ray's client knows no streams of an actor.
"""

from __future__ import annotations

import logging
import math
import time
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import Timeout

from ...host.settings import Settings
from ...schema import Cell, Reply, failed_reply
from ...storage import journal
from ..local import (
    Listener,
    MachineError,
    RunOutcome,
    cells_to_ask,
    lock_of,
    run_record,
    sigterm_interrupts,
    waiting_message,
)
from ..plan import Plan, PlanError
from .actor import Actor, Unfit, check_kind, order
from .slots import Place, places
from .work_queue import LOSSES, Job

PATIENCE = 30
"""Seconds of silence after which it is said what is waited for."""

REASON = 300
"""Characters that are kept of why an actor was lost."""


@dataclass
class Worker:
    """An actor, the job it has loaded, and the cells it was lent, by the numbers that they have there."""

    place: Place
    actor: Any
    job: Job
    cells: dict[int, Cell] = field(default_factory=dict)
    replies: journal.Journal | None = None


def run(plan: Plan, settings: Settings, listener: Listener, address: str) -> RunOutcome:
    """Ask every cell that is left, on the nodes of a cluster. Raises `KeyboardInterrupt` (also on SIGTERM), `PlanError`
    and `MachineError`, `ModuleNotFoundError` where Ray is not installed; all kept by then stays kept."""
    if not settings.get("rig"):
        raise PlanError("the nodes of a cluster answer under one name, and this machine's is not theirs; give --rig")
    if any(task.model.server for task in plan.tasks):
        raise PlanError("a server is asked from here, not from a cluster; leave --on away")
    with _connected(address) as ray, sigterm_interrupts():
        crew = Crew(ray, plan, settings, listener)
        try:
            crew.work()
        finally:
            crew.dismiss()
    return crew.outcome


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    import ray

    # Nodes run the very code that is here, whatever is installed there: another engine might answer otherwise.
    ours = {"py_modules": [str(Path(__file__).parents[2])], "excludes": ["**/__pycache__"]}
    try:
        with warnings.catch_warnings(action="ignore"):
            ray.init(address, runtime_env=ours, log_to_driver=False, logging_level=logging.CRITICAL)
    except ImportError:
        raise
    except Exception as fault:  # Ray raises errors of its own, of its transport and of the system
        where = "the cluster that RAY_ADDRESS names, or that runs here," if address == "auto" else address
        cure = "start one with `ray start --head`, or give the address of one as ray://HOST:PORT"
        raise MachineError(f"{where} cannot be joined: {' '.join(str(fault).split())[:REASON]}; {cure}") from fault
    try:
        yield ray
    finally:
        ray.shutdown()


class Crew:
    """All actors of a run, and what is left for them."""

    def __init__(self, ray: Any, plan: Plan, settings: Settings, listener: Listener) -> None:
        self._ray, self._plan, self._settings, self._listener = ray, plan, settings, listener
        tasks = [task for task in plan.tasks if task.left]
        self._gpu = any(task.own_load.gpu_layers != 0 for task in tasks)
        self._jobs = [Job(task, order(task, settings), lock_of(task), list(task.left)) for task in tasks]
        self._workers: dict[Any, Worker] = {}
        self._losses: Counter[str] = Counter()
        self._unfit: dict[str, str] = {}
        self._kind = next(journal.machines(plan.data / "runs" / plan.rig), None)
        self._looked, self._silent = -math.inf, 0
        self.outcome = RunOutcome()

    def work(self) -> None:
        """Lend and collect until nothing is left, or nobody is left who could do it."""
        while any(job.left or job.lent for job in self._jobs):
            self._hire()
            if self._workers:
                ready, _ = self._ray.wait(list(self._workers), timeout=1.0)
                for ref in ready:
                    self._receive(ref, self._workers.pop(ref))
                self._wonder(bool(ready))
            elif any(job.blocked for job in self._jobs):
                time.sleep(1.0)
            else:
                break
        self.outcome.errors += [job.undone(self._unfit) for job in self._jobs if job.left]

    def _wonder(self, received: bool) -> None:
        """Say it once when nobody answers: actors wait for room as long as others have it, and weights take time."""
        self._silent = 0 if received else self._silent + 1
        if self._silent == PATIENCE and not any(worker.replies for worker in self._workers.values()):
            self._listener.say(
                f"waiting for {len(self._workers)} actors to find room on the cluster and weights for it"
            )

    def dismiss(self) -> None:
        """End every actor, whatever it is at."""
        for worker in self._workers.values():
            self._kill(worker)
            if worker.replies:
                worker.replies.close()
        for job in self._jobs:
            job.lock.release()

    # -- who does what -----------------------------------------------------------------------------------------------

    def _hire(self) -> None:
        """An actor for every place that is free and of use. Looks once a second: nodes come and go."""
        if self._workers and time.monotonic() < self._looked + 1.0:
            return
        self._looked = time.monotonic()
        taken = {worker.place for worker in self._workers.values()}
        for place in places(self._ray.nodes(), self._settings.get("threads"), self._gpu):
            if place not in taken and (job := self._neediest(place)):
                self._load(Worker(place, self._actor(place), job))

    def _actor(self, place: Place) -> Any:
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        there = NodeAffinitySchedulingStrategy(place.node, soft=False)
        options = {"num_cpus": place.cpus, "num_gpus": place.gpus, "scheduling_strategy": there}
        return self._ray.remote(Actor).options(**options).remote()

    def _neediest(self, place: Place) -> Job | None:
        """The job with the fewest actors that has cells for one more: each load is made as seldom as can be."""
        if place.node in self._unfit:
            return None
        workers = Counter(id(worker.job) for worker in self._workers.values())
        for job in sorted(self._jobs, key=lambda job: workers[id(job)]):
            if job.wants and place.node not in job.refused and self._begun(job):
                return job
        return None

    def _begun(self, job: Job) -> bool:
        """Whether the job is ours to do, and has anything left once that is known."""
        if not job.begun:
            try:
                job.lock.acquire(timeout=0)
            except Timeout:
                if not job.blocked:
                    self._listener.say(waiting_message(job.task))
                job.blocked = True
                return False
            job.begun, job.blocked, job.left = True, False, cells_to_ask(job.task)
            if job.left:
                self._listener.task(job.task, len(job.left))
        return bool(job.left)

    def _load(self, worker: Worker) -> None:
        worker.job.coming += 1
        threads = max(worker.place.cpus, 1)
        self._workers[worker.actor.load.remote(worker.job.order, threads, self._kind)] = worker

    # -- what comes back ---------------------------------------------------------------------------------------------

    def _receive(self, ref: Any, worker: Worker) -> None:
        errors = self._ray.exceptions
        try:
            received = self._ray.get(ref)
        except errors.RayTaskError as fault:
            self._refuse(worker, fault.cause)
        except errors.RayError as fault:
            self._lose(worker, " ".join(str(fault).split())[:REASON])
        else:
            self._answered(worker, received) if worker.replies else self._loaded(worker, received)

    def _loaded(self, worker: Worker, facts: Mapping[str, Any]) -> None:
        self._kind = self._kind or facts["machine"]
        try:
            check_kind(self._kind, facts["machine"], self._gpu)  # another node may have been first while it loaded
        except Unfit as fault:
            return self._refuse(worker, fault)
        task, worker.job.coming = worker.job.task, worker.job.coming - 1
        worker.replies = journal.Journal(task.where, run_record(self._plan, task, self._settings) | dict(facts))
        return self._go_on(worker)

    def _answered(self, worker: Worker, replies: Iterable[tuple[int, Reply]]) -> None:
        self._losses[worker.place.node] = 0
        for index, reply in replies:
            self._keep(worker, worker.cells.pop(index), reply)
        self._go_on(worker)

    def _keep(self, worker: Worker, cell: Cell, reply: Reply) -> None:
        assert worker.replies is not None  # cells are lent only to who has loaded the model
        worker.replies.keep(cell, reply)
        worker.job.lent -= 1
        self.outcome.count(reply)
        self._listener.reply(worker.job.task, reply)

    def _go_on(self, worker: Worker) -> None:
        """More of what is loaded; then another load in the same place; then nothing more."""
        if worker.cells:
            self._workers[worker.actor.replies.remote()] = worker
        elif share := worker.job.share(1 + sum(other.job is worker.job for other in self._workers.values())):
            worker.cells = dict(enumerate(share))
            self._workers[worker.actor.ask.remote([cell.request for cell in share])] = worker
        else:
            self._let_go(worker)

    def _let_go(self, worker: Worker) -> None:
        self._release(worker)
        if job := self._neediest(worker.place):
            self._load(Worker(worker.place, worker.actor, job))
        else:
            worker.actor.close.remote()  # the actor ends by itself once nobody knows of it any more

    def _refuse(self, worker: Worker, fault: BaseException) -> None:
        """A node cannot do this job, or none at all; others may."""
        unable = self._unfit if isinstance(fault, Unfit) else worker.job.refused
        unable[worker.place.node] = f"{worker.place.address}: {str(fault) or type(fault).__name__}"
        self._listener.say(f"left out: {unable[worker.place.node]}")
        self._let_go(worker)

    def _lose(self, worker: Worker, why: str) -> None:
        """An actor is gone, and perhaps its node. What it was lent is lent again."""
        place, job = worker.place, worker.job
        self._listener.say(f"lost an actor on {place.address}, {len(worker.cells)} cells are asked again: {why}")
        self._losses[place.node] += 1
        if self._losses[place.node] >= 2 * LOSSES:
            self._unfit[place.node] = f"{place.address}: {2 * LOSSES} actors were lost there in a row; the last: {why}"
        for index, cell in list(worker.cells.items()):
            if job.lose(cell):
                error = f"{LOSSES} actors were lost with it, the last of them asked nothing else: {why}"
                self._keep(worker, worker.cells.pop(index), failed_reply(error))
        self._kill(worker)
        self._release(worker)

    def _release(self, worker: Worker) -> None:
        """The actor has nothing to do with the job any more."""
        if worker.replies:
            worker.replies.close()
        else:
            worker.job.coming -= 1
        worker.job.take_back(list(worker.cells.values()))

    def _kill(self, worker: Worker) -> None:
        with suppress(Exception):  # it may be dead, and so may the cluster
            self._ray.kill(worker.actor)
