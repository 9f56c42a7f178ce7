"""Verdicts as published, for pages that judge again and compare."""

from __future__ import annotations

from collections.abc import Mapping

from runners.schema import canonical

from ...live.rejudge.published import NAME, verdict_json
from ...schema import Verdict


def files(verdicts: Mapping[str, Verdict]) -> dict[str, bytes]:
    """One file with every claim's verdict, by its slug."""
    return {NAME: canonical({slug: verdict_json(verdict) for slug, verdict in verdicts.items()})}
