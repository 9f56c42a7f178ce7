"""The runs of one rig as submissions: one file for each, checked before anybody sees it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runners.storage import journal
from runners.storage.atomic import write_whole

from .redact import count_mentions, drop_failures, private_words, prune_facts, refuse_private
from .submission import Submission, check_submission


@dataclass(frozen=True)
class RunFile:
    """One run to be given: the journal it is made of, and how many replies mention this machine or its user."""

    journal: str
    submission: Submission
    mentions: int


def make_submissions(
    data: Path,
    rig: str,
    allowed: Iterable[str] = (),
    only_answers: bool = False,
    say: Callable[[str], object] = print,
    private: Mapping[str, str] | None = None,
) -> list[RunFile]:
    """Every run of a rig that can be contributed, with what is left out said. Raises `SubmissionError`, naming the
    journal and the field, where one holds what must not leave this machine (`private`, this machine's own words unless
    given)."""
    private = private_words() if private is None else private
    report, left_out = journal.ReadReport(), Counter[str]()
    files: list[RunFile] = []
    for name, run, lines in _runs(data / "runs" / rig, report, left_out):
        lines = drop_failures(lines) if only_answers else lines
        if lines:
            submission = check_submission(Submission(prune_facts(run), tuple(lines)))
            refuse_private(submission, name, private, allowed)
            files.append(RunFile(name, submission, count_mentions(submission, private)))
    for path, number, why in report.set_aside:
        say(f"{path.name}:{number}: {why}; left out")
    for why, many in left_out.items():
        say(f"{many} left out: {why}")
    return files


def _runs(
    rig: Path, report: journal.ReadReport, left_out: Counter[str]
) -> Iterator[tuple[str, Mapping[str, Any], list[bytes]]]:
    for where in sorted(path for path in rig.glob("*") if path.is_dir()):
        for name, run, lines in journal.raw_journals(where, report):
            if journal.LIMITED in where.name:
                left_out["runs with --limit, which are no fair sample"] += 1
            elif "server" in run.get("engine", {}):
                left_out["runs of a server, since nobody can check which weights answered"] += 1
            else:
                yield f"{where.name}/{name}.jsonl", run, lines


def write_files(files: Iterable[RunFile], out: Path) -> None:
    """Every file into a folder, which is made where it is missing. Raises `OSError`."""
    out.mkdir(parents=True, exist_ok=True)
    for file in files:
        write_whole(out / file.submission.name, file.submission.packed)


def summary_row(file: RunFile) -> dict[str, Any]:
    """What a reader sees of a file."""
    run, failed = file.submission.run, sum(bool(answer["reply"].get("error")) for answer in file.submission.answers)
    return {
        "journal": file.journal,
        "rig": run["rig"],
        "model": run["model"]["name"],
        "replies": len(file.submission.lines) - failed,
        "failed": failed,
        "bytes": len(file.submission.packed),
        "mentions": file.mentions,
        "file": file.submission.name,
    }


def json_row(file: RunFile) -> dict[str, Any]:
    """What a program sees of a file: the same, and all that it says of the run."""
    return {**summary_row(file), "run": dict(file.submission.run)}


def list_facts(files: Iterable[RunFile]) -> dict[str, str]:
    """All that the files say of their runs, each fact with its values in order: the first few, and how many more."""
    values: dict[str, set[str]] = {}
    for file in files:
        for name, value in _flatten(file.submission.run):
            values.setdefault(name, set()).add(str(value))
    return {name: _first_few(sorted(found)) for name, found in values.items()}


def _flatten(facts: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in facts.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{before}{name}.")
        else:
            yield before + name, value


def _first_few(values: list[str], many: int = 3) -> str:
    more = f", and {len(values) - many} more" if len(values) > many else ""
    return ", ".join(values[:many]) + more
