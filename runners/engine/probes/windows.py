"""Windows of a text through one model: logits of every token, and the experts it went to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ...schema import Route
from ...scoring.expert_routes import packed
from ..context import BATCH, Context, Row
from ..protocol import EngineError
from .router_hook import Change, Routing, Seen
from .router_override import rerouted

Experts = Mapping[int, Seen]
"""Layer -> what it did with some tokens; empty where nobody listened or a model has none."""


class Reader:
    """A context of its own beside the one that answers, for windows of one length; `listening` to experts costs time.

    `tick()` is called after every part of a window.
    """

    def __init__(self, context: Context, length: int, listening: bool, tick: Callable[[], None]) -> None:
        self._routing = Routing() if listening else None
        self._context, self._tick = context.beside(length, self._routing), tick

    def read(self, window: Sequence[int], route: Route | None = None) -> Iterator[tuple[list[np.ndarray], Experts]]:
        """Part by part, the logits (vocabulary,) of every token, valid until the next part, and their experts.

        Raises `EngineError`, also for a route that the model does not have.
        """
        self._context.keep(0, 0)
        for places in np.array_split(np.arange(len(window)), -(-len(window) // BATCH)):
            if self._routing:
                self._routing.change = _change(route, int(places[0])) if route else None
                self._routing.kept = bool(route and route.kept)
            logits = self._context.decode([Row(window[place], place, 0, True) for place in map(int, places)])
            experts = self._routing.take() if self._routing else {}
            if route and not experts:
                raise EngineError("this model has no experts whose choice could be changed")
            yield logits, experts
            self._tick()

    def close(self) -> None:
        """Free the context. May be called twice."""
        self._context.close()


def _change(route: Route, start: int) -> Change:
    return lambda layer, seen: rerouted(route, layer, start, *seen)


def joined(parts: Sequence[Experts]) -> Experts:
    """The experts of some parts as those of the whole."""
    layers = parts[0] if parts else {}
    return {layer: Seen(*map(np.concatenate, zip(*(part[layer] for part in parts), strict=True))) for layer in layers}


def kept(experts: Experts, **more: Sequence[float]) -> dict[str, Any]:
    """What a reply keeps of the experts of a text, and `more` of `scoring.routes`; nothing where a model has none."""
    if not experts:
        return {}
    likely, chosen = (np.array([seen[part] for seen in experts.values()]) for part in (0, 1))
    ranked, used = -np.sort(-likely, axis=-1), chosen.shape[-1]
    edge = ranked[..., used] if ranked.shape[-1] > used else np.zeros_like(ranked[..., 0])
    return packed(
        list(experts),
        used,
        experts=chosen.ravel().tolist(),
        weights=np.take_along_axis(likely, chosen, axis=-1).ravel().tolist(),
        margins=(ranked[..., used - 1] - edge).ravel().tolist(),
        **more,
    )


def moved(one: Experts, other: Experts) -> list[int]:
    """In how many layers each token went to another set of experts."""
    apart = [np.any(np.sort(one[layer].chosen) != np.sort(other[layer].chosen), axis=-1) for layer in one]
    return np.sum(apart, axis=0).tolist() if apart else []
