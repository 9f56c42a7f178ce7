"""Files that live experiments read, written by the build: a module for each kind."""

from __future__ import annotations

from ...guide.guide import Guide
from . import charts, moe_demo, replies, sizes, tensors, verdicts

KINDS = (charts, moe_demo, replies, sizes, tensors, verdicts)
"""The modules, each with `files(guide)`: the name of a file under `docs/live/` -> what lies there."""


def files(guide: Guide) -> dict[str, bytes]:
    """All files that live experiments read. Equal evidence gives equal bytes."""
    return {name: content for kind in KINDS for name, content in kind.files(guide).items()}
