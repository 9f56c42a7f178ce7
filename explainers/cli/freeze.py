"""The verb `freeze`: keeps every chart as it stands, for those who cite it."""

from __future__ import annotations

import json
from typing import Any

import click

from .errors import load_settings, plain_errors


@click.command()
@click.option("--dry-run", is_flag=True, help="Show what would be kept, and write nothing.")
@click.option("--list", "listing", is_flag=True, help="Show the versions that are frozen already, and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def freeze(dry_run: bool, listing: bool, as_json: bool) -> None:
    """Keep every chart as the last build drew it, in data/frozen/<data version>.

    The next build gives each a page of its own, and citations name it for as long as the data version is the same. A
    version that is frozen is never written again.
    """
    with plain_errors():
        home = load_settings().get("home")
        _show_versions(home, as_json) if listing else _keep(home, dry_run, as_json)


def _show_versions(home: Any, as_json: bool) -> None:
    from ..site.freeze import list_versions
    from . import output

    rows = list_versions(home)
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    elif rows:
        output.show(rows)
    else:
        click.echo("no data version is frozen yet; `incompressible freeze` keeps the one that was built last")


def _keep(home: Any, dry: bool, as_json: bool) -> None:
    from ..site.freeze import chart_rows, freeze, make_draft
    from . import output

    draft = make_draft(home)
    new = freeze(home, draft, dry)
    rows, size = chart_rows(draft), len(draft.manifest) + sum(map(len, draft.packed.values()))
    outcome = "already frozen" if not new else "would be frozen" if dry else "frozen"
    if as_json:
        click.echo(json.dumps({"version": draft.version, "outcome": outcome, "bytes": size, "charts": rows}, indent=2))
    elif new:
        output.show(rows)
    click.echo(f"data version {draft.version}: {outcome}{_next_step(len(rows), size, new, dry)}", err=True)


def _next_step(charts: int, size: int, new: bool, dry: bool) -> str:
    """What it comes to, and what to do now."""
    if not new:
        return ", with the very same bytes; nothing was written"
    what = f", {charts} charts in {size / 1e6:.2f} MB"
    return f"{what}; nothing was written" if dry else f"{what}; `incompressible build` makes their pages"
