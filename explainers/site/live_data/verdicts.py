"""Verdicts as published, for pages that judge again and compare."""

from __future__ import annotations

from runners.schema import canonical

from ...guide.guide import Guide
from ...live.rejudge.published import NAME, told


def files(guide: Guide) -> dict[str, bytes]:
    """One file with every claim's verdict."""
    verdicts = {slug: told(verdict) for slug, verdict in guide.verdicts.items()}
    return {NAME: canonical(verdicts)}
