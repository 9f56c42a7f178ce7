"""JSON as people read it: indented, its keys in order, ended by a newline."""

from __future__ import annotations

import json


def indented_json(value: object) -> bytes:
    """The bytes of a JSON file. Raises `ValueError` for a number that JSON does not have."""
    return (json.dumps(value, indent=1, sort_keys=True, allow_nan=False) + "\n").encode()
