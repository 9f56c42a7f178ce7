"""A chart's table -> the files that show it: Vega-Lite for the page's script, SVG painted first, downloads.

Pages carry title and sources as text, so the pictures in them are bare; what is downloaded carries everything itself.
"""

from __future__ import annotations

import copy
import json
import textwrap
from functools import lru_cache
from typing import Any

from ..schema import Chart, Table
from ..text.csv_table import csv_table
from ..text.json_text import indented_json
from . import theme
from .svg_text import replace_undrawable

LOOKS = ("light-wide", "light-narrow", "dark-wide", "dark-narrow")
"""The grounds and widths that a page may have: a picture each."""
VEGA_LITE = "6.4"
"""The grammar's version that vl-convert draws with."""


def render_files(chart: Chart, table: Table, source: str) -> dict[str, bytes]:
    """Every file of one chart by name, for a table that is not empty. `source` is the line about data and machine."""
    bare = build_spec(chart, table)
    titled = _with_title(bare, chart, table, source)
    return {
        **{f"{look}.svg": drawn for look, drawn in render_pictures(bare).items()},
        "chart.json": indented_json(bare),
        f"{chart.slug}.json": indented_json(titled),
        f"{chart.slug}.svg": _svg(titled),
        f"{chart.slug}.png": _png(titled),
        f"{chart.slug}.csv": as_csv(chart, table),
    }


def render_pictures(bare: dict[str, Any]) -> dict[str, bytes]:
    """The SVG of a bare spec in each of the `LOOKS`."""
    return {look: _svg(_with_theme(bare, *look.split("-"))) for look in LOOKS}


def build_spec(chart: Chart, table: Table) -> dict[str, Any]:
    """The bare Vega-Lite spec: data and marks, without size, title or colours; `height` is the chart's own."""
    drawn = chart.draw(table).to_dict(validate=False)
    drawn.pop("config", None)
    panel_spec(drawn)["height"] = chart.height
    return replace_undrawable(drawn)


def panel_spec(drawn: dict[str, Any]) -> dict[str, Any]:
    """The part of a spec that has width and height: the panel of small multiples, or the whole."""
    return drawn["spec"] if "facet" in drawn else drawn


def _with_theme(bare: dict[str, Any], ground: str, width: str) -> dict[str, Any]:
    total = theme.NARROW if width == "narrow" else theme.WIDE
    return theme.sized(copy.deepcopy(bare), total, width) | {"config": theme.config(ground, width)}


def _with_title(bare: dict[str, Any], chart: Chart, table: Table, source: str) -> dict[str, Any]:
    titled = _with_theme(bare, "light", "wide")
    titled["config"]["background"] = theme.LIGHT["paper"]
    titled["padding"] = 20
    titled["title"] = {
        "text": textwrap.wrap(chart.title(table), 74),
        "subtitle": textwrap.wrap(chart.subtitle, 100) + textwrap.wrap(source, 100),
        "frame": "bounds",  # long labels of rows would push a title that begins at the axis out of the picture
    }
    titled["usermeta"] = {"source": source, "alt": chart.alt(table)}
    return replace_undrawable(titled)


def as_csv(chart: Chart, table: Table) -> bytes:
    """The chart's whole table as CSV, under its plain column names.

    True and False are spelled as in Python: a frozen chart is recognized by these very bytes.
    """
    named = ({name: str(value) if isinstance(value, bool) else value for name, value in row.items()} for row in table)
    return csv_table(named)


def _svg(dressed: dict[str, Any]) -> bytes:
    return _draw("svg", json.dumps(dressed))


def _png(dressed: dict[str, Any]) -> bytes:
    return _draw("png", json.dumps(dressed))


@lru_cache(maxsize=512)
def _draw(kind: str, spec: str) -> bytes:
    """A spec, as JSON -> its picture. What `serve --watch` builds again is mostly what it has drawn before."""
    import vl_convert

    if kind == "png":
        return vl_convert.vegalite_to_png(spec, vl_version=VEGA_LITE, scale=2)
    return vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE).encode()
