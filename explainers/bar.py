"""What is seen of a run on stderr: a bar with an ETA on a terminal, elsewhere a line now and then."""

from __future__ import annotations

import time
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from runners.plan import Task
from runners.run import Listener
from runners.schema import Reply


class Bar(Listener):
    """A bar on a terminal; elsewhere a line for every finished group of cells, and one a minute."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, soft_wrap=True)
        columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
        self._progress = Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=self._console)
        self._now: Any = None
        self._fetching: Any = None
        self._name, self._total, self._count, self._spoken = "", 0, 0, 0.0

    def __enter__(self) -> Bar:
        if self._console.is_terminal:
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._console.is_terminal:  # elsewhere it would leave an empty line
            self._progress.stop()

    def task(self, task: Task, cells: int) -> None:
        """See `Listener`."""
        self._name, self._total, self._count = f"{task.experiment.slug} on {task.model.name}", cells, 0
        self._now = self._progress.add_task(self._name, total=cells)
        self._fetching = None
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
            if self._fetching is None:
                self._fetching = self._progress.add_task("MB fetched", total=total // 1_000_000)
            self._progress.update(self._fetching, completed=done // 1_000_000)


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
