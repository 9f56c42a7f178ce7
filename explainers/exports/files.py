"""The files that are published beside the pages, by their path."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from ..frozen.chart_text import chart_texts_json
from ..frozen.store import FrozenVersion
from ..guide.guide import Guide
from .atom_feed import feed
from .citation import cited_frozen
from .columns import DescribedTable, describe
from .datapackage import package
from .llms_txt import llms


def files(guide: Guide) -> dict[str, bytes]:
    """Path under docs/ -> bytes."""
    downloads = {f"data/tables/{name}": content for name, content in tables(guide).items()}
    told = {"charts/told.json": chart_texts_json(guide.version, guide.chart_texts)}
    followed = {
        "feed.xml": feed(guide.verdicts, guide.moments, guide.tables, guide.address),
        "llms.txt": llms(guide).encode(),
    }
    return {**downloads, **told, **frozen(guide.frozen, guide.address), **followed}


def frozen(versions: Iterable[FrozenVersion], address: str) -> dict[str, bytes]:
    """The files of every frozen chart, and its BibTeX entry, which follows the site's address. Raises `FrozenError`."""
    made: dict[str, bytes] = {}
    for version in versions:
        for name in version.files:
            slug, _, file = name.partition("/")
            made[f"charts/{slug}/{version.version}/{file}"] = version.content(name)
        for slug in version.charts:
            entry = cited_frozen(version, slug, address).bibtex
            made[f"charts/{slug}/{version.version}/{slug}.bib"] = entry.encode()
    return made


def tables(guide: Guide) -> dict[str, bytes]:
    """Every table as CSV and as Parquet by file name, and the data package that describes the CSV files."""
    made = described(guide)
    written = {f"{table.name}.{kind}": content for table in made for kind, content in table.files.items()}
    package_file = package(made, guide.version, guide.newest(*guide.experiments), guide.address)
    return {**written, "datapackage.json": package_file}


@lru_cache(maxsize=1)
def described(guide: Guide) -> tuple[DescribedTable, ...]:
    """Every CSV table of the guide, described once for its page and its downloads."""
    return describe(guide.every_table, guide.experiments)
