"""Lookups: pairs of a key and a value, then some of the keys again, each to be answered with its value.

How far back the answer stands grows with the number of pairs.
"""

from __future__ import annotations

import random

from .words import THINGS

SIZES = (4, 8, 16, 24)
"""Pairs."""

ASKED = 8


def draw_turns(size: int, draw: random.Random) -> tuple[str, ...]:
    """One list and its questions, in turns of given and told."""
    chosen = draw.sample(THINGS, 2 * size)
    pairs = list(zip(chosen[:size], chosen[size:], strict=True))
    turns = [f" keep {' , '.join(f'{key} {value}' for key, value in pairs)} ."]
    for key, value in draw.sample(pairs, min(size, ASKED)):
        turns[-1] += f" find {key}"
        turns += [f" {value}", ""]
    return tuple(turns[:-1])
