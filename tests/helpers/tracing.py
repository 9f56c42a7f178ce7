"""Where the numbers of a built page come from: the rows of published tables, or prose that was written before a run."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from math import isfinite
from pathlib import Path

from explainers.site.html_reader import VOID

NUMBER = re.compile(r"(?<![\w.,−-])[+−-]?\d[\d,]*(?:\.\d+)?(?![\w.]*[A-Za-z_])")
"""A number as it stands in running text; digits inside a name, a hash or a version are none."""

UNREAD = {"script", "style", "pre", "code", "svg", "nav", "head", "footer", "header"}
INLINE = {"strong", "em", "a", "s", "b", "i"}
OUTSIDE = {"cite", "ruler-ends", "live", "live-said"}
"""Citations, the two round ends of a ruler, which belong to the drawing, and what live experiments work out: they hold
no published number but those they are told, and their own tests say where these come from."""


class _Text(HTMLParser):
    """The text of a page's article, block by block, without code, citations and what surrounds the article."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks, self._open, self._skipped = [""], [], 0

    def handle_starttag(self, tag, attributes):
        if tag in VOID:
            return
        classes = (dict(attributes).get("class") or "").split()
        skips = tag in UNREAD or bool(OUTSIDE & set(classes))
        self._open.append((tag, skips))
        self._skipped += skips
        if tag not in INLINE:
            self.blocks.append("")

    def handle_endtag(self, tag):
        while self._open:
            opened, skips = self._open.pop()
            self._skipped -= skips
            if opened == tag:
                break
        if tag not in INLINE:
            self.blocks.append("")

    def handle_data(self, data):
        if not self._skipped:
            self.blocks[-1] += data


def blocks(page: Path) -> list[str]:
    """The article's blocks of text, in order."""
    whole = page.read_text(encoding="utf-8")
    found = re.search(r"<article.*?</article>", whole, re.DOTALL)
    reader = _Text()
    reader.feed(found.group() if found else whole)
    return [" ".join(block.split()) for block in reader.blocks if block.strip()]


def numbers(text: str) -> list[str]:
    """The numbers in a text, without signs and marks of thousands."""
    return [found.lstrip("+−-").replace(",", "") for found in NUMBER.findall(text)]


SCALES = (1.0, 100.0, 1e-3, 1e-6, 1e-9)
"""A share is printed in per cent, points likewise; bytes and parameters in thousands, millions and billions."""


def printed(value: float) -> set[str]:
    """Every way in which a page may print a value: rounded to at most five places, at a scale that fits its size."""
    if not isfinite(value):
        return set()
    fitting = [
        scale for scale in SCALES if scale == 1 or (abs(value) <= 10 if scale > 1 else abs(value) * scale >= 0.1)
    ]
    return {f"{abs(value) * scale:.{places}f}" for scale in fitting for places in range(6)}


def cells(table: bytes) -> Iterator[dict[str, str]]:
    """The rows of a CSV table."""
    return csv.DictReader(io.StringIO(table.decode()))


def values(rows: Iterable[dict]) -> set[float]:
    """All numbers in rows, whatever column they stand in."""
    return {number for row in rows for cell in row.values() if (number := _float(cell)) is not None}


def _float(cell: object) -> float | None:
    try:
        return float(cell)
    except (TypeError, ValueError):
        return None
