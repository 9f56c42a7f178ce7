"""Memory against context: what the weights take, and what each type of cache adds."""

from __future__ import annotations

from typing import Any

from ...text.formatting import count
from ..form import Picture
from .memory import CACHES, Architecture, estimate_memory

TITLE = "Gigabytes in memory as the context grows"
CHOSEN, WEIGHTS = "what is set", "weights alone"
STEPS, BEYOND = 16, 4
"""Contexts that are drawn: so many steps up to so many times the one that is set."""


def draw_memory(model: Architecture, bits: float, context: int, cache: str) -> Picture:
    """A line for each type of cache over the weights, and the context that is set."""
    contexts = sorted({round(context * BEYOND * step / STEPS) for step in range(STEPS + 1)})
    lines = {f"with a cache in {name}": name for name in CACHES}
    values = [
        {"kind": kind, "context": one, "gigabytes": estimate_memory(model, bits, one, name).resident / 1e9}
        for kind, name in lines.items()
        for one in contexts
    ]
    alone = [{"kind": WEIGHTS, "context": one, "gigabytes": model.total * bits / 8e9} for one in (0, contexts[-1])]
    own = {"kind": CHOSEN, "context": context, "gigabytes": estimate_memory(model, bits, context, cache).resident / 1e9}
    kinds = [*lines, WEIGHTS, CHOSEN]
    layers = [
        _layer(values + alone, kinds, {"type": "line"}),
        _layer([own], kinds, {"type": "point", "size": 160, "opacity": 1}),
    ]
    return Picture({"layer": layers, "height": 260}, _alt(values, own, cache), TITLE)


def _layer(values: list[Any], kinds: list[str], mark: dict[str, Any]) -> dict[str, Any]:
    context = {"field": "context", "type": "quantitative", "title": "Context, tokens", "axis": {"tickCount": 5}}
    size = {"field": "gigabytes", "type": "quantitative", "title": "GB", "scale": {"zero": True}}
    kind = {"field": "kind", "type": "nominal", "title": None, "scale": {"domain": kinds}}
    colour = {**kind, "legend": {"symbolType": "stroke"}}
    tooltip = [
        {"field": "kind", "type": "nominal", "title": "What"},
        {"field": "context", "type": "quantitative", "title": "Context", "format": ","},
        {"field": "gigabytes", "type": "quantitative", "title": "GB", "format": ".3~f"},
    ]
    dash = {"strokeDash": kind} if mark["type"] == "line" else {}
    return {
        "data": {"values": values},
        "mark": mark,
        "encoding": {"x": context, "y": size, "color": colour, **dash, "tooltip": tooltip},
    }


def _alt(values: list[Any], own: dict[str, Any], cache: str) -> str:
    last = {one["kind"]: one for one in values}
    told = [f"{kind} {one['gigabytes']:.3g} GB at {count(one['context'], 'token')}" for kind, one in last.items()]
    return (
        f"Gigabytes in memory against context: straight lines from the weights' {values[0]['gigabytes']:.3g} GB up, "
        f"{' and '.join(told)}. Set is a cache in {cache} of {count(own['context'], 'token')}: "
        f"{own['gigabytes']:.3g} GB."
    )
