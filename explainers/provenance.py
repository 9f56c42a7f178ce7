"""Which models were measured, on which machines: facts read from what each run recorded, never looked up later."""

from __future__ import annotations

from typing import Any

from .guide import Guide
from .voices import by_source
from .words import MISSING, fact, listed, size


def models(guide: Guide) -> list[dict[str, Any]]:
    """One entry for each set of weights, smallest first: its recorded facts in words, and where it was measured."""
    entries: dict[str, dict[str, Any]] = {}
    for source, rows in by_source([*guide.measured.rows, *guide.measured.failed]).items():
        entry = entries.setdefault(source.sha256, _model(rows[0].run, source))
        entry["count"] += len(rows)
        entry["rigs"] = sorted({*entry["rigs"], source.rig})
    return list(entries.values())


def _model(run: Any, source: Any) -> dict[str, Any]:
    known = lambda name: fact(run, "model", name)  # noqa: E731
    return {
        "name": source.name,
        "size": size(source.bytes),
        "parameters": _billions(known("parameters")),
        "active": _billions(known("active_parameters")),
        "bits": _rounded(known("bits_per_weight")),
        "context": _thousands(known("context_length")),
        "architecture": known("architecture"),
        "licence": known("licence"),
        "released": known("released"),
        "origin": known("source"),
        "sha256": source.sha256 or MISSING,
        "twin": "twin" in run.get("model", {}),
        "count": 0,
        "rigs": [],
    }


def machines(guide: Guide) -> list[dict[str, Any]]:
    """One entry for each rig and engine build that left replies."""
    entries: dict[tuple[str, str, str], dict[str, Any]] = {}
    for source, rows in by_source([*guide.measured.rows, *guide.measured.failed]).items():
        entry = entries.setdefault((source.rig, source.build, source.backend), _machine(rows[0].run, source))
        entry["count"] += len(rows)
    return [entry for _, entry in sorted(entries.items())]


def _machine(run: Any, source: Any) -> dict[str, Any]:
    known = lambda *names: _first(run, "machine", *names)  # noqa: E731
    memory = known("memory_total", "memory_bytes")
    return {
        "rig": source.rig,
        "cpu": known("cpu"),
        "cores": known("cores_usable", "cores"),
        "memory": memory if memory == MISSING else size(memory),
        "gpus": _gpus(known("gpus")),
        "system": f"{known('os')}, {known('arch')}",
        "build": source.build or MISSING,
        "backend": source.backend or MISSING,
        "width": fact(run, "engine", "width"),
        "count": 0,
    }


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


def _rounded(value: Any) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _thousands(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
