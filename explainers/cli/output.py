"""Rows for people and for programs: aligned columns on a terminal, elsewhere lines whose fields are parted by tabs."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from typing import Any


def show(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows that have the same fields, never folded. A terminal too narrow for them gets a block for each row."""
    lines = [list(rows[0]), *([cell(value) for value in row.values()] for row in rows)]
    if not sys.stdout.isatty():
        print(*("\t".join(line) for line in lines), sep="\n")
        return
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    if sum(widths) + 2 * (len(widths) - 1) > shutil.get_terminal_size().columns:
        _blocks(lines)
    else:
        right = [isinstance(value, (int, float)) and not isinstance(value, bool) for value in rows[0].values()]
        print(*(_aligned(line, widths, right) for line in lines), sep="\n")


def _blocks(lines: Sequence[Sequence[str]]) -> None:
    head, *rows = lines
    width = max(map(len, head))
    blocks = ("\n".join(f"{name:{width}}  {text}" for name, text in zip(head, row, strict=True)) for row in rows)
    print("\n\n".join(blocks))


def _aligned(line: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    cells = zip(line, widths, right, strict=True)
    return "  ".join(text.rjust(width) if flush else text.ljust(width) for text, width, flush in cells).rstrip()


def cell(value: Any) -> str:
    """One value on one line. What a model or a server said may hold line breaks and control characters."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join("".join(letter if letter.isprintable() else " " for letter in str(value)).split())
