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
class JoinedJournal:
    """One journal of another folder: where it goes and what made it. `lines` are those that are new here."""

    file: str
    where: Path
    run: Mapping[str, Any]
    lines: Sequence[bytes]


def join(home: Path, folders: Sequence[Path], report: journal.ReadReport, rig: str = "") -> list[JoinedJournal]:
    """Take the journals of other folders into `home`/data/runs, under the name `rig` where one is given; those of
    `--limit` runs stay where they are.

    Raises `SubmissionError` for a folder without replies, and for one that holds another machine's under the name of a
    rig that is here: before anything is taken. Raises `OSError`; what was taken by then is whole.
    """
    runs = home / "data" / "runs"
    found = [source for folder in folders for source in _journals(folder, runs, report, rig)]
    for source in found:
        check_machine(source.run, source.file, (runs,))
    lines_here = {where: journal.raw_lines(where) for where in {source.where for source in found}}
    return [_take(source, lines_here[source.where]) for source in found]


def _journals(folder: Path, runs: Path, report: journal.ReadReport, rig: str) -> list[JoinedJournal]:
    inside = folder / "data" / "runs"
    places = sorted((inside if inside.is_dir() else folder).glob("*/*"))
    found = [
        JoinedJournal(
            f"{place}/{name}", runs / (rig or place.parent.name) / place.name, _with_rig(run, place, rig), lines
        )
        for place in places
        if journal.LIMITED not in place.name
        for name, run, lines in journal.raw_journals(place, report)
    ]
    if not found:
        raise SubmissionError(f"{folder}: no replies lie here; name another checkout, or its data/runs")
    return found


def _with_rig(run: Mapping[str, Any], place: Path, rig: str) -> dict[str, Any]:
    return {"machine": {}, "model": {}, **run, "rig": rig or place.parent.name}


def _take(source: JoinedJournal, lines_here: set[bytes]) -> JoinedJournal:
    new = [line for line in source.lines if line not in lines_here]
    lines_here.update(new)
    if new:
        name = f"{Path(source.file).name}-{hashlib.sha256(b''.join(new)).hexdigest()[:16]}"
        journal.add_journal(source.where, name, source.run, new)
    return replace(source, lines=new)
