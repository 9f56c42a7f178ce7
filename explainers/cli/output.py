"""Output of rows: aligned columns on a terminal, elsewhere lines whose fields are parted by tabs."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from ..text.escape import line


def show(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows that have the same fields, never folded. A terminal too narrow for them gets a block for each row."""
    table = [list(rows[0]), *([cell(value) for value in row.values()] for row in rows)]
    if not sys.stdout.isatty():
        print(*("\t".join(cells) for cells in table), sep="\n")
        return
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    if sum(widths) + 2 * (len(widths) - 1) > shutil.get_terminal_size().columns:
        _blocks(table)
    else:
        right = [isinstance(value, (int, float)) and not isinstance(value, bool) for value in rows[0].values()]
        print(*(_aligned(cells, widths, right) for cells in table), sep="\n")


def _blocks(table: Sequence[Sequence[str]]) -> None:
    head, *rows = table
    width = max(map(len, head))
    blocks = ("\n".join(f"{name:{width}}  {text}" for name, text in zip(head, row, strict=True)) for row in rows)
    print("\n\n".join(blocks))


def _aligned(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = (
        text.rjust(width) if flush else text.ljust(width)
        for text, width, flush in zip(cells, widths, right, strict=True)
    )
    return "  ".join(padded).rstrip()


def cell(value: Any) -> str:
    """One value on one line. What a model or a server said may hold line breaks and control characters."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return line(str(value))
