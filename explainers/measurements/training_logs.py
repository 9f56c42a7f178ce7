"""Training logs of the twins, `data/twins/<ladder>/<slug>.csv`, as rows."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

EXPERIMENT = "twin-training"
"""What a chart names as its experiment when it is drawn from these logs."""


def read_logs(data: Path) -> list[dict[str, Any]]:
    """Rows of every log, with the ladder, rung, seed and experts of the twin: step, tokens, loss in nats per token,
    FLOPs so far, seconds so far. Empty where there are no twins.

    Raises `ValueError` for a log that is not whole.
    """
    catalogue = data / "twins" / "models.toml"
    if not catalogue.exists():
        return []
    entries = tomllib.loads(catalogue.read_text(encoding="utf-8")).values()
    return [row for entry in entries for row in _read_log(data.parent / entry["sources"][0], entry["twin"])]


def _read_log(weights: Path, twin: dict[str, Any]) -> Iterator[dict[str, Any]]:
    path = weights.with_suffix(".csv")
    facts = {name: twin.get(name, "") for name in ("ladder", "rung", "seed", "experts", "teacher", "learns")}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                numbers = {name: float(row[name]) for name in ("loss", "flops", "seconds")}
                yield {**facts, "step": int(row["step"]), "tokens": int(row["tokens"]), **numbers}
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise ValueError(f"{path} is no whole log of a training: {fault}") from None
