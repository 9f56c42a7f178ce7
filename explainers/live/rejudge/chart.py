"""The chart of a claim's replies, redrawn on some of them: the spec that a build drew, with other rows in it.

What draws a chart needs Altair, which a browser has not; what makes its table needs nothing. So a build keeps the spec
of each chart, without its rows, and the page puts the rows there that the same `table` makes of the replies chosen.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any

from ...plotting.svg_text import drawable
from ...schema import Chart, Claim
from ...verdicts.judge import experiments
from ..form import Picture

NAME = "evidence/charts/{}.json"
"""The name of a chart's spec under `docs/live/`."""

ROWS = "the rows of the table"
"""What stands in the spec where the rows go."""


@lru_cache(maxsize=64)
def chart(slug: str) -> Chart:
    """The chart of a slug; its module alone is imported. Raises `ImportError`."""
    return import_module(f"explainers.charts.{slug.replace('-', '_')}").CHART


def chart_of(claim: Claim) -> Chart | None:
    """The first chart of a claim whose rows can be put into its spec, and that draws on no other experiments."""
    known = set(experiments(*claim.tests))
    named = map(chart, claim.charts)
    return next((one for one in named if one.redraws and known.issuperset(one.experiments)), None)


def redrawn(of: Chart, spec: bytes, rows: Sequence[Any], metrics: Mapping[str, Any]) -> Picture | None:
    """The chart of these rows; None where there is nothing to draw."""
    table, bare = of.table(rows, metrics), json.loads(spec)
    if not table or not bare:
        return None
    return Picture(drawable(filled(bare, [dict(row) for row in table])), of.alt(table), of.title(table))


def filled(spec: Any, rows: Sequence[Mapping[str, Any]]) -> Any:
    """The spec with rows in every place that was kept for them."""
    if isinstance(spec, dict):
        return {name: filled(part, rows) for name, part in spec.items()}
    if isinstance(spec, list):
        return [filled(part, rows) for part in spec]
    return list(rows) if spec == ROWS else spec


def emptied(spec: Any, rows: Sequence[Mapping[str, Any]]) -> Any:
    """The spec with the places kept where these rows stand: undone by `filled`."""
    if isinstance(spec, dict):
        return {name: emptied(part, rows) for name, part in spec.items()}
    if isinstance(spec, list):
        return ROWS if spec == rows else [emptied(part, rows) for part in spec]
    return spec
