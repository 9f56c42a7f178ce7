"""Planted runs as submissions, and homes that take them in."""

from __future__ import annotations

import dataclasses
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from explainers.analysis.tables import tables
from explainers.exchange.merge import merge
from explainers.exchange.submission import ENDING, Submission, SubmissionError
from explainers.exchange.submit import RunFile, make_submissions
from explainers.measurements.score import measure
from tests.helpers.planted import experiment, plant, usual

ASKED = experiment(per_depth=1)
EXPERIMENTS = {ASKED.slug: ASKED}
PRIVATE = {"/home/alice": "home folder", "alice": "login name", "alices-laptop": "host name"}
MACHINE = {"os": "linux", "arch": "x86_64", "cpu": "AMD EPYC", "cores_physical": 2, "memory_total": 25_000_000_000}


def home_of(folder: Path) -> Path:
    """A home that knows no model by name."""
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "models.toml").write_text("")
    return folder


def runs(home: Path) -> list[Path]:
    return sorted((home / "data" / "runs").rglob("*.run.json"))


def say(path: Path, **facts: Any) -> None:
    """Write other facts into what stands beside a journal; a part that is a dict is added to."""
    run = json.loads(path.read_text())
    for name, value in facts.items():
        run[name] = {**run.get(name, {}), **value} if isinstance(value, dict) else value
    path.write_text(json.dumps(run))


def measured(home: Path, answer: Any = usual, rig: str = "rig-a", machine: dict = MACHINE, **more: Any) -> Path:
    """A home with one more run in it, of a machine that says what it is."""
    before = set(runs(home))
    plant(home, answer, asked=ASKED, rig=rig, **more)
    for path in set(runs(home)) - before:
        say(path, machine=machine)
    return home


def made(home: Path, rig: str = "rig-a", **more: Any) -> list[RunFile]:
    return make_submissions(home / "data", rig, private=PRIVATE, say=lambda text: None, **more)


def one(home: Path, **more: Any) -> Submission:
    (found,) = made(home, **more)
    return found.submission


def put(folder: Path, submission: Submission) -> Path:
    """The file of a submission."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / submission.name
    path.write_bytes(submission.packed)
    return path


def forged(folder: Path, content: bytes) -> Path:
    """A file with any content under the name that is right for it: what somebody with bad intent would send."""
    import hashlib

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (hashlib.sha256(content).hexdigest() + ENDING)
    path.write_bytes(gzip.compress(content, mtime=0))
    return path


def bytes_of(home: Path) -> dict[str, bytes | None]:
    """Everything under data/runs, byte for byte; None for a folder."""
    where = home / "data" / "runs"
    found = {path: path.read_bytes() if path.is_file() else None for path in where.rglob("*")}
    return {str(path.relative_to(home)): content for path, content in found.items()} | {"there": where.exists() or None}


def told(home: Path) -> tuple:
    """All that a home's replies say: tables, failures, what is left out."""
    found = measure(home / "data", EXPERIMENTS)
    failed = [(row.key, row.error) for row in found.failed]
    return tables(found), failed, found.left_out, found.set_aside, [row.turns for row in found.rows]


def again(submission: Submission, **facts: Any) -> Submission:
    """The same replies under other facts."""
    return dataclasses.replace(submission, run={**submission.run, **facts})


def taken(home, *paths, **more):
    return [one.outcome for one in merge(home, paths, EXPERIMENTS, **more)]


def refused(home, *paths, **more):
    """What is said when files are refused; data/runs must be as it was."""
    before = bytes_of(home)
    with pytest.raises(SubmissionError) as fault:
        merge(home, paths, EXPERIMENTS, **more)
    assert bytes_of(home) == before
    assert str(fault.value).isprintable()
    return str(fault.value)
