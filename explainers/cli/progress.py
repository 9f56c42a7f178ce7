"""Progress of a run on stderr: a bar with an ETA on a terminal, elsewhere a line now and then."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from runners.scheduling.local import Listener
from runners.scheduling.plan import Task
from runners.schema import Reply


@dataclass
class _Row:
    """What is shown of one task."""

    name: str
    total: int
    row: Any
    began_at: float
    reported_at: float
    count: int = 0


class Bar(Listener):
    """A bar on a terminal; elsewhere a line for every finished group of cells, and one a minute."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, soft_wrap=True)
        columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
        self._progress = Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=self._console)
        self._rows: dict[int, _Row] = {}
        self._fetching: Any = None

    def __enter__(self) -> Bar:
        if self._console.is_terminal:
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._console.is_terminal:  # elsewhere it would leave an empty line
            self._progress.stop()

    def task(self, task: Task, cells: int) -> None:
        """See `Listener`."""
        name, now = f"{task.experiment.slug} on {task.model.name}", time.monotonic()
        self._rows[id(task)] = _Row(name, cells, self._progress.add_task(name, total=cells), now, now)
        self._fetching = None
        self.say(f"{name}: {cells} cells")

    def reply(self, task: Task, reply: Reply) -> None:
        """See `Listener`."""
        task_row = self._rows[id(task)]
        task_row.count += 1
        self._progress.advance(task_row.row)
        if self._console.is_terminal:
            return
        if task_row.count == task_row.total or time.monotonic() - task_row.reported_at > 60:
            task_row.reported_at = time.monotonic()
            left = (task_row.reported_at - task_row.began_at) / task_row.count * (task_row.total - task_row.count)
            self.say(f"{task_row.name}: {task_row.count} of {task_row.total} cells, about {_minutes(left)} left")

    def say(self, text: str) -> None:
        """See `Listener`."""
        self._console.print(text, highlight=False, markup=False)

    def fetched(self, done: int, total: int) -> None:
        """See `Listener`."""
        if self._console.is_terminal:
            if self._fetching is None:
                self._fetching = self._progress.add_task("MB fetched", total=total // 1_000_000)
            self._progress.update(self._fetching, completed=done // 1_000_000)


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
