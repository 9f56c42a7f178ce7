"""Formatter of the `chart` fence in a page's Markdown: the figure that the build wrote for that chart.

The fence's one line is the way from the page to the chart's folder, as in `../../charts/json-depth`. MkDocs calls this
from the guide's folder.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

FIGURE = "figure.html"
PLACE = "@base@"
"""What a stored figure has in place of the way to its folder."""


def chart(source: str, language: str, css_class: str, options: dict, md: object, **kwargs: object) -> str:
    """The figure's HTML. Raises `ValueError` when the chart does not exist, so that a strict build stops."""
    base = source.strip()
    figure = Path("build/docs/charts") / base.rsplit("/", 1)[-1] / FIGURE
    if not figure.is_file():
        raise ValueError(f"no chart lies at {figure}; run `incompressible build`")
    return figure.read_text(encoding="utf-8").replace(PLACE, escape(base, quote=True))
