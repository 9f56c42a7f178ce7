"""The verbs `compare`, `submit` and `merge`: runs set beside the published ones, packed for others, and taken in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from .errors import plain_errors, settle

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

        entries, said = _compared(settle(rig=rig), experiments, against)
        click.echo(said, err=bool(entries) or as_json)
        if as_json:
            click.echo(json.dumps([json_row(entry) for entry in entries], indent=2))
        elif entries:
            _show_compared(entries)


def _show_compared(entries: list[Any]) -> None:
    from ..analysis.compare_text import text_row
    from . import output

    output.show([text_row(entry) for entry in entries])


def _compared(settings: Any, experiments: tuple[str, ...], against: str) -> tuple[list[Any], str]:
    """The comparison, and a sentence about it or about what to do to get one. Raises `PlanError`."""
    from runners.scheduling.plan import find_experiments

    from ..analysis.compare_rigs import compare, list_rigs
    from ..analysis.compare_text import summarize
    from ..measurements.score import measure

    mine, wanted = _rig(settings), {one.slug: one for one in find_experiments(experiments)}
    there = _folders(settings.get("home"))
    if missing := _too_few(mine, there, settings.origin("rig") != "default"):
        return [], missing
    rows = measure(settings.get("home") / "data", wanted).rows
    _require_model(rows, mine, against)
    entries = compare(rows, wanted, mine, list_rigs(rows), against)
    if not entries:
        return [], f"no reply of {mine} counts yet for {', '.join(experiments) or 'any experiment'}; finish it with " \
                   "`incompressible run`"  # fmt: skip
    return entries, summarize(entries)


def _too_few(mine: str, there: list[str], named: bool) -> str:
    """What to do where there are no two machines to compare. Raises `PlanError` for a name that no rig has."""
    if mine in there:
        return "" if len(there) > 1 else (
            f"all replies in data/runs are of one rig, {mine}, so there is nothing to set beside them; fetch the "
            "published ones (`git pull`), or take in somebody else's with `incompressible merge FILE`"
        )  # fmt: skip
    if named and there:
        from runners.scheduling.plan import PlanError

        raise PlanError(f"no rig is called {mine!r} in data/runs; there are: {', '.join(there)}")
    return f"nothing was measured on {mine} yet; run `incompressible run --profile full`, then this again"


def _require_model(rows: Any, mine: str, against: str) -> None:
    from runners.scheduling.plan import PlanError

    models = sorted({row.source.model for row in rows if row.source.rig != mine})
    if against and against not in models:
        raise PlanError(f"no other rig has measured {against!r}; there are: {', '.join(models) or 'none'}")


def _folders(home: Path) -> list[str]:
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
        from ..exchange.submit import shown, submissions, write

        settings = settle(rig=rig)
        made = submissions(settings.get("home") / "data", _rig(settings), allow, without_failures, _to_stderr)
        if out is not None and not dry_run:
            write(made, out)
        click.echo(json.dumps([shown(one) for one in made], indent=2)) if as_json else _show_made(made, _rig(settings))
        if made and (out is None or dry_run):
            _to_stderr("nothing was written; --out DIR writes the files, and nothing is ever sent")


def _show_made(made: list[Any], rig: str) -> None:
    from ..exchange.submit import facts, row
    from . import output

    if not made:
        click.echo(f"{rig} has no run that could be contributed; run `incompressible run --profile full` first")
        return
    output.show([row(one) for one in made])
    click.echo()
    output.show([{"fact": name, "values": values} for name, values in facts(made).items()])


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

        settings = settle(rig=rig)
        with hold_lock(_lock(settings), _to_stderr, "another merge is at work here; waiting for it"):
            rows = _merged(settings.get("home"), files, rig or "")
        click.echo(json.dumps(rows, indent=2)) if as_json else output.show(rows)


def _lock(settings: Any) -> Any:
    """One merge at a time: what one takes away again because it failed, another may have just taken in."""
    from filelock import FileLock

    from runners.schema import digest

    path = settings.get("cache") / "locks" / f"merge-{digest(str(settings.get('home').resolve()))}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    return FileLock(path)


def _merged(home: Path, paths: tuple[Path, ...], rig: str) -> list[dict[str, Any]]:
    from runners.experiments import find
    from runners.storage.journal import ReadReport

    from ..exchange.merge import merge as merging
    from ..exchange.merge_checkout import join

    report, folders = ReadReport(), [path for path in paths if path.is_dir()]
    rows = [_taken(one) for one in merging(home, [path for path in paths if not path.is_dir()], find(), rig)]
    rows += [_joined(one) for one in join(home, folders, report, rig)]
    if report.set_aside:
        _to_stderr(str(report))
    return rows


def _joined(one: Any) -> dict[str, Any]:
    told = {**one.run, "experiment": one.where.name}
    return _row(one.file, told, len(one.lines), "merged" if one.lines else "already here")


def _taken(one: Any) -> dict[str, Any]:
    return _row(one.file, one.submission.run, len(one.submission.lines), one.outcome)


def _row(file: str, run: Mapping[str, Any], replies: int, outcome: str) -> dict[str, Any]:
    told = {"rig": run["rig"], "experiment": run["experiment"], "model": run["model"].get("name", "?")}
    return {"file": file, **told, "replies": replies, "outcome": outcome}


def _to_stderr(text: str) -> None:
    click.echo(text, err=True)


VERBS: tuple[click.Command, ...] = (compare, submit, merge)
