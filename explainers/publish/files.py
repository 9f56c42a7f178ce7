"""The files that are published beside the pages, by their path."""

from __future__ import annotations

from ..guide import Guide
from .feed import feed
from .fields import described
from .llms import llms
from .package import package


def files(guide: Guide) -> dict[str, bytes]:
    """Path under docs/ -> bytes."""
    downloads = {f"data/tables/{name}": content for name, content in tables(guide).items()}
    return {**downloads, "feed.xml": feed(guide), "llms.txt": llms(guide).encode()}


def tables(guide: Guide) -> dict[str, bytes]:
    """Every table as CSV and as Parquet by file name, and the data package that describes the CSV files."""
    made = described(guide)
    written = {f"{table.name}.{kind}": content for table in made for kind, content in table.files.items()}
    return {**written, "datapackage.json": package(guide, made)}
