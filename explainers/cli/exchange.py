"""The verbs `compare`, `submit` and `merge`: runs set beside the published ones, packed for others, and taken in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from .errors import load_settings, plain_errors

RIG = click.option("--rig", help="The rig whose replies are meant; this machine's unless given.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command()
@click.argument("experiments", nargs=-1, metavar="[EXPERIMENT]...")
@RIG
@click.option("--against", default="", metavar="SLUG", help="Also set each model beside this one of the other rigs.")
@JSON
def compare(experiments: tuple[str, ...], rig: str | None, against: str, as_json: bool) -> None:
    """Set one machine's replies beside those of all other rigs in data/runs, the published ones.

    Where both have the same weights, the same questions are paired. A speed is shown beside the other machine's, and
    never subtracted from it.
    """
    with plain_errors():
        from ..analysis.compare_text import json_row

        entries, summary = _compare_rigs(load_settings(rig=rig), experiments, against)
        click.echo(summary, err=bool(entries) or as_json)
        if as_json:
            click.echo(json.dumps([json_row(entry) for entry in entries], indent=2))
        elif entries:
            _show_comparisons(entries)


def _show_comparisons(entries: list[Any]) -> None:
    from ..analysis.compare_text import text_row
    from . import output

    output.show([text_row(entry) for entry in entries])


def _compare_rigs(settings: Any, experiments: tuple[str, ...], against: str) -> tuple[list[Any], str]:
    """The comparison, and a sentence about it or about what to do to get one. Raises `PlanError`."""
    from runners.scheduling.plan import find_experiments

    from ..analysis.compare_rigs import compare, list_rigs
    from ..analysis.compare_text import summarize
    from ..measurements.score import measure

    mine, wanted = _rig(settings), {entry.slug: entry for entry in find_experiments(experiments)}
    rigs = _list_rigs(settings.get("home"))
    if why_not := _explain_too_few(mine, rigs, settings.origin("rig") != "default"):
        return [], why_not
    rows = measure(settings.get("home") / "data", wanted).rows
    _require_model(rows, mine, against)
    entries = compare(rows, wanted, mine, list_rigs(rows), against)
    if not entries:
        return [], f"no reply of {mine} counts yet for {', '.join(experiments) or 'any experiment'}; finish it with " \
                   "`incompressible run`"  # fmt: skip
    return entries, summarize(entries)


def _explain_too_few(mine: str, rigs: list[str], named: bool) -> str:
    """What to do where there are no two machines to compare. Raises `PlanError` for a name that no rig has."""
    if mine in rigs:
        return "" if len(rigs) > 1 else (
            f"all replies in data/runs are of one rig, {mine}, so there is nothing to set beside them; fetch the "
            "published ones (`git pull`), or take in somebody else's with `incompressible merge FILE`"
        )  # fmt: skip
    if named and rigs:
        from runners.scheduling.plan import PlanError

        raise PlanError(f"no rig is called {mine!r} in data/runs; there are: {', '.join(rigs)}")
    return f"nothing was measured on {mine} yet; run `incompressible run --profile full`, then this again"


def _require_model(rows: Any, mine: str, against: str) -> None:
    from runners.scheduling.plan import PlanError

    models = sorted({row.source.model for row in rows if row.source.rig != mine})
    if against and against not in models:
        raise PlanError(f"no other rig has measured {against!r}; there are: {', '.join(models) or 'none'}")


def _list_rigs(home: Path) -> list[str]:
    """The rigs that have kept replies."""
    return sorted({path.parent.parent.name for path in (home / "data" / "runs").glob("*/*/[!.]*.jsonl*")})


def _rig(settings: Any) -> str:
    from runners.scheduling.plan import rig_of

    return rig_of(settings)


@click.command()
@RIG
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write the files into this folder.")
@click.option("--dry-run", is_flag=True, help="Write nothing, as without --out. Nothing is ever sent either way.")
@click.option("--without-failures", is_flag=True, help="Leave out failed cells, whose reason may name a file.")
@click.option("--allow", multiple=True, metavar="WORD", help="An everyday word that is your login or host name, too.")
@JSON
def submit(
    rig: str | None, out: Path | None, dry_run: bool, without_failures: bool, allow: tuple[str, ...], as_json: bool
) -> None:
    """Make one file a run, ready to contribute: replies and pruned facts, named by their digest. Sends nothing.

    Shows what would be in each file. A fact that looks like a path, or holds this machine's login name, host name or
    home folder, is refused.
    """
    with plain_errors():
        from ..exchange.submit import json_row, make_submissions, write_files

        settings = load_settings(rig=rig)
        run_files = make_submissions(settings.get("home") / "data", _rig(settings), allow, without_failures, _to_stderr)
        if out is not None and not dry_run:
            write_files(run_files, out)
        if as_json:
            click.echo(json.dumps([json_row(file) for file in run_files], indent=2))
        else:
            _show_files(run_files, _rig(settings))
        if run_files and (out is None or dry_run):
            _to_stderr("nothing was written; --out DIR writes the files, and nothing is ever sent")


def _show_files(run_files: list[Any], rig: str) -> None:
    from ..exchange.submit import list_facts, summary_row
    from . import output

    if not run_files:
        click.echo(f"{rig} has no run that could be contributed; run `incompressible run --profile full` first")
        return
    output.show([summary_row(file) for file in run_files])
    click.echo()
    output.show([{"fact": name, "values": values} for name, values in list_facts(run_files).items()])


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE|FOLDER...")
@click.option("--as", "rig", help="Keep them under this name of a rig instead of their own.")
@JSON
def merge(files: tuple[Path, ...], rig: str | None, as_json: bool) -> None:
    """Take replies into data/runs: other people's submissions, or the runs of another checkout of yours.

    Of submissions one that is not whole and true to the schema stops them all. A folder is a checkout, or its
    data/runs, as the parts of a run leave them (--shard). What was taken before is passed over, and no reply that was
    kept is ever overwritten.
    """
    with plain_errors():
        from runners.host.processes import hold_lock

        from . import output

        settings = load_settings(rig=rig)
        with hold_lock(_lock(settings), _to_stderr, "another merge is at work here; waiting for it"):
            rows = _merge_paths(settings.get("home"), files, rig or "")
        click.echo(json.dumps(rows, indent=2)) if as_json else output.show(rows)


def _lock(settings: Any) -> Any:
    """One merge at a time: what one takes away again because it failed, another may have just taken in."""
    from filelock import FileLock

    from runners.schema import digest

    path = settings.get("cache") / "locks" / f"merge-{digest(str(settings.get('home').resolve()))}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    return FileLock(path)


def _merge_paths(home: Path, paths: tuple[Path, ...], rig: str) -> list[dict[str, Any]]:
    from runners.experiments import find
    from runners.storage.journal import ReadReport

    from ..exchange.merge import merge as merge_files
    from ..exchange.merge_checkout import join

    report, folders = ReadReport(), [path for path in paths if path.is_dir()]
    submissions = [path for path in paths if not path.is_dir()]
    rows = [_merged_row(entry) for entry in merge_files(home, submissions, find(), rig)]
    rows += [_joined_row(entry) for entry in join(home, folders, report, rig)]
    if report.set_aside:
        _to_stderr(str(report))
    return rows


def _joined_row(entry: Any) -> dict[str, Any]:
    facts_shown = {**entry.run, "experiment": entry.where.name}
    return _row(entry.file, facts_shown, len(entry.lines), "merged" if entry.lines else "already here")


def _merged_row(entry: Any) -> dict[str, Any]:
    return _row(entry.file, entry.submission.run, len(entry.submission.lines), entry.outcome)


def _row(file: str, run: Mapping[str, Any], replies: int, outcome: str) -> dict[str, Any]:
    facts_shown = {"rig": run["rig"], "experiment": run["experiment"], "model": run["model"].get("name", "?")}
    return {"file": file, **facts_shown, "replies": replies, "outcome": outcome}


def _to_stderr(text: str) -> None:
    click.echo(text, err=True)


VERBS: tuple[click.Command, ...] = (compare, submit, merge)
