"""Kill a real run without warning at 50 random moments, finish it, and compare it with an undisturbed one.

    python tests/bench/kills.py                        both runs are made here, in a project of their own
    python tests/bench/kills.py --against RIG          the undisturbed one is already in data/runs/RIG

Prints what was lost, repeated and changed; all three must be 0. The kills alone take about seven minutes.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

from runners import journal

sys.path.insert(0, str(Path(__file__).parent.parent / "runners"))
from command import finish, killed_after, project

KILLS, SOONEST, LATEST = 50, 2.0, 14.0
EXPERIMENT = "json-fidelity"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = project(Path(folder) / "disturbed")
        lost = disturb(home / "data" / "runs" / "here-0000" / EXPERIMENT, home)
        finish(home, "run")
        disturbed = replies(home / "data" / "runs" / "here-0000" / EXPERIMENT)
        undisturbed = replies(reference(Path(folder)))
    repeated = sum(len(texts) - 1 for texts in disturbed.values())
    common = disturbed.keys() & undisturbed.keys()
    changed = sum(disturbed[key][0] != undisturbed[key][0] for key in common)
    print(f"{KILLS} kills, {len(disturbed)} cells: {lost} lost, {repeated} repeated")
    print(f"against the undisturbed run: {len(common)} cells in common, {changed} changed")
    sys.exit(bool(lost or repeated or changed or not common))


def disturb(where: Path, home: Path) -> int:
    """How many finished replies were gone after some kill."""
    draw, before, lost = random.Random(1), Counter(), 0
    for number in range(KILLS):
        killed_after(draw.uniform(SOONEST, LATEST), home, "run")
        now = Counter({key: len(texts) for key, texts in replies(where).items()})
        lost += sum((before - now).values())
        before = now
        print(f"kill {number + 1}: {len(now)} cells kept", file=sys.stderr)
    return lost


def reference(folder: Path) -> Path:
    if "--against" in sys.argv:
        return Path("data/runs") / sys.argv[sys.argv.index("--against") + 1] / EXPERIMENT
    home = project(folder / "undisturbed")
    finish(home, "run")
    return home / "data" / "runs" / "here-0000" / EXPERIMENT


def replies(where: Path) -> dict[str, list[tuple]]:
    """key -> what was said, text and log-probabilities of every turn, once for each line that holds it."""
    found: dict[str, list[tuple]] = {}
    for entry in journal.entries(where):
        turns = (*entry.reply.earlier, entry.reply)
        found.setdefault(entry.key, []).append(tuple((turn.text, turn.logprobs) for turn in turns))
    return found


if __name__ == "__main__":
    main()
