"""How likely a model finds a text that is there already, token by token, and which experts it uses on the way."""

from __future__ import annotations

import codecs
import time
from collections.abc import Callable

import numpy as np

from ..schema import Reply, Trace
from ..scoring.routes import packed
from .context import BATCH, Context, Row
from .protocol import EngineError
from .routing import Routing, Seen
from .sampling import logprob

Seat = tuple[Context, Routing | None]
"""A context for one length of window, beside the one that answers, and what listens to its experts, if anything."""


class Tracer:
    """Reads texts with the model of a context. `tick()` is called after every part of a window."""

    def __init__(self, context: Context, tick: Callable[[], None]) -> None:
        self._context, self._tick = context, tick
        self._seats: dict[tuple[int, bool], Seat] = {}

    def reply(self, request: Trace) -> Reply:
        """The log-probability of every token, and its experts. Raises `ValueError` for a text of less than two tokens
        and for a route that the model does not have, `EngineError` where routing cannot be read."""
        windows = self._windows(request)
        seat = self._seat(len(windows[0]), request)
        began = time.perf_counter()
        values, seen = [], []
        for window in windows:
            found, experts = self._read(seat, window, request)
            values += [0.0, *found]
            seen.append(experts)
        return Reply(
            tokens=tuple(self._pieces(windows)),
            logprobs=tuple(round(value, 5) for value in values),
            prompt_tokens=sum(map(len, windows)),
            prompt_seconds=round(time.perf_counter() - began, 4),
            stop="traced",
            routes=_kept(seen) if request.routing else {},
        )

    def close(self) -> None:
        """Free the contexts. May be called twice."""
        for context, _ in self._seats.values():
            context.close()
        self._seats.clear()

    def _windows(self, request: Trace) -> list[list[int]]:
        tokens = self._context.tokenize(request.text, special=False)
        length = min(request.window, len(tokens))
        if length < 2:
            raise ValueError("a text of less than two tokens has nothing to predict")
        starts = range(0, len(tokens) - length + 1, length)
        opening = self._context.opening
        return [[*opening, *tokens[start + len(opening) : start + length]] for start in starts]

    def _seat(self, length: int, request: Trace) -> Seat:
        listening = bool(request.routing or request.route)
        if (length, listening) not in self._seats:
            routing = Routing() if listening else None
            self._seats[length, listening] = (self._context.beside(length, routing), routing)
        return self._seats[length, listening]

    def _read(self, seat: Seat, window: list[int], request: Trace) -> tuple[list[float], dict[int, Seen]]:
        context, routing = seat
        context.keep(0, 0)
        values, seen = [], []
        for places in np.array_split(np.arange(len(window)), -(-len(window) // BATCH)):
            if routing:
                routing.route, routing.start = request.route, int(places[0])
            logits = context.decode([Row(window[place], int(place), 0, True) for place in places])
            follow = zip(logits, window[places[0] + 1 :], strict=False)
            values += [logprob(row, token) for row, token in follow]
            if routing:
                seen.append(routing.take())
            self._tick()
        return values, _joined(seen)

    def _pieces(self, windows: list[list[int]]) -> list[str]:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        return [decoder.decode(self._context.piece(token)) for window in windows for token in window]


def _joined(parts: list[dict[int, Seen]]) -> dict[int, Seen]:
    layers = parts[0] if parts else {}
    return {layer: Seen(*map(np.concatenate, zip(*(part[layer] for part in parts), strict=True))) for layer in layers}


def _kept(windows: list[dict[int, Seen]]) -> dict:
    """What a reply keeps of the experts of all windows. Raises `EngineError` for a model that has none."""
    layers = _joined(windows)
    if not layers:
        raise EngineError("this model has no experts whose choice could be read")
    likely, chosen = (np.array([seen[part] for seen in layers.values()]) for part in (0, 1))
    ranked = -np.sort(-likely, axis=-1)
    used = chosen.shape[-1]
    edge = ranked[..., used] if ranked.shape[-1] > used else np.zeros_like(ranked[..., 0])
    return packed(
        list(layers),
        used,
        experts=chosen.ravel().tolist(),
        weights=np.take_along_axis(likely, chosen, axis=-1).ravel().tolist(),
        margins=(ranked[..., used - 1] - edge).ravel().tolist(),
    )
