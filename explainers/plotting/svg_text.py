"""Characters that no SVG can hold, replaced in all texts of a spec. Standard library only."""

from __future__ import annotations

import re
from typing import Any

_UNDRAWABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u2028\u2029]")


def replace_undrawable(value: Any) -> Any:
    """Replace what an SVG cannot hold (XML 1.0, 2.2) in all texts of a spec: one such character ends the whole process.

    Two more end a line of the expressions that Vega writes names into.
    """
    if isinstance(value, str):
        return _UNDRAWABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {name: replace_undrawable(part) for name, part in value.items()}
    return [replace_undrawable(part) for part in value] if isinstance(value, list) else value
