"""Colours and sizes of charts and pages, named here alone: Okabe & Ito's palette for light and dark.

Pages take them as CSS variables (`css`), charts as a Vega-Lite config (`config`). How wide charts are is here as well:
the script that redraws a chart reads it from the same file as the configs (`for_scripts`).
"""

from __future__ import annotations

from typing import Any

LIGHT = {
    "ink": "#1d2129",
    "quiet": "#5b6370",
    "line": "#d9dde3",
    "paper": "#ffffff",
    "panel": "#f6f7f9",
    "holds": "#00694d",
    "fails": "#a83f00",
    "open": "#4d5663",
    "accent": "#005a8f",
    "zone": "#e3eff7",
}
DARK = {
    "ink": "#e8eaee",
    "quiet": "#a9b1bd",
    "line": "#3a404b",
    "paper": "#14171c",
    "panel": "#1c2027",
    "holds": "#4fd1a5",
    "fails": "#ff9a5c",
    "open": "#b8c0cc",
    "accent": "#6cb8ec",
    "zone": "#1d3343",
}
# Okabe & Ito 2008, blue, vermilion, bluish green, purple, orange, sky blue; darker on paper and lighter at night, so
# that each keeps a contrast of 3 to 1 with its ground.
SERIES = {
    "light": ["#0072b2", "#d55e00", "#007e5d", "#a8558a", "#9a6a00", "#2b7fb0"],
    "dark": ["#56b4e9", "#ff8c42", "#2fc79a", "#e39ac6", "#e6b422", "#9ad1f5"],
}
SHAPES = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down"]
FONT = "Arial, 'Liberation Sans', Helvetica, sans-serif"
"""Charts only: the family whose widths vl-convert measures with, so that static labels never collide."""

WIDE, NARROW = 680, 340
"""How wide a chart is painted before a script knows the page: on a screen of a desk, and on a phone."""
LAYOUT: dict[str, Any] = {
    "narrow_below": 560,
    "columns": {"wide": 2, "narrow": 1},
    "axis": 40,
    "gap": 20,
    "autosize": {"type": "fit-x", "contains": "padding"},
}
"""In CSS pixels: below which width a chart is narrow; how many small multiples stand side by side unless a chart says
so, what the y axis takes once, and the gap beside each; how a chart that has no panels fits its width."""
PHONE = 600
"""A screen of at most so many CSS pixels gets the narrow picture where no script runs."""


def css() -> str:
    """Both palettes as CSS variables, under Material's two schemes."""
    schemes = (("default", LIGHT, "light"), ("slate", DARK, "dark"))
    return "\n".join(_scheme(name, colours, SERIES[ground]) for name, colours, ground in schemes)


def _scheme(name: str, colours: dict[str, str], series: list[str]) -> str:
    own = [f"  --{key}: {value};" for key, value in colours.items()]
    own += [f"  --series-{place}: {value};" for place, value in enumerate(series, start=1)]
    material = [
        f"  --md-default-bg-color: {colours['paper']};",
        f"  --md-default-fg-color: {colours['ink']};",
        f"  --md-default-fg-color--light: {colours['quiet']};",
        f"  --md-typeset-color: {colours['ink']};",
        f"  --md-typeset-a-color: {colours['accent']};",
        f"  --md-accent-fg-color: {colours['accent']};",
        f"  --md-primary-fg-color: {colours['paper']};",
        f"  --md-primary-bg-color: {colours['ink']};",
        f"  --md-primary-bg-color--light: {colours['quiet']};",
        f"  --md-code-bg-color: {colours['panel']};",
        f"  --md-footer-bg-color: {colours['panel']};",
        f"  --md-footer-bg-color--dark: {colours['panel']};",
        f"  --md-footer-fg-color: {colours['ink']};",
        f"  --md-footer-fg-color--light: {colours['quiet']};",
        f"  --md-footer-fg-color--lighter: {colours['quiet']};",
    ]
    return "\n".join([f'[data-md-color-scheme="{name}"] {{', *own, *material, "}"])


def for_scripts() -> dict[str, Any]:
    """What the script that redraws charts reads: a Vega-Lite config for each ground and width, and the layout."""
    looks = [(ground, width) for ground in ("light", "dark") for width in ("wide", "narrow")]
    return {"configs": {f"{ground}-{width}": config(ground, width) for ground, width in looks}, "layout": LAYOUT}


def sized(spec: dict[str, Any], total: int, width: str) -> dict[str, Any]:
    """A bare spec made `total` CSS pixels wide for `width` ("wide" or "narrow"); charts.js does the same on a page."""
    if "facet" not in spec:
        return spec | {"width": total, "autosize": LAYOUT["autosize"]}
    many = LAYOUT["columns"]
    columns = many["narrow"] if width == "narrow" else spec.get("columns", many["wide"])
    panel = (total - LAYOUT["axis"]) // columns - LAYOUT["gap"]
    return spec | {"columns": columns, "spec": spec["spec"] | {"width": panel}}


def config(ground: str, width: str) -> dict[str, Any]:
    """The Vega-Lite config for `ground` ("light" or "dark") and `width` ("wide" or "narrow")."""
    colours = DARK if ground == "dark" else LIGHT
    text = {"labelColor": colours["quiet"], "titleColor": colours["quiet"], "labelFontSize": 12, "titleFontSize": 12}
    return {
        "background": None,
        "font": FONT,
        "view": {"stroke": None},
        "axis": {
            **text,
            "titleFontWeight": "normal",
            "gridColor": colours["line"],
            "domainColor": colours["quiet"],
            "tickColor": colours["quiet"],
            "labelAngle": 0,
            "labelLimit": 180 if width == "narrow" else 230,
            "titlePadding": 10,
        },
        "axisY": {"domain": False, "ticks": False},
        "legend": {**text, "labelColor": colours["ink"], "title": None, "orient": "top", "symbolSize": 110,
                   "symbolStrokeWidth": 2, "symbolOpacity": 1, "columns": 1 if width == "narrow" else 2,
                   "labelLimit": 320, "offset": 24},
        "header": {"labelColor": colours["ink"], "labelFontSize": 13, "labelFontWeight": "bold", "title": None,
                   "labelLimit": 280 if width == "narrow" else 300},
        "title": {"color": colours["ink"], "subtitleColor": colours["quiet"], "anchor": "start", "frame": "group",
                  "fontSize": 17, "subtitleFontSize": 13, "offset": 16, "subtitlePadding": 8},
        "range": {"category": SERIES[ground], "symbol": SHAPES},
        "rule": {"color": colours["quiet"]},
        "text": {"color": colours["quiet"], "fontSize": 12},
        "point": {"size": 64, "filled": True},
        "line": {"strokeWidth": 2.5},
    }  # fmt: skip
