"""Characters that no SVG can hold, replaced in all texts of a spec. Standard library only."""

from __future__ import annotations

import re
from typing import Any

_UNDRAWABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u2028\u2029]")


def drawable(value: Any) -> Any:
    """A spec whose texts hold nothing that an SVG cannot (XML 1.0, 2.2): one such character ends the whole process.

    Two more end a line of the expressions that Vega writes names into.
    """
    if isinstance(value, str):
        return _UNDRAWABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {name: drawable(part) for name, part in value.items()}
    return [drawable(part) for part in value] if isinstance(value, list) else value
