"""The specs of charts that a page fills with other rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from runners.schema import canonical

from ...live.rejudge.chart import FILE, chart_of, empty_rows
from ...plotting.render import build_spec
from ...schema import Chart, Claim, Table


def files(claims: Iterable[Claim], charts: Mapping[str, Chart], drawn: Mapping[str, Table]) -> dict[str, bytes]:
    """The spec of each claim's chart without its rows; an empty one where nothing was measured to draw.

    `charts` and `drawn`, their tables, are by slug.
    """
    found = sorted({chart.slug for claim in claims if (chart := chart_of(claim))})
    specs = {slug: _spec(charts[slug], table) if (table := drawn.get(slug)) else {} for slug in found}
    return {FILE.format(slug): canonical(spec) for slug, spec in specs.items()}


def _spec(chart: Chart, table: Table) -> Mapping[str, Any]:
    return empty_rows(build_spec(chart, table), [dict(row) for row in table])
