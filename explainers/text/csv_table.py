"""Rows as CSV: deterministic bytes, and no cell that a spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any

from .escape import cell


def csv_table(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Rows under their column names, in the order in which these first occur, as UTF-8.

    A missing value, None and a number that is not finite are empty cells.
    """
    rows = list(rows)
    names = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_written(row.get(name)) for name in names] for row in rows)
    return out.getvalue().encode("utf-8", "replace")  # half a surrogate pair, as JSON may hold, is no text


def _written(value: Any) -> str:
    if value is None or (isinstance(value, float) and not isfinite(value)):
        return ""
    return str(value).lower() if isinstance(value, bool) else cell(str(value))
