"""What every script here has in common: rows of figures, printed and, with `--keep`, written to data/bench.json.

A row holds our figure and, where there is one, the figure that it is held against, both taken in one run. The page
docs/contributing/performance.md takes its tables from data/bench.json, and `make bench` writes both anew.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from runners.host import machine
from runners.storage.atomic import write_whole

# As in the engine's own process, and before OpenMP is loaded: threads that spin while they wait spoil busy machines.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")

HOUSE = Path(__file__).parents[2]
RESULTS = HOUSE / "data" / "bench.json"


@dataclass(frozen=True)
class Row:
    """One figure.

    what     what was measured, its size included
    ours     our figure, in `unit`
    theirs   the figure it is held against, in the same unit; `against` says whose it is
    least    the least that the ratio ours / theirs may be (without theirs: that ours may be)
    most     the most that it may be
    """

    what: str
    ours: float
    unit: str
    theirs: float | None = None
    against: str = ""
    least: float | None = None
    most: float | None = None

    @property
    def ratio(self) -> float | None:
        """Ours over theirs."""
        return self.ours / self.theirs if self.theirs else None

    @property
    def met(self) -> bool | None:
        """Whether the bound is kept; None where there is none."""
        if self.least is None and self.most is None:
            return None
        judged = self.ours if self.ratio is None else self.ratio
        return (self.least is None or judged >= self.least) and (self.most is None or judged <= self.most)

    @property
    def bound(self) -> str:
        """The bound in words."""
        return (
            f"at least {self.least:g}"
            if self.least is not None
            else ""
            if self.most is None
            else f"at most {self.most:g}"
        )

    def __str__(self) -> str:
        beside = f"   {self.against} {said(self.theirs)}   ratio {said(self.ratio)}" if self.theirs else ""
        verdict = {True: "met", False: "MISSED", None: ""}[self.met]
        return f"{self.what}: {said(self.ours)} {self.unit}{beside}   {self.bound} {verdict}".rstrip()


def said(value: float | None) -> str:
    """A figure with three digits that count."""
    if value is None:
        return ""
    return (
        f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}" if abs(value) >= 0.1 or not value else f"{value:.2g}"
    )


def show(script: str, rows: Iterable[Row]) -> None:
    """Print rows as they come; with `--keep` among the arguments put them in the place of this script's last ones."""
    busy, found = os.getloadavg()[0], []
    for row in rows:
        print(row, flush=True)
        found.append(asdict(row))
    if "--keep" in sys.argv and found:
        _keep(Path(script).stem, found, busy)


def words() -> list[str]:
    """What the script was asked beside `--keep`."""
    return [word for word in sys.argv[1:] if word != "--keep"]


def _keep(name: str, found: list[dict[str, Any]], busy: float) -> None:
    results = kept()
    facts = machine.facts()
    results[name] = {
        "command": " ".join(["python", "-m", f"tests.bench.{name}", *words()]),
        "at": datetime.now(UTC).date().isoformat(),
        "machine": f"{facts['cores_usable']} cores of {facts['cpu']}, {facts['memory_total'] / 1e9:.0f} GB",
        "load": round(busy, 2),
        "rows": found,
    }
    write_whole(RESULTS, json.dumps(results, indent=1, sort_keys=True) + "\n")


def kept() -> dict[str, Any]:
    """The results on disk, by script: command, day, machine, load of the machine at its start, rows."""
    return json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}


def in_turn(*ways: Callable[[], Any], times: int = 3) -> list[list[Any]]:
    """What each way gives, so many times; ways take turns, so that a busy minute of the machine falls on all."""
    rounds = [[way() for way in ways] for _ in range(times)]
    return [list(one) for one in zip(*rounds, strict=True)]


def seconds(way: Callable[[], Any]) -> Callable[[], float]:
    """The same, giving how long it took."""

    def timed() -> float:
        began = time.perf_counter()
        way()
        return time.perf_counter() - began

    return timed


def least(*ways: Callable[[], Any], times: int = 3) -> Iterator[float]:
    """The least seconds that each way took: whoever shares the machine makes work slower, and never faster."""
    return map(min, in_turn(*map(seconds, ways), times=times))
