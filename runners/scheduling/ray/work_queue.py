"""Queue of a task's cells on a cluster: lent to actors a share at a time, and lent again when lost."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from filelock import FileLock

from ...schema import Cell
from ..plan import Task
from .actor import Order

LOSSES = 3
"""Actors that may be lost with a cell before it counts as failed. It is asked alone before that, as the child process
of an engine does it, so that one bad question costs no other."""

SHARE = 4
"""Cells for each sequence of a batch that an actor is lent at least."""


@dataclass
class Job:
    """A task that is being carried out.

    left      cells that nobody has, those that were lost most often first
    lent      how many cells actors have
    coming    actors that are loading it, and have no cells yet
    begun     its lock is ours; `blocked`: another run has it
    losses    how often a cell was lost, by its key
    refused   nodes that cannot do it, each with the reason
    """

    task: Task
    order: Order
    lock: FileLock
    left: list[Cell] = field(default_factory=list)
    lent: int = 0
    coming: int = 0
    begun: bool = False
    blocked: bool = False
    losses: Counter[str] = field(default_factory=Counter)
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def least(self) -> int:
        """The cells of the smallest share that keeps an engine busy."""
        return SHARE * self.task.own_load.width

    @property
    def wants(self) -> bool:
        """Whether there are cells for one more actor."""
        return len(self.left) > self.coming * self.least

    def share(self, workers: int) -> list[Cell]:
        """What one of so many actors is lent next: half of its part, so that all are done at about one time. A cell
        that is under suspicion is lent alone."""
        size = max(self.least, math.ceil(len(self.left) / (2 * workers)))
        if self.left and self.losses[self.left[0].key] == LOSSES - 1:
            size = 1
        share, self.left = self.left[:size], self.left[size:]
        self.lent += len(share)
        return share

    def lose(self, cell: Cell) -> bool:
        """Note that an actor is gone that had this cell; whether that was once too often."""
        self.losses[cell.key] += 1
        return self.losses[cell.key] >= LOSSES

    def take_back(self, cells: Sequence[Cell]) -> None:
        """These were lent, and are to be lent again. Who is done with everything lets go of the lock."""
        self.lent -= len(cells)
        self.left = sorted([*cells, *self.left], key=lambda cell: -self.losses[cell.key])
        if self.begun and not (self.left or self.lent):
            self.lock.release()

    def undone(self, unfit: Mapping[str, str]) -> str:
        """What is said when nobody is left to do it; `unfit` are nodes that can do nothing at all, with the reasons."""
        reasons = dict.fromkeys([*unfit.values(), *self.refused.values()]) or ["no node has room for it"]
        of = f"{self.task.experiment.slug} with {self.task.model.name}"
        return f"{len(self.left)} cells of {of} were not asked, for no node was left to do it: " + "; ".join(reasons)
