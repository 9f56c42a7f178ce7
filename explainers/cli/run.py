"""The verbs `plan`, `run` and `status`: rows on stdout, progress on stderr.

What only a run with something left to ask needs is imported when there is something left.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from runners.host.settings import Settings
from runners.scheduling.plan import Plan, Task, make_plan, seconds_left
from runners.scheduling.shard import Shard
from runners.storage import journal

from . import output


def carry_out(
    settings: Settings,
    names: Sequence[str],
    limit: int | None,
    retry: bool,
    shard: Shard | None = None,
    cluster: str | None = None,
) -> int:
    """Run what is left, here or on the cluster of that address; the exit code: 0, or 1 when a cell or a load failed."""
    plan = make_plan(settings, names, limit, retry, shard=shard)
    if plan.report.set_aside:
        print(plan.report, file=sys.stderr)
    if not plan.left:
        print(f"nothing left to ask: {_count_done(plan)} cells are done on {plan.rig}", file=sys.stderr)
        return 1 if any(task.failed for task in plan.tasks) else 0
    return _print_outcome(plan, _ask_cells(plan, settings, cluster))


def _ask_cells(plan: Plan, settings: Settings, cluster: str | None) -> Any:
    from .progress import Bar

    with Bar() as bar:
        if cluster:
            from runners.scheduling.ray import driver

            return driver.run(plan, settings, bar, cluster)
        from runners.scheduling import local

        return local.run(plan, settings, bar)


def _print_outcome(plan: Plan, outcome: Any) -> int:
    print(f"{outcome.answered} replies kept on {plan.rig}", file=sys.stderr)
    for error in outcome.errors:
        print(f"Error: {error}", file=sys.stderr)
    if outcome.failed:
        print(
            f"{outcome.failed} cells failed; see `incompressible status`, ask again with --retry-failed",
            file=sys.stderr,
        )
    return 1 if outcome.failed or outcome.errors else 0


def _count_done(plan: Plan) -> int:
    return sum(len(task.cells) - len(task.left) for task in plan.tasks)


def plan_rows(
    settings: Settings, names: Sequence[str], limit: int | None, retry: bool, shard: Shard | None = None
) -> list[dict[str, Any]]:
    """One row a load: what is done and left, and what the rest costs."""
    plan = make_plan(settings, names, limit, retry, shard=shard)
    return [_plan_row(plan, task) for task in plan.tasks]


def _plan_row(plan: Plan, task: Task) -> dict[str, Any]:
    from ..text.formatting import arm_named

    here = task.model.path or task.model.server
    seconds = seconds_left(task) if task.left else 0.0
    return {
        "rig": plan.rig,
        "experiment": task.experiment.slug,
        "model": task.model.name,
        "load": arm_named(task.experiment.slug, task.loaded) if task.loaded else "",
        "profile": plan.profile,
        "done": len(task.cells) - len(task.left) - task.failed,
        "failed": task.failed,
        "left": len(task.left),
        "fetch_mb": 0 if here else round(task.model.bytes / 1e6),
        "memory_mb": round(task.memory_bytes / 1e6) if task.memory_bytes else None,
        "disk_mb": round(len(task.left) * 0.012, 1),  # a journal line takes about 12 kB
        "minutes": None if seconds is None else round(seconds / 60, 1),
    }


def print_plan(rows: list[dict[str, Any]]) -> None:
    """The plan as rows on stdout."""
    output.show([{**row, "minutes": "not measured yet" if row["minutes"] is None else row["minutes"]} for row in rows])


def status_rows(settings: Settings) -> list[dict[str, Any]]:
    """One row for each rig, experiment and model with kept replies; failures with their commonest reason."""
    rows = []
    for where in sorted((settings.get("home") / "data" / "runs").glob("*/*")):
        report = journal.ReadReport()
        by_model: dict[str, list] = {}
        for entry in journal.entries(where, report):
            by_model.setdefault(entry.run.get("model", {}).get("name", "?"), []).append(entry)
        rows += [_status_row(where, name, entries, report) for name, entries in by_model.items()]
    return rows


def _status_row(where: Path, name: str, entries: list, report: journal.ReadReport) -> dict[str, Any]:
    answered = {entry.key for entry in entries if not entry.reply.failed}
    failures = [entry.reply.error for entry in entries if entry.key not in answered]
    return {
        "rig": where.parent.name,
        "experiment": where.name,
        "model": name,
        "replies": len(answered),
        "failed": len(failures),
        "set_aside": len(report.set_aside),
        "reason": Counter(failures).most_common(1)[0][0][:200] if failures else "",
    }


def print_status(rows: list[dict[str, Any]]) -> None:
    """The status as rows on stdout."""
    if rows:
        output.show(rows)
    else:
        print("nothing measured yet; start with `incompressible run`")
