"""Time and memory against the number of finished cells: looking what is done, and from replies to the table.

    python -m tests.bench.scaling [CELLS ...]

The cells are synthetic: choices with a reply of usual size, written as a run would leave them. Each size is read in a
process of its own. Seconds of the processor. Linear means that a cell more costs the same at every size: between the
largest two sizes at most 1.3 times what it costs between the two before, in seconds and in bytes.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from runners.schema import Cell, Choose, Experiment, Item, Kind, Metric, Reply
from runners.storage import journal
from tests.bench.rows import Row, show, words
from tests.bench.startup import clean

SIZES, ARMS, SAID = (100, 1_000, 10_000, 100_000), 4, 40
RUN = {"rig": "bench-0000", "experiment": "synthetic", "version": 1, "profile": "full", "engine": {"width": 8},
       "model": {"slug": "none", "name": "None", "sha256": "0" * 64}}  # fmt: skip


def experiment(cells: int) -> Experiment:
    """So many cells: questions with two options, asked in four ways."""
    items = tuple(
        Item(f"q{n}", f"Is {n} more than {n * 7 % 50}?", {"right": n % 2}, {"kind": n % 5}, f"c{n // 4}")
        for n in range(cells // ARMS)
    )
    metrics = (Metric("right", Kind.SHARE, "share of questions"),)
    return Experiment("synthetic", 1, "Which is more?", items, {"way": tuple(range(ARMS))}, ask, score, metrics)


def ask(item: Item, arm) -> Choose:
    return Choose(f"{item.prompt} {'Think. ' * arm['way']}", (" yes", " no"), chat=False)


def score(item: Item, arm, reply: Reply) -> dict[str, float]:
    first, second = (total for total, _ in reply.options)
    return {"right": float((first > second) == (item.target["right"] == 0))}


def rows():
    sizes = tuple(map(int, words())) or SIZES
    with tempfile.TemporaryDirectory() as folder:
        found = {size: measured(Path(folder) / str(size), size) for size in sizes}
    for kind, name in (("done", "what is done"), ("table", "from replies to the table")):
        for size in sizes:
            yield Row(f"{name}, {size:,} cells", found[size][kind][0], "s CPU")
            yield Row(f"{name}, {size:,} cells, memory", found[size][kind][1] / 1e6, "MB")
        if len(sizes) > 2:
            for place, unit, scale in ((0, "microseconds", 1e6), (1, "bytes", 1)):
                told = {size: scale * found[size][kind][place] for size in sizes[-3:]}
                last, before = (_slope(told, *pair) for pair in (sizes[-2:], sizes[-3:-1]))
                what = f"{name}, a cell more from {sizes[-2]:,} to {sizes[-1]:,}"
                yield Row(what, last, unit, before, f"from {sizes[-3]:,} to {sizes[-2]:,}", most=1.3)


def _slope(told: dict[int, float], low: int, high: int) -> float:
    return (told[high] - told[low]) / (high - low)


def measured(home: Path, cells: int) -> dict[str, tuple[float, int]]:
    """What is measured -> (seconds, bytes of memory at most), each in a process of its own."""
    plant(home, cells)
    return {kind: _child(kind, home, cells) for kind in ("done", "table")}


def plant(home: Path, cells: int) -> None:
    """Keep a reply for every cell."""
    asked = experiment(cells)
    reply = Reply(prompt_tokens=SAID, stop="scored", options=((-1.25, 1), (-2.5, 1)), prompt_seconds=0.1)
    lines = [
        journal.encode(_cell(asked, item, arm), reply).rstrip(b"\n") for item in asked.items for arm in asked.arms()
    ]
    journal.add_journal(journal.folder(home / "data", RUN["rig"], asked.slug), "20260101T000000Z-00000000", RUN, lines)


def _cell(asked: Experiment, item: Item, arm) -> Cell:
    return Cell(asked.slug, 1, RUN["model"]["sha256"], RUN["engine"], arm, item, asked.ask(item, arm))


def _child(kind: str, home: Path, cells: int) -> tuple[float, int]:
    command = [sys.executable, "-m", "tests.bench.scaling", "--child", kind, str(home), str(cells)]
    done = subprocess.run(command, env=clean(home.parent), capture_output=True, text=True, check=True)
    return tuple(json.loads(done.stdout))


def child(kind: str, home: Path, cells: int) -> None:
    """Do it once; print seconds and bytes."""
    asked = experiment(cells)
    began = time.process_time()
    {"done": done, "table": table}[kind](home, asked)
    spent = time.process_time() - began
    print(json.dumps([spent, 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss]))


def done(home: Path, asked: Experiment) -> None:
    """What a run does before it says that nothing is left."""
    finished = journal.finished(journal.folder(home / "data", RUN["rig"], asked.slug))
    assert all(_cell(asked, item, arm).key in finished for item in asked.items for arm in asked.arms())


def table(home: Path, asked: Experiment) -> None:
    """What a build does before it judges: read, score, write the CSV."""
    from explainers.analysis.tables import tables
    from explainers.measurements.score import measure

    found = measure(home / "data", {asked.slug: asked})
    assert len(found.rows) == len(asked.items) * ARMS
    tables(found)


if __name__ == "__main__":
    child(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])) if "--child" in sys.argv else show(__file__, rows())
