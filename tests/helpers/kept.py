"""What a run of one experiment keeps in a project, for tests that disturb it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from runners.storage import journal

ASK = ("run", "json-fidelity", "--model")


def where(home: Path) -> Path:
    """The folder of its journals."""
    return home / "data" / "runs" / "here-0000" / "json-fidelity"


def kept(home: Path, report: journal.ReadReport | None = None) -> Counter[str]:
    """How many whole lines there are of each cell."""
    return Counter(key for _, key, _ in journal._lines(where(home), report))


def replies(folder: Path, report: journal.ReadReport | None = None) -> dict[str, tuple]:
    """Every reply by its cell: what was asked, in which way, and what was said."""
    return {entry.key: (entry.item, dict(entry.arm), entry.reply.text) for entry in journal.entries(folder, report)}
