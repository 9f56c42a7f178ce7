"""The verbs `models list`, `models get` and `models inspect`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from runners.host.settings import Settings
from runners.models.gguf import ModelError
from runners.models.gguf_facts import inspect
from runners.models.resolve import list_models, resolve

from . import output


def model_rows(settings: Settings) -> list[dict[str, Any]]:
    """Known models first, then what else lies in the caches of other programs."""
    known, others = list_models(settings.get("home"), settings.get("cache"))
    rows = [{"name": m.slug, "mb": _mb(m.bytes), "here": bool(m.path), "licence": m.licence} for m in known]
    found = [{"name": f.source, "mb": _mb(f.path.stat().st_size), "here": True, "licence": ""} for f in others]
    return rows + found


def _mb(count: int) -> float:
    """Bytes in MB: whole ones, and of what is smaller two places."""
    return round(count / 1e6) if count >= 1e6 else round(count / 1e6, 2)


def print_models(rows: list[dict[str, Any]]) -> None:
    """The list as rows on stdout."""
    if rows:
        output.show([{**row, "here": "here" if row["here"] else "to fetch"} for row in rows])
    else:
        print("no models are known; data/models.toml has no entry, and no other program holds a GGUF")


def fetch_weights(settings: Settings, name: str) -> Path:
    """The path of a model's weights, fetched if need be. Raises `ModelError`."""
    model = resolve(name, settings.get("home"), settings.get("cache"), progress=_percent())
    if model.path is None:
        raise ModelError(f"{name} is a server; it carries no weights")
    for passed in model.passed_over:
        print(f"passed over {passed}", file=sys.stderr)
    return model.path


def _percent():
    last = [-10]

    def progress(done: int, total: int) -> None:
        share = int(100 * done / total) if total else 100
        if share >= last[0] + 10:
            last[0] = share
            print(f"{share} % of {total / 1e6:,.0f} MB", file=sys.stderr)

    return progress


def inspect_weights(settings: Settings, name: str) -> dict[str, Any]:
    """The header of a model's weights. Raises `ModelError` when they are not here."""
    model = resolve(name, settings.get("home"), settings.get("cache"), fetch=False)
    if model.path is None:
        raise ModelError(f"{name} has no weights on this machine; fetch them with `incompressible models get {name}`")
    return {"model": model.name, "path": str(model.path), "sha256": model.sha256, **asdict(inspect(model.path))}


def print_header(found: dict[str, Any]) -> None:
    """The header, one fact a line; groups indented."""
    for name, value in found.items():
        if isinstance(value, dict):
            print(f"{name}:")
            for part, amount in value.items():
                print(f"  {part:14} {amount:>16,}")
        else:
            print(
                f"{name:22} {value:,}"
                if isinstance(value, int) and not isinstance(value, bool)
                else f"{name:22} {output.cell(value) if isinstance(value, str) else value}"
            )
