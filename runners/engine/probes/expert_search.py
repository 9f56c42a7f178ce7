"""Next-token options under every set of experts for the last token, many sets in one batch."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import combinations
from math import comb

import numpy as np

from ...schema import Detour, Reply
from ..context import BATCH, BatchRow, Context
from ..protocol import EngineError
from ..sampling import logprob
from .router_hook import Change, LayerRouting, RouterHook
from .windows import Experts, pack_routing

LANES = 64
"""Sets that are tried at once, each in a sequence of its own."""

MOST = 10_000
"""Sets in a layer beyond which nobody would want to wait."""


class ExpertSearch:
    """Reads prompts with the model of a context, and their last tokens by every set of its experts."""

    def __init__(self, context: Context, tick: Callable[[], None]) -> None:
        self._context, self._tick = context, tick
        self._lanes: dict[int, _Lanes] = {}

    def reply(self, request: Detour) -> Reply:
        """The options as the router's experts have them, and the likeliest of them by every set in every layer.

        Raises `ValueError` for a prompt of less than two tokens or more than a batch, and for an option that is not
        one token; `EngineError` for a model without experts to spare.
        """
        prompt = self._context.tokenize(request.prompt, special=False)
        if not 2 <= len(prompt) <= BATCH:
            raise ValueError(f"the prompt of a detour takes from 2 to {BATCH} tokens, not {len(prompt)}")
        options = [self._token(option) for option in request.options]
        began = time.perf_counter()
        if len(prompt) not in self._lanes:
            self._lanes[len(prompt)] = _Lanes(self._context, len(prompt))
        lanes = self._lanes[len(prompt)]
        logits, experts = lanes.read(prompt)
        likeliest, shares = [], []
        for layer, sets in _expert_sets(experts).items():
            for some in np.array_split(sets, -(-len(sets) // LANES)):
                found = np.array([_shares(row[options]) for row in lanes.logits_by_set(prompt[-1], layer, some)])
                likeliest += found.argmax(-1).tolist()
                shares += found.max(-1).tolist()
                self._tick()
        return Reply(
            prompt_tokens=len(prompt),
            prompt_seconds=round(time.perf_counter() - began, 4),
            stop="scored",
            options=tuple((round(logprob(logits, token), 4), 1) for token in options),
            routes=pack_routing(experts, likeliest=likeliest, shares=shares),
        )

    def close(self) -> None:
        """Free the contexts. May be called twice."""
        for lanes in self._lanes.values():
            lanes.close()
        self._lanes.clear()

    def _token(self, option: str) -> int:
        tokens = self._context.tokenize(option, special=False)[len(self._context.opening) :]
        if len(tokens) != 1:
            raise ValueError(f"each option of a detour must be one token; {option!r} is {len(tokens)}")
        return tokens[0]


class _Lanes:
    """Sequences that all hold one prompt up to its last token."""

    def __init__(self, context: Context, length: int) -> None:
        self._routing, self._length = RouterHook(), length
        self._context = context.sibling(length, self._routing, LANES)

    def read(self, prompt: Sequence[int]) -> tuple[np.ndarray, Experts]:
        """Logits after the prompt, and the experts of its last token, as the router has them. Every lane then holds
        the rest of the prompt."""
        self._routing.change = None
        self._context.keep(0, 0)
        rows = [BatchRow(token, place, 0, True) for place, token in enumerate(prompt)]
        logits = self._context.decode(rows)[-1].copy()
        experts = {layer: LayerRouting(*(part[-1:] for part in seen)) for layer, seen in self._routing.take().items()}
        self._context.keep(0, self._length - 1)
        for lane in range(1, LANES):
            self._context.copy(0, lane)
        return logits, experts

    def logits_by_set(self, last: int, layer: int, sets: np.ndarray) -> list[np.ndarray]:
        """Logits after the prompt for each of some sets (sets, used), which read its last token in one layer."""
        self._routing.change = _force_sets(layer, sets)
        logits = self._context.decode([BatchRow(last, self._length - 1, lane, True) for lane in range(len(sets))])
        self._routing.take()
        for lane in range(len(sets)):
            self._context.keep(lane, self._length - 1)
        return logits

    def close(self) -> None:
        self._context.close()


def _force_sets(where: int, sets: np.ndarray) -> Change:
    return lambda layer, seen: sets if layer == where else seen.chosen


def _expert_sets(experts: Experts) -> dict[int, np.ndarray]:
    """Layer -> all sets (sets, used) of as many experts as it uses. Raises `EngineError` where there is no other."""
    if not experts:
        raise EngineError("this model has no experts that could be exchanged for others")
    sizes = {layer: (seen.likely.shape[1], seen.chosen.shape[1]) for layer, seen in experts.items()}
    for there, used in sizes.values():
        if not 1 < comb(there, used) <= MOST:
            many = comb(there, used)
            raise EngineError(f"{many:,} sets of {used} experts of {there}: from 2 to {MOST:,} can be tried")
    return {layer: np.array(list(combinations(range(there), used))) for layer, (there, used) in sizes.items()}


def _shares(logits: np.ndarray) -> np.ndarray:
    """The share of each of some tokens in the probability of all of them."""
    likely = np.exp(logits - logits.max())
    return likely / likely.sum()
