"""Merging of submissions from strangers into data/runs: all of them, or none and not a byte changed.

A file is taken only when every reply answers a question that is asked today, under a key that is the digest of exactly
that question, and when it can be scored. Nothing that was kept is ever overwritten, and a cell that a rig has answered
keeps its answer. What nobody can check from here is whether the replies are really those of that model.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isinf
from pathlib import Path
from typing import Any

from runners.host import machine
from runners.models.catalog import read_catalog
from runners.schema import Cell, Experiment, canonical
from runners.storage import journal

from ..measurements.completeness import UNFINISHED
from ..measurements.score import Measurements, measure
from .submission import Submission, SubmissionError, read_submission

MERGED, HERE = "merged", "already here"


@dataclass(frozen=True)
class MergedFile:
    """What became of a file: it was merged, or all of it is here already. `journal` is what it is called here."""

    file: str
    journal: str
    submission: Submission
    outcome: str


def merge(home: Path, paths: Sequence[Path], experiments: Mapping[str, Experiment], rig: str = "") -> list[MergedFile]:
    """Take files into `home`/data/runs, under the name `rig` where one is given. Raises `SubmissionError`, `OSError`;
    data/runs is then as it was."""
    runs, merged = home / "data" / "runs", []
    with tempfile.TemporaryDirectory() as folder:
        staged = Path(folder) / "runs"
        for path in paths:
            incoming = _read(path, rig)
            _check(incoming, home, experiments)
            if not _is_merged(incoming, (runs, staged)) and not _has_replies(incoming, (runs, staged)):
                incoming = replace(incoming, outcome=MERGED)
                _place(incoming, staged)
            merged.append(incoming)
    _write([incoming for incoming in merged if incoming.outcome == MERGED], runs)
    return merged


def _read(path: Path, rig: str) -> MergedFile:
    """A file, not taken yet. Readers of its journal go by the start first, and the digest tells all others from it."""
    submission = read_submission(path)
    name = f"{submission.run['started']}-{submission.digest[:32]}"
    run = {**submission.run, "rig": rig or submission.run["rig"]}
    return MergedFile(path.name, name, replace(submission, run=run), HERE)


def _place(incoming: MergedFile, runs: Path) -> tuple[Path, Path]:
    run = incoming.submission.run
    where = journal.folder(runs.parent, run["rig"], run["experiment"])
    return journal.add_journal(where, incoming.journal, run, incoming.submission.lines)


def _is_merged(incoming: MergedFile, places: Sequence[Path]) -> bool:
    """Whether the same file was taken before, under whatever name of a rig."""
    return any(journal.has_journal(where, incoming.journal) for runs in places for where in runs.glob("*/*"))


def _check(incoming: MergedFile, home: Path, experiments: Mapping[str, Experiment]) -> None:
    """Raises `SubmissionError` unless all of it can be counted today."""
    submission, name = incoming.submission, incoming.file
    experiment = experiments.get(submission.run["experiment"])
    if experiment is None or submission.run["version"] != experiment.version:
        asked = f"{submission.run['experiment']} version {submission.run['version']}"
        raise SubmissionError(f"{name}: nobody asks {asked} here; bring both checkouts up to date and run it again")
    _check_model(submission.run["model"], name, home)
    _check_cells(submission, name, experiment)
    _check_scores(incoming, experiment)


def _check_model(model: Mapping[str, Any], name: str, home: Path) -> None:
    """Nobody may lend a known model's name to other weights, nor call a model one of the twins."""
    entry = read_catalog(home).get(model["slug"])
    if entry is not None and entry.sha256 != model["sha256"]:
        raise SubmissionError(f"{name}: field run.model.sha256 is not that of {model['slug']} in data/models.toml")
    if model.get("twin", {}) != (dict(entry.twin) if entry else {}):
        raise SubmissionError(f"{name}: field run.model.twin is not what data/twins/models.toml says of it")


def _check_cells(submission: Submission, name: str, experiment: Experiment) -> None:
    items, arms = {item.id: item for item in experiment.items}, {canonical(arm): arm for arm in experiment.arms()}
    run = submission.run
    for number, answer in enumerate(submission.answers, start=2):
        item, arm = items.get(answer["item"]), arms.get(canonical(answer["arm"]))
        if item is None or item.hash != answer["hash"] or arm is None:
            raise SubmissionError(f"{name}, line {number}: {experiment.slug} does not ask that; run it again")
        request, sha256 = experiment.ask(item, arm), run["model"]["sha256"]
        cell = Cell(experiment.slug, experiment.version, sha256, run["engine"], arm, item, request, experiment.seed)
        if answer["key"] != cell.key or answer["seed"] != experiment.seed:
            raise SubmissionError(f"{name}, line {number}: field key is not the digest of what was asked")


def _check_scores(incoming: MergedFile, experiment: Experiment) -> None:
    """The code that will read it decides whether it can be read."""
    with tempfile.TemporaryDirectory() as folder:
        _place(incoming, Path(folder) / "runs")
        try:
            found = measure(Path(folder), {experiment.slug: experiment})
        except Exception as fault:  # whatever a stranger's reply does to a score must not end somebody's build
            raise SubmissionError(f"{incoming.file}: {fault}") from fault
    counted = len(found.rows) + len(found.failed) + found.left_out.get((experiment.slug, UNFINISHED), 0)
    if counted != len(incoming.submission.lines) or found.set_aside or _has_infinite_score(found):
        raise SubmissionError(f"{incoming.file}: not every reply of it can be scored")


def _has_infinite_score(found: Measurements) -> bool:
    return any(isinf(value) for row in found.rows for value in row.metrics.values())


def _has_replies(incoming: MergedFile, places: Sequence[Path]) -> bool:
    """Whether all its replies are kept already. Raises `SubmissionError` where it speaks for another machine under the
    name of a rig that is here, or answers anew what that rig has answered."""
    submission, name = incoming.submission, incoming.file
    check_machine(submission.run, name, places)
    rig, experiment = submission.run["rig"], submission.run["experiment"]
    folders = [journal.folder(runs.parent, rig, experiment) for runs in places]
    lines_here = set().union(*map(journal.raw_lines, folders))
    answers = {answer["key"] for answer in map(json.loads, lines_here) if not answer["reply"].get("error")}
    for number, (line, answer) in enumerate(zip(submission.lines, submission.answers, strict=True), start=2):
        if line not in lines_here and answer["key"] in answers and not answer["reply"].get("error"):
            raise SubmissionError(
                f"{name}, line {number}: rig {rig} has another answer to that cell already, and a kept one stays; "
                "if this is another machine, take it in under another name with --as NAME"
            )
    return lines_here.issuperset(submission.lines)


def check_machine(run: Mapping[str, Any], name: str, places: Sequence[Path]) -> None:
    """Raises `SubmissionError` where the rig of a run is here already and is another machine."""
    theirs = run["machine"]
    for ours in (facts for runs in places for facts in journal.machines(runs / run["rig"])):
        if fact := machine.first_difference(ours, theirs):
            raise SubmissionError(
                f"{name}: the rig {run['rig']} here has {fact} {ours[fact]}, and there it has {theirs[fact]}, so they "
                "are two machines; take the file in under another name with --as NAME"
            )


def _write(merged: Sequence[MergedFile], runs: Path) -> None:
    placed: list[Path] = []
    before = _folders(runs)
    try:
        for incoming in merged:
            placed += _place(incoming, runs)
    except BaseException:
        for path in placed:
            path.unlink(missing_ok=True)
        for folder in sorted(_folders(runs) - before, reverse=True):  # what is inside comes before what it is in
            folder.rmdir()
        raise


def _folders(runs: Path) -> set[Path]:
    return {path for path in (runs, *runs.glob("*"), *runs.glob("*/*")) if path.is_dir()}
