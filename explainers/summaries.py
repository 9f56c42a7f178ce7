"""Tables that stand on a claim's page: the numbers beside its verdict, every arm, what failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .judge import contenders, estimated
from .panels import split
from .schema import Claim, Level, Sample, Source
from .voices import by_source
from .words import arm_named, count, ends, full, listed, number, size


def beside(claim: Claim, rows: Sequence[Any], metrics: Mapping[str, Any]) -> list[tuple[str, list[tuple[str, str]]]]:
    """(label, [(model, number in words)]) of the numbers that a claim wants read next to its verdict."""
    return [
        (one.label, [
            (source.name, full(estimated(one.test, heard, metrics), one.test))
            for source, heard in contenders(one.test, rows)
        ])
        for one in claim.beside
    ]  # fmt: skip


def by_arm(rows: Sequence[Any], axes: Sequence[str], metrics: Mapping[str, Any]) -> dict[str, Any]:
    """The table of every arm by every telling metric: its column heads, and for each model (arm, replies, cells)."""
    telling = [
        metric for metric in metrics.values() if metric.unit.startswith(("share", "bits")) or "/s" in metric.unit
    ]
    models = {
        source.name: [
            (
                arm_named(dict(zip(axes, arm, strict=True))),
                len(group),
                [_measured(group, metric, metrics) for metric in telling],
            )
            for arm, group in split(heard, axes).items()
        ]
        for source, heard in by_source(rows).items()
    }
    return {"heads": telling, "models": models}


def _measured(rows: Sequence[Any], metric: Any, metrics: Mapping[str, Any]) -> tuple[str, str]:
    test = Level(rows[0].experiment, Sample(metric.name), "share" if metric.unit.startswith("share") else "")
    known = estimated(test, rows, metrics)
    return (number(known.value, test), ends(known, test)) if known else ("none", "does not apply")


def heard(rows: Sequence[Any], sources: Iterable[Source]) -> str:
    """How many replies, of which models, on which machines. `sources` are those that the rows come from."""
    sources = list(sources)
    who = listed(list(dict.fromkeys(f"{source.name} ({size(source.bytes)})" for source in sources)), "and")
    rigs = listed(list(dict.fromkeys(source.rig for source in sources)), "and")
    if rows[0].twin:
        seeds = {row.twin["seed"] for row in rows}
        who = f"{count(len(sources), 'twin')}, {count(len(seeds), 'seed')}"
    return f"{count(len(rows), 'reply')} · {who} · rig {rigs}"


def reasons(failed: Iterable[Any]) -> dict[tuple[str, str], int]:
    """(model, first line of the reason) -> how many cells failed so."""
    return dict(Counter((row.source.name, row.error.strip().splitlines()[0][:200]) for row in failed).most_common())
