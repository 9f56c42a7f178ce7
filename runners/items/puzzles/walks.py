"""Walks: a ring of things as pairs in any order, a start, and the next eight things on the way round.

Each step depends on the one before, and one wrong step leaves the way for good.
"""

from __future__ import annotations

import random

from .words import THINGS

SIZES = (4, 8, 16)
"""Things on the ring. On a ring of four the end of a walk can be copied from its start: an easy first step, without
which longer rings are learned late or not at all (docs/log.md)."""

STEPS = 8


def draw_turns(size: int, draw: random.Random) -> tuple[str, ...]:
    """One walk: what is given, and the steps."""
    ring = draw.sample(THINGS, size)
    pairs = list(zip(ring, ring[1:] + ring[:1], strict=True))
    draw.shuffle(pairs)
    start = draw.randrange(size)
    steps = [ring[(start + step) % size] for step in range(1, STEPS + 1)]
    given = f" path {' , '.join(f'{one} {after}' for one, after in pairs)} . from {ring[start]} :"
    return given, "".join(f" {step}" for step in steps)
