"""CSV tables read with pyarrow, and written as Parquet with the types that the data package gives their columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

_TYPES = {"string": "string", "integer": "int64", "number": "float64", "boolean": "bool"}


def names(content: bytes) -> list[str]:
    """The head of a CSV table."""
    return next(csv.reader([content.partition(b"\n")[0].decode()]))


def values(content: bytes) -> tuple[dict[str, set[str]], int]:
    """The different texts of each column of a CSV table, and how many rows it has."""
    table = _read(content, dict.fromkeys(names(content), "string"))
    return {name: set(table[name].unique().to_pylist()) - {None} for name in table.column_names}, table.num_rows


def parquet(content: bytes, types: Mapping[str, str]) -> bytes:
    """A CSV table as Parquet (format 2.6, zstd). `types` gives each column's Table Schema type.

    Equal tables give equal bytes with one release of pyarrow, whose name the format asks for.
    """
    import pyarrow.parquet as pq

    out = io.BytesIO()
    # Arrow's own schema would be a second, longer copy of the types.
    pq.write_table(_read(content, types), out, version="2.6", compression="zstd", store_schema=False)
    return out.getvalue()


def _read(content: bytes, types: Mapping[str, str]) -> Any:
    import pyarrow as pa
    from pyarrow import csv

    known = {name: pa.timestamp("s", "UTC") if kind == "datetime" else _TYPES[kind] for name, kind in types.items()}
    convert = csv.ConvertOptions(column_types=known, null_values=[""], strings_can_be_null=True)
    # One block and no threads: where blocks end would show in what is written.
    whole = csv.ReadOptions(use_threads=False, block_size=len(content) + 1)
    return csv.read_csv(io.BytesIO(content), whole, csv.ParseOptions(newlines_in_values=True), convert)
