"""The specs of charts that a page fills with other rows."""

from __future__ import annotations

from runners.schema import canonical

from ...guide.guide import Guide
from ...live.rejudge.chart import FILE, chart_of, empty_rows
from ...plotting.render import build_spec


def files(guide: Guide) -> dict[str, bytes]:
    """The spec of each claim's chart without its rows; an empty one where nothing was measured to draw."""
    found = {chart.slug: chart for claim in guide.claims.values() if (chart := chart_of(claim))}
    return {FILE.format(slug): _spec(guide, slug) for slug in sorted(found)}


def _spec(guide: Guide, slug: str) -> bytes:
    table = guide.drawn.get(slug)
    bare = empty_rows(build_spec(guide.charts[slug], table), [dict(row) for row in table]) if table else {}
    return canonical(bare)
