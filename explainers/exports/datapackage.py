"""The tables as a Data Package that other programs can read (Frictionless Data Package v1, tabular profile)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from .citation import AUTHOR, PROJECT
from .columns import DescribedTable

LICENCE = {"name": "Apache-2.0", "title": "Apache License 2.0"}


def package(tables: Iterable[DescribedTable], version: str, newest: str, address: str) -> bytes:
    """The bytes of `datapackage.json`, which stands beside the CSV files of `tables`.

    `version` is that of the data, `newest` the moment of their newest reply and `address` the site's; these two may be
    empty.
    """
    said = {
        "profile": "tabular-data-package",
        "name": "incompressible",
        "title": PROJECT,
        "version": version,
        "licenses": [LICENCE],
        "contributors": [{"title": AUTHOR, "role": "author"}],
        **({"created": newest} if newest else {}),
        **({"homepage": address} if address else {}),
        "resources": [_resource(table) for table in tables],
    }
    return (json.dumps(said, indent=1) + "\n").encode()


def _resource(table: DescribedTable) -> dict[str, Any]:
    content = table.files["csv"]
    return {
        "profile": "tabular-data-resource",
        "name": table.name,
        "path": f"{table.name}.csv",
        "title": table.title,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "schema": {"fields": [vars(field) for field in table.fields], "missingValues": [""]},
    }
