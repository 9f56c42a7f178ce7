"""One file a chart: a module here that exposes `CHART` is a chart of the guide."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from ..schema import Chart


def find() -> dict[str, Chart]:
    """Every chart by its slug. Raises `ValueError` when two files claim one slug."""
    charts: dict[str, Chart] = {}
    for module in sorted(iter_modules(__path__), key=lambda module: module.name):
        chart = getattr(import_module(f"{__name__}.{module.name}"), "CHART", None)
        if chart is not None and charts.setdefault(chart.slug, chart) is not chart:
            raise ValueError(f"two charts are called {chart.slug}")
    return charts
