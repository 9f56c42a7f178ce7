"""Sums: a start and a list of steps, then each step again with the number it comes to, modulo ten."""

from __future__ import annotations

import random

from .things import NUMBERS

SIZES = (2, 4, 8)
"""Steps."""

STEPS = tuple((word, sign * number) for word, sign in (("add", 1), ("less", -1)) for number in range(1, 10))


def drawn(size: int, draw: random.Random) -> tuple[str, ...]:
    """One sum: what is given, and the steps with their results. No step comes twice, so that its place is plain."""
    state = draw.randrange(10)
    steps = draw.sample(STEPS, size)
    listed = [f"{word} {NUMBERS[abs(change)]}" for word, change in steps]
    given = f" start {NUMBERS[state]} , {' , '.join(listed)} : {NUMBERS[state]}"
    told = ""
    for said, (_, change) in zip(listed, steps, strict=True):
        state = (state + change) % 10
        told += f" {said} = {NUMBERS[state]}"
    return given, told
