"""What `plan`, `run` and `status` show: a table on stdout, a bar with an ETA on stderr."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from runners import journal
from runners.plan import Plan, Task, make, seconds_left
from runners.run import Listener, Outcome
from runners.run import run as carry
from runners.schema import Reply
from runners.settings import Settings


class Bar(Listener):
    """A bar on a terminal; elsewhere a line for every finished group of cells, and one a minute."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        self._progress = Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=self._console)
        self._now: Any = None
        self._name, self._total, self._count, self._spoken = "", 0, 0, 0.0

    def __enter__(self) -> Bar:
        if self._console.is_terminal:
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def task(self, task: Task, cells: int) -> None:
        """See `Listener`."""
        self._name, self._total, self._count = f"{task.experiment.slug} on {task.model.name}", cells, 0
        self._now = self._progress.add_task(self._name, total=cells)
        self._began = self._spoken = time.monotonic()
        self.say(f"{self._name}: {cells} cells")

    def reply(self, reply: Reply) -> None:
        """See `Listener`."""
        self._count += 1
        self._progress.advance(self._now)
        if self._console.is_terminal:
            return
        if self._count == self._total or time.monotonic() - self._spoken > 60:
            self._spoken = time.monotonic()
            left = (self._spoken - self._began) / self._count * (self._total - self._count)
            self.say(f"{self._name}: {self._count} of {self._total} cells, about {_minutes(left)} left")

    def say(self, text: str) -> None:
        """See `Listener`."""
        self._console.print(text, highlight=False, markup=False)

    def fetched(self, done: int, total: int) -> None:
        """See `Listener`."""
        if self._console.is_terminal:
            self._now = self._now if self._now is not None else self._progress.add_task("fetching", total=total)
            self._progress.update(self._now, completed=done)


def carry_out(settings: Settings, names: Sequence[str], limit: int | None, retry: bool) -> int:
    """Run what is left; the exit code: 0, or 1 when a cell or a load failed."""
    plan = make(settings, names, limit, retry)
    if plan.report.set_aside:
        print(plan.report, file=sys.stderr)
    if not plan.left:
        print(f"nothing left to ask: {_done(plan)} cells are done on {plan.rig}", file=sys.stderr)
        return 1 if any(task.failed for task in plan.tasks) else 0
    with Bar() as bar:
        outcome = carry(plan, settings, bar)
    return _tell(plan, outcome)


def _tell(plan: Plan, outcome: Outcome) -> int:
    print(f"{outcome.answered} replies kept on {plan.rig}", file=sys.stderr)
    for error in outcome.errors:
        print(f"Error: {error}", file=sys.stderr)
    if outcome.failed:
        print(
            f"{outcome.failed} cells failed; see `incompressible status`, ask again with --retry-failed",
            file=sys.stderr,
        )
    return 1 if outcome.failed or outcome.errors else 0


def _done(plan: Plan) -> int:
    return sum(len(task.cells) - len(task.left) for task in plan.tasks)


def plan_rows(settings: Settings, names: Sequence[str], limit: int | None, retry: bool) -> list[dict[str, Any]]:
    """One row a load: what is done and left, and what the rest costs."""
    plan = make(settings, names, limit, retry)
    return [_plan_row(plan, task) for task in plan.tasks]


def _plan_row(plan: Plan, task: Task) -> dict[str, Any]:
    here = task.model.path or task.model.server
    seconds = seconds_left(task) if task.left else 0.0
    return {
        "rig": plan.rig,
        "experiment": task.experiment.slug,
        "model": task.model.name,
        "profile": plan.profile,
        "done": len(task.cells) - len(task.left) - task.failed,
        "failed": task.failed,
        "left": len(task.left),
        "fetch_mb": 0 if here else round(task.model.bytes / 1e6),
        "memory_mb": round(task.memory_bytes / 1e6) if task.memory_bytes else None,
        "disk_mb": round(len(task.left) * 0.012, 1),  # a journal line takes about 12 kB
        "minutes": None if seconds is None else round(seconds / 60, 1),
    }


def print_plan(rows: list[dict[str, Any]]) -> None:
    """The plan as a table on stdout."""
    _table(rows, unknown="not measured yet")


def status_rows(settings: Settings) -> list[dict[str, Any]]:
    """One row for each rig, experiment and model with kept replies; failures with their commonest reason."""
    rows = []
    for where in sorted((settings.get("home") / "data" / "runs").glob("*/*")):
        report = journal.Report()
        by_model: dict[str, list] = {}
        for entry in journal.entries(where, report):
            by_model.setdefault(entry.run.get("model", {}).get("name", "?"), []).append(entry)
        rows += [_status_row(where, name, entries, report) for name, entries in by_model.items()]
    return rows


def _status_row(where: Any, name: str, entries: list, report: journal.Report) -> dict[str, Any]:
    answered = {entry.key for entry in entries if not entry.reply.failed}
    failures = [entry.reply.error for entry in entries if entry.key not in answered]
    return {
        "rig": where.parent.name,
        "experiment": where.name,
        "model": name,
        "replies": len(answered),
        "failed": len(failures),
        "set_aside": len(report.set_aside),
        "reason": Counter(failures).most_common(1)[0][0][:200] if failures else "",
    }


def print_status(rows: list[dict[str, Any]]) -> None:
    """The status as a table on stdout."""
    if rows:
        _table(rows)
    else:
        print("nothing measured yet; start with `incompressible run`")


def _table(rows: list[dict[str, Any]], unknown: str = "") -> None:
    table = Table(box=None, pad_edge=False)
    for name in rows[0]:
        table.add_column(name, justify="right" if isinstance(rows[0][name], (int, float)) else "left", overflow="fold")
    for row in rows:
        table.add_row(*(unknown if value is None else str(value) for value in row.values()))
    Console(markup=False).print(table)


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
