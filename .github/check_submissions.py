"""Would these replies be taken? Holds what a checkout adds against the checks of `incompressible merge`.

python .github/check_submissions.py PROPOSED    ends with 1 and one line where they would not

Run in the checkout that they are to come into. Submissions lie in PROPOSED/submissions, or are merged already into
PROPOSED/data/runs; of the latter every submission is made anew, so that both meet the same checks. What is here must be
there unaltered, because a reply that was kept is never lost. Takes them into data/runs of this checkout.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from explainers.exchange.merge import MergedFile, merge
from explainers.exchange.submission import ENDING, SubmissionError
from explainers.exchange.submit import make_submissions, write_files
from runners.experiments import find
from runners.schema import Experiment

RUNS, GIVEN = Path("data", "runs"), "submissions"


def taken(home: Path, proposed: Path, experiments: Mapping[str, Experiment]) -> list[MergedFile]:
    """What is new in `proposed`, taken into `home`. Raises `SubmissionError` where any of it would not be taken."""
    _refuse_altered(home / RUNS, proposed / RUNS)
    with tempfile.TemporaryDirectory() as folder:
        files = [*_remade(home, proposed, Path(folder)), *_given(proposed / GIVEN)]
        return merge(home, files, experiments)


def _refuse_altered(ours: Path, theirs: Path) -> None:
    for path in _files(ours):
        other = theirs / path.relative_to(ours)
        if not other.is_file() or other.read_bytes() != path.read_bytes():
            raise SubmissionError(f"{path.relative_to(ours)}: altered or taken away; what was kept stays as it is")


def _remade(home: Path, proposed: Path, scratch: Path) -> list[Path]:
    """The journals that only `proposed` has, as submissions."""
    added = [path.relative_to(proposed) for path in _files(proposed / RUNS)]
    added = [path for path in added if not (home / path).exists()]
    for path in added:
        (scratch / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(proposed / path, scratch / path)
    for rig in sorted({path.parts[2] for path in added}):
        made = make_submissions(scratch / "data", rig, say=_refuse, private={})
        write_files(made, scratch / GIVEN)
    return sorted((scratch / GIVEN).glob(f"*{ENDING}"))


def _given(folder: Path) -> list[Path]:
    for path in _files(folder):
        if not path.name.endswith(ENDING):
            raise SubmissionError(f"{path.name}: no submission; `incompressible submit --out DIR` makes them")
    return _files(folder)


def _files(folder: Path) -> list[Path]:
    """Every file below a folder. Raises `SubmissionError` for a link, which may lead anywhere."""
    return sorted(_checked(folder)) if folder.is_dir() else []


def _checked(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_symlink():
            raise SubmissionError(f"{path.name}: a link, and not a file")
        if path.is_file():
            yield path


def _refuse(text: str) -> None:
    raise SubmissionError(text)


if __name__ == "__main__":
    try:
        for one in taken(Path.cwd(), Path(sys.argv[1]), find()):
            print(f"{one.file}: {len(one.submission.lines)} replies, {one.outcome}")
    except SubmissionError as fault:
        sys.exit(f"Error: {fault}")
