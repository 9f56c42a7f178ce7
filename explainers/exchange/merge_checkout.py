"""Merging of one's own runs from another folder into data/runs: the parts of a run that were asked elsewhere.

What is here stays as it is, and a line that is here already is not taken again, so the same folder may be joined as
often as one likes, also while a run still writes to it. Lines that are torn or altered stay behind and are named.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from runners.storage import journal

from .merge import check_machine
from .submission import SubmissionError


@dataclass(frozen=True)
class Joined:
    """One journal of another folder: where it goes and what made it. `lines` are those that are new here."""

    file: str
    where: Path
    run: Mapping[str, Any]
    lines: Sequence[bytes]


def join(home: Path, folders: Sequence[Path], report: journal.ReadReport, rig: str = "") -> list[Joined]:
    """Take the journals of other folders into `home`/data/runs, under the name `rig` where one is given; those of
    `--limit` runs stay where they are.

    Raises `SubmissionError` for a folder without replies, and for one that holds another machine's under the name of a
    rig that is here: before anything is taken. Raises `OSError`; what was taken by then is whole.
    """
    runs = home / "data" / "runs"
    found = [one for folder in folders for one in _journals(folder, runs, report, rig)]
    for one in found:
        check_machine(one.run, one.file, (runs,))
    held = {where: journal.raw_lines(where) for where in {one.where for one in found}}
    return [_take(one, held[one.where]) for one in found]


def _journals(folder: Path, runs: Path, report: journal.ReadReport, rig: str) -> list[Joined]:
    inside = folder / "data" / "runs"
    places = sorted((inside if inside.is_dir() else folder).glob("*/*"))
    found = [
        Joined(f"{place}/{name}", runs / (rig or place.parent.name) / place.name, _named(run, place, rig), lines)
        for place in places
        if journal.LIMITED not in place.name
        for name, run, lines in journal.raw_journals(place, report)
    ]
    if not found:
        raise SubmissionError(f"{folder}: no replies lie here; name another checkout, or its data/runs")
    return found


def _named(run: Mapping[str, Any], place: Path, rig: str) -> dict[str, Any]:
    return {"machine": {}, "model": {}, **run, "rig": rig or place.parent.name}


def _take(one: Joined, held: set[bytes]) -> Joined:
    new = [line for line in one.lines if line not in held]
    held.update(new)
    if new:
        name = f"{Path(one.file).name}-{hashlib.sha256(b''.join(new)).hexdigest()[:16]}"
        journal.add_journal(one.where, name, one.run, new)
    return replace(one, lines=new)
