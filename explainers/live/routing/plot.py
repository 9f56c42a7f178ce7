"""The plane of tokens before and after: each token says which expert comes first, and whether it was misrouted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..form import Picture
from .toy_moe import RoutedToken, homes

BEFORE, AFTER = "the router as it is", "the router with noise"
SAME, OTHER, TOKEN = "same experts before and after", "misrouted", "the token"
TITLE = "Each number is the expert that comes first for a token there"


def draw_planes(one: RoutedToken, sample: Sequence[RoutedToken], experts: int) -> Picture:
    """A panel for each router: the sample as numbered squares, and the token that was moved about."""
    values = [_square(routed, panel) for panel in (BEFORE, AFTER) for routed in sample]
    spec = {
        "data": {"values": values},
        "facet": {"field": "panel", "type": "nominal", "title": None, "sort": [BEFORE, AFTER]},
        "columns": 2,
        "spec": {"layer": [_squares(), _numbers(), _token(one)], "height": 300},
    }
    return Picture(spec, _alt(one, sample, experts), TITLE)


def _square(routed: RoutedToken, panel: str) -> dict[str, Any]:
    x, y = routed.token
    route = routed.before if panel == BEFORE else routed.after
    kind = OTHER if routed.misrouted else SAME
    return {"x": x, "y": y, "panel": panel, "kind": kind, "expert": route.experts[0] + 1}


def _places() -> dict[str, Any]:
    axis = {"values": [-1, 0, 1], "grid": False}
    return {
        name: {"field": name, "type": "quantitative", "title": None, "axis": axis, "scale": {"domain": [-1.07, 1.07]}}
        for name in ("x", "y")
    }


def _kind() -> dict[str, Any]:
    return {"field": "kind", "type": "nominal", "title": None, "scale": {"domain": [SAME, OTHER, TOKEN]}}


def _squares() -> dict[str, Any]:
    mark = {"type": "point", "shape": "square", "filled": True, "size": 230, "opacity": 0.25}
    tooltip = [
        {"field": "expert", "type": "nominal", "title": "First expert"},
        {"field": "kind", "type": "nominal", "title": "Routed"},
    ]
    return {"mark": mark, "encoding": {**_places(), "color": _kind(), "tooltip": tooltip}}


def _numbers() -> dict[str, Any]:
    text = {"field": "expert", "type": "nominal"}
    return {"mark": {"type": "text", "fontSize": 10}, "encoding": {**_places(), "text": text}}


def _token(one: RoutedToken) -> dict[str, Any]:
    (x, y), mark = one.token, {"type": "point", "filled": False, "size": 320, "strokeWidth": 3, "opacity": 1}
    values = [{"x": x, "y": y, "kind": TOKEN}]
    return {"data": {"values": values}, "mark": mark, "encoding": {**_places(), "color": _kind()}}


def _alt(one: RoutedToken, sample: Sequence[RoutedToken], experts: int) -> str:
    (x, y), many = one.token, sum(routed.misrouted for routed in sample)
    found = "one of them" if one.misrouted else "routed as before"
    at = "; ".join(f"{place} at ({across:.1f}, {up:.1f})" for place, (across, up) in enumerate(homes(experts), start=1))
    return (
        f"A plane of {len(sample)} tokens under two routers. Homes of the experts: {at}. {many} tokens are "
        f"misrouted under the router with noise. The token at ({x:g}, {y:g}) is {found}."
    )
