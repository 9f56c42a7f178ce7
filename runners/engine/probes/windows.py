"""Windows of a text through one model: logits of every token, and the experts it went to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ...schema import Route
from ...scoring.expert_routes import pack
from ..context import BATCH, BatchRow, Context
from ..protocol import EngineError
from .router_hook import Change, LayerRouting, RouterHook
from .router_override import override_experts

Experts = Mapping[int, LayerRouting]
"""Layer -> its routing of some tokens; empty where nobody listened or a model has no experts."""


class WindowReader:
    """A context of its own beside the one that answers, for windows of one length; `listening` to experts costs time.

    `tick()` is called after every part of a window.
    """

    def __init__(self, context: Context, length: int, listening: bool, tick: Callable[[], None]) -> None:
        self._routing = RouterHook() if listening else None
        self._context, self._tick = context.sibling(length, self._routing), tick

    def read(self, window: Sequence[int], route: Route | None = None) -> Iterator[tuple[list[np.ndarray], Experts]]:
        """Part by part, the logits (vocabulary,) of every token, valid until the next part, and their experts.

        Raises `EngineError`, also for a route that the model does not have.
        """
        self._context.keep(0, 0)
        for places in np.array_split(np.arange(len(window)), -(-len(window) // BATCH)):
            if self._routing:
                self._routing.change = _override_by(route, int(places[0])) if route else None
                self._routing.keep_weights = bool(route and route.kept)
            logits = self._context.decode([BatchRow(window[place], place, 0, True) for place in map(int, places)])
            experts = self._routing.take() if self._routing else {}
            if route and not experts:
                raise EngineError("this model has no experts whose choice could be changed")
            yield logits, experts
            self._tick()

    def close(self) -> None:
        """Free the context. May be called twice."""
        self._context.close()


def _override_by(route: Route, start: int) -> Change:
    return lambda layer, seen: override_experts(route, layer, start, *seen)


def join_parts(parts: Sequence[Experts]) -> Experts:
    """The experts of some parts as those of the whole."""
    layers = parts[0] if parts else {}
    return {
        layer: LayerRouting(*map(np.concatenate, zip(*(part[layer] for part in parts), strict=True)))
        for layer in layers
    }


def pack_routing(experts: Experts, **more: Sequence[float]) -> dict[str, Any]:
    """What a reply keeps of the experts of a text, and `more` arrays of `scoring.expert_routes`; empty without any."""
    if not experts:
        return {}
    likely, chosen = (np.array([seen[part] for seen in experts.values()]) for part in (0, 1))
    ranked, used = -np.sort(-likely, axis=-1), chosen.shape[-1]
    edge = ranked[..., used] if ranked.shape[-1] > used else np.zeros_like(ranked[..., 0])
    return pack(
        list(experts),
        used,
        experts=chosen.ravel().tolist(),
        weights=np.take_along_axis(likely, chosen, axis=-1).ravel().tolist(),
        margins=(ranked[..., used - 1] - edge).ravel().tolist(),
        **more,
    )


def count_moved_layers(left: Experts, right: Experts) -> list[int]:
    """The number of layers in which each token went to another set of experts."""
    apart = [np.any(np.sort(left[layer].chosen) != np.sort(right[layer].chosen), axis=-1) for layer in left]
    return np.sum(apart, axis=0).tolist() if apart else []
