"""Error against bits: llama.cpp's formats, the rule's other numbers of bits, and what is set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..form import Picture
from .block_formats import QuantizedPart

FORMATS, SET = "formats of llama.cpp", "what is set"
_TICKS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2]
_BESIDE = {"_0": {"dx": -8, "dy": 12, "align": "right"}, "_1": {"dx": 8, "dy": -10, "align": "left"}}
"""Where a format's name stands: formats with an offset lie above the line of those without, and so do their names."""
TITLE = "Error against bits per weight, scales included"


def draw_errors(
    published: Sequence[QuantizedPart], own: QuantizedPart, sweep: Sequence[tuple[float, float]], block: int
) -> Picture:
    """`sweep` has (bits per weight, error) of the rule that is set, for every number of bits."""
    line = f"the rule in blocks of {block}, 2 to 8 bits"
    kinds = [FORMATS, line, SET]
    formats = [_point(FORMATS, one.bits, one.error, one.by.name) for one in published]
    swept = [_point(line, bits, error) for bits, error in sweep]
    layers = [
        _layer(swept, kinds, {"type": "line", "point": True}),
        _layer(formats, kinds, {"type": "point", "opacity": 1, "size": 80}),
        _layer([_point(SET, own.bits, own.error)], kinds, {"type": "point", "filled": False, "size": 320}),
        *(_names([point for point in formats if point["name"].endswith(end)], **at) for end, at in _BESIDE.items()),
    ]
    return Picture({"layer": layers, "height": 300}, _alt(published, own), TITLE)


def _point(kind: str, bits: float, error: float, name: str = "") -> dict[str, Any]:
    return {"kind": kind, "bits": bits, "error": error, "name": name}


def _places() -> dict[str, Any]:
    return {
        "x": {
            "field": "bits",
            "type": "quantitative",
            "title": "Bits per weight",
            "scale": {"zero": False, "nice": False, "padding": 18},
        },
        "y": {
            "field": "error",
            "type": "quantitative",
            "title": "Error, root mean square",
            "scale": {"type": "log", "nice": False, "padding": 18},
            "axis": {"format": "~%", "values": _TICKS},
        },
    }


def _layer(values: Sequence[Any], kinds: Sequence[str], mark: dict[str, Any]) -> dict[str, Any]:
    tooltip = [
        {"field": "kind", "type": "nominal", "title": "What"},
        {"field": "name", "type": "nominal", "title": "Format"},
        {"field": "bits", "type": "quantitative", "title": "Bits per weight", "format": ".3~f"},
        {"field": "error", "type": "quantitative", "title": "Error", "format": ".2%"},
    ]
    colour = {"field": "kind", "type": "nominal", "title": None, "scale": {"domain": list(kinds)}}
    shape = {"shape": colour} if mark["type"] == "point" else {}
    return {
        "data": {"values": list(values)},
        "mark": mark,
        "encoding": {**_places(), "color": colour, **shape, "tooltip": tooltip},
    }


def _names(formats: Sequence[Any], **at: Any) -> dict[str, Any]:
    mark = {"type": "text", **at}
    name = {"text": {"field": "name", "type": "nominal"}}
    return {"data": {"values": list(formats)}, "mark": mark, "encoding": {**_places(), **name}}


def _alt(published: Sequence[QuantizedPart], own: QuantizedPart) -> str:
    errors = [f"{one.by.name} {one.bits:.4g} bits, error {one.error:.2%}" for one in published]
    chosen = f"{own.by.name}: {own.bits:.4g} bits, {own.error:.2%}"
    return f"Error against bits per weight. {'; '.join(errors)}. Set is {chosen}."
