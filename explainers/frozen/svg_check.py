"""Check of a frozen SVG: it may hold nothing but a drawing. A file can come from anywhere, and an SVG that is opened by
its address may run scripts (SVG 2, 2.2), which one inside `<img>` may not."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

SVG = "{http://www.w3.org/2000/svg}"
ELEMENTS = frozenset(
    f"{SVG}{name}"
    for name in (
        "svg", "g", "defs", "clipPath", "linearGradient", "stop", "path", "line", "rect", "circle", "text", "tspan",
    )
)  # fmt: skip
"""The elements that Vega draws charts with."""

_OUTSIDE = re.compile(r"url\((?!['\"]?#)", re.IGNORECASE)


def fault(svg: bytes) -> str:
    """Why this is no plain drawing; empty when it is one."""
    if b"<!" in svg or b"<?" in svg:  # entities and style sheets, before any parser could obey them
        return "it holds a declaration, a comment or an instruction"
    try:
        root = ET.fromstring(svg)
    except ET.ParseError as wrong:
        return f"it is no XML ({wrong})"
    if root.tag != f"{SVG}svg":
        return "it is no SVG"
    return next((why for element in root.iter() if (why := _fault(element))), "")


def _fault(element: ET.Element) -> str:
    if element.tag not in ELEMENTS:
        return f"it holds an element <{element.tag.removeprefix(SVG)}>"
    for name, value in element.attrib.items():
        # A name in a namespace is a link of some kind; a style can load what it likes.
        if name.lower().startswith(("{", "on")) or name.lower() in ("href", "style") or _OUTSIDE.search(value):
            return f"it holds an attribute {name}"
    return ""
