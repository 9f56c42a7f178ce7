"""The measurements as CSV: deterministic bytes, sorted, one file an experiment."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..measurements.dedupe import one_source_per_model
from ..measurements.score import Measurements, ReplyRow
from ..schema import Verdict
from ..text.csv_table import csv_table
from ..text.formatting import arm_named
from .compare_rigs import Comparison
from .compare_text import json_row


def tables(measured: Measurements) -> dict[str, bytes]:
    """File name -> bytes of every table of replies: one for each experiment, and one of what failed."""
    voices = {id(row) for row in one_source_per_model(measured.rows)}
    made: dict[str, list[dict[str, Any]]] = {}
    for row in measured.rows:
        made.setdefault(f"{row.experiment}.csv", []).append(_flat(row, id(row) in voices))
    for row in measured.failed:
        made.setdefault("failed.csv", []).append({**_flat(row, speaks=False), "error": row.error})
    return {name: csv_table(rows) for name, rows in sorted(made.items())}


def verdicts_table(verdicts: Iterable[Verdict]) -> bytes:
    """Every verdict as CSV, a row for each claim and model; a claim without replies keeps one row."""
    return csv_table([row for verdict in verdicts for row in _judged(verdict)])


def table(name: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, bytes]:
    """Rows as one CSV table by its file name; no table without rows."""
    return {f"{name}.csv": csv_table(rows)} if rows else {}


def compared_table(entries: Iterable[Comparison]) -> dict[str, bytes]:
    """Every two machines beside each other as one table, where there are two."""
    return table("compare", [dict(_flattened(json_row(entry))) for entry in entries])


def _flattened(value: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, part in value.items():
        if isinstance(part, Mapping) and name != "arm":
            yield from _flattened(part, f"{before}{name}_")
        else:
            yield before + name, arm_named(value["experiment"], part) if name == "arm" else part


def data_version(made: Mapping[str, bytes]) -> str:
    """Ten hex digits that change exactly when a table of replies does."""
    whole = hashlib.sha256()
    for name, content in sorted(made.items()):
        whole.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    return whole.hexdigest()[:10]


def _flat(row: ReplyRow, speaks: bool) -> dict[str, Any]:
    source = row.source
    return {
        "model": source.model, "name": source.name, "sha256": source.sha256, "rig": source.rig, "build": source.build,
        "backend": source.backend, "setup": source.setup, "speaks": speaks, "experiment": row.experiment,
        "version": row.version, "profile": row.profile, "item": row.item, "cluster": row.cluster, "seed": row.seed,
        "at": row.at, "key": row.key, **({"twin_seed": row.twin["seed"]} if row.twin else {}),
        **row.tags, **row.arm, **row.metrics,
    }  # fmt: skip


def _judged(verdict: Verdict) -> list[dict[str, Any]]:
    claim = {"claim": verdict.claim.slug, "general": verdict.general, "reason": verdict.reason}
    return [
        {**claim, "model": one.source.model, "sha256": one.source.sha256, "rig": one.source.rig, "skill": one.label,
         "outcome": one.outcome, "questions": one.questions, "unit": verdict.claim.test.unit,
         **({} if one.estimate is None else vars(one.estimate))}
        for one in verdict.findings
    ] or [claim]  # fmt: skip
