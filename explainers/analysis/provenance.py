"""Models and machines that were measured, from facts that each run recorded; none is looked up later."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..measurements.dedupe import by_source
from ..measurements.score import ReplyRow
from ..text.formatting import MISSING, fact, listed, size
from .skills import resident_bytes

FACTS = (
    "parameters", "active_parameters", "bits_per_weight", "context_length", "architecture", "licence", "released",
    "source",
)  # fmt: skip
"""What a run records of its model, besides name, hash and bytes."""


def list_weights(cells: Iterable[ReplyRow]) -> list[dict[str, Any]]:
    """A row for each set of weights, smallest first: the recorded facts as they are, None where one was not recorded,
    the rigs that measured it, and how many `cells` were asked."""
    rows: dict[str, dict[str, Any]] = {}
    for source, own in by_source(cells).items():
        row = rows.setdefault(source.sha256, _weights(own[0].run, source))
        row["cells"] += len(own)
        row["rigs"] = ", ".join(sorted({*filter(None, row["rigs"].split(", ")), source.rig}))
    return list(rows.values())


def models_without_template(rows: Iterable[Any]) -> list[str]:
    """The models whose weights carry no chat template, so that they read every text as it stands. Twins, which never
    have one, are left out."""
    first = {source: own[0] for source, own in by_source(rows).items()}
    bare = (source.name for source, row in first.items() if not row.twin and _has_template(row.run) is False)
    return list(dict.fromkeys(bare))


def _has_template(run: Any) -> bool | None:
    """Whether the weights carry a chat template; None where it was not recorded, as of a server."""
    return found if isinstance(found := fact(run, "llama_cpp", "chat_template"), bool) else None


def _weights(run: Any, source: Any) -> dict[str, Any]:
    facts = ((name, fact(run, "model", name)) for name in FACTS)
    return {
        "name": source.name,
        "sha256": source.sha256,
        "bytes": source.bytes or None,
        **{name: None if value == MISSING else value for name, value in facts},
        "resident_bytes": resident_bytes(source.bytes, fact(run, "model", "kv_bytes_per_token")),
        "chat_template": _has_template(run),
        "twin": "twin" in run.get("model", {}),
        "cells": 0,
        "rigs": "",
    }


def models_in_words(cells: Iterable[ReplyRow]) -> list[dict[str, Any]]:
    """The rows of `list_weights` with numbers in words."""
    return [
        _in_words({name: MISSING if value is None else value for name, value in row.items()})
        for row in list_weights(cells)
    ]


def _in_words(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "size": _size(row["bytes"]),
        "parameters": _billions(row["parameters"]),
        "active": _billions(row["active_parameters"]),
        "bits": _two_decimals(row["bits_per_weight"]),
        "context": _thousands(row["context_length"]),
        "template": {True: "yes", False: "none"}.get(row["chat_template"], MISSING),
    }


def list_hardware(cells: Iterable[ReplyRow]) -> list[dict[str, Any]]:
    """A row for each rig and engine build that left replies: the recorded facts, and how many `cells` it was asked."""
    rows: dict[tuple[str, str, str], dict[str, Any]] = {}
    for source, own in by_source(cells).items():
        row = rows.setdefault((source.rig, source.build, source.backend), _hardware(own[0].run, source))
        row["cells"] += len(own)
    return [row for _, row in sorted(rows.items())]


def _hardware(run: Any, source: Any) -> dict[str, Any]:
    known = lambda *names: _first(run, "machine", *names)  # noqa: E731
    return {
        "rig": source.rig,
        "cpu": known("cpu"),
        "cores": known("cores_usable", "cores"),
        "memory_bytes": known("memory_total", "memory_bytes"),
        "gpus": _gpus(known("gpus")),
        "system": f"{known('os')}, {known('arch')}",
        "build": source.build or MISSING,
        "backend": source.backend or MISSING,
        "cells": 0,
    }


def machines_in_words(cells: Iterable[ReplyRow]) -> list[dict[str, Any]]:
    """The rows of `list_hardware` with numbers in words."""
    return [{**row, "memory": _size(row["memory_bytes"])} for row in list_hardware(cells)]


def _size(memory: Any) -> str:
    return memory if memory == MISSING else size(memory)


def _first(run: Any, part: str, *names: str) -> Any:
    """The first of several names that was recorded."""
    found = (fact(run, part, name) for name in names)
    return next((value for value in found if value != MISSING), MISSING)


def _gpus(gpus: Any) -> str:
    if not isinstance(gpus, list | tuple):
        return "none recorded"
    return listed([str(gpu.get("name", gpu)) if isinstance(gpu, dict) else str(gpu) for gpu in gpus], "and")


def _billions(value: Any) -> str:
    if not isinstance(value, int | float):
        return str(value)
    if value < 1e6:
        return f"{value / 1e3:.0f}k"
    return f"{value / 1e9:.2f}B" if value >= 1e9 else f"{value / 1e6:.0f}M"


def _two_decimals(value: Any) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _thousands(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
