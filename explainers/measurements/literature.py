"""Published figures to set beside our own, from `data/literature.toml`. Nothing there enters a verdict."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class PublishedFigure:
    """One published figure. `verified` tells whether it was read in its source rather than on a secondary page."""

    claims: tuple[str, ...]
    figure: str
    unit: str
    source: str
    year: int | None
    verified: bool
    url: str = ""


def load(path: Path) -> tuple[PublishedFigure, ...]:
    """Every published figure. Raises `ValueError` naming the file and the row that is not whole."""
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8")).get("published", [])
    except FileNotFoundError:
        return ()
    except tomllib.TOMLDecodeError as fault:
        raise ValueError(f"{path} is not valid TOML: {fault}") from None
    return tuple(_read_figure(path, place, row) for place, row in enumerate(rows, start=1))


def _read_figure(path: Path, place: int, row: dict) -> PublishedFigure:
    missing = {"claims", "figure", "unit", "source", "verified"} - row.keys()
    if missing:
        raise ValueError(f"{path}: published figure {place} lacks {', '.join(sorted(missing))}")
    return PublishedFigure(
        claims=tuple(row["claims"]),
        figure=row["figure"],
        unit=row["unit"],
        source=row["source"],
        year=row.get("year"),
        verified=row["verified"],
        url=row.get("url", ""),
    )
