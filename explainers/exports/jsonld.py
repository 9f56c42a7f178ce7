"""The data as a schema.org `Dataset` (JSON-LD 1.1), which search engines for data read off a page."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any

from markupsafe import Markup

from ..guide.guide import Guide
from ..measurements.dedupe import by_source
from ..measurements.score import ReplyRow
from ..text.escape import line
from .citation import AUTHOR, PROJECT, whole
from .columns import DescribedTable

LICENCE = "https://spdx.org/licenses/Apache-2.0"
KINDS = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}


def dataset(guide: Guide, root: str, tables: Iterable[DescribedTable] = ()) -> Markup:
    """A script element that no browser runs. `root` leads from the page to the site's root, such as "../", and is used
    where the site's address is not known; `tables` are the files to name."""
    models = _models(guide.measured.rows)
    root, newest = guide.address or root, guide.newest(*guide.experiments)
    said = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": PROJECT,
        "description": _description(guide, len(models)),
        "url": f"{root}data/",
        "identifier": f"incompressible data {guide.version}",
        "version": guide.version,
        "license": LICENCE,
        "isAccessibleForFree": True,
        "creator": {"@type": "Organization", "name": AUTHOR},
        "creditText": whole(guide).full,
        **({"dateModified": newest} if newest else {}),
        "mentions": [{"@type": "Thing", "name": name} for name in models],
        "distribution": [_download(f"{root}data/tables/", table, kind) for table in tables for kind in table.files],
    }
    return script(said)


def script(value: Any) -> Markup:
    """A value as a data block. In it no text can end the element, begin another, or be taken for Markdown."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    # A brace before a quote or a brace that closes may be JSON's own; all others stand in what somebody wrote.
    text = re.sub(r'[<>&`]|\{(?=[^"}])', lambda sign: f"\\u{ord(sign[0]):04x}", text)
    return Markup('<script type="application/ld+json">{}</script>').format(Markup(text))


def _description(guide: Guide, models: int) -> str:
    return (
        f"Scored replies of {models} language models to {len(guide.experiments)} experiments, "
        f"{len(guide.measured.rows)} replies in all, and the verdicts on {len(guide.claims)} claims about what small, "
        "sparse and quantized models lose. Every reply is kept; every score is a program's."
    )


def _models(rows: Iterable[ReplyRow]) -> list[str]:
    return list(dict.fromkeys(line(source.name) for source in by_source(rows)))


def _download(folder: str, table: DescribedTable, kind: str) -> dict[str, Any]:
    content = table.files[kind]
    return {
        "@type": "DataDownload",
        "name": f"{table.name}.{kind}",
        "description": table.title,
        "contentUrl": f"{folder}{table.name}.{kind}",
        "encodingFormat": KINDS[kind],
        "contentSize": f"{len(content)} B",
        "sha256": hashlib.sha256(content).hexdigest(),
    }
