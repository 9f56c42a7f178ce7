"""Piles: which thing lies under which, in any order. Can this one be lifted, and if not, what must come off first?

Two piles of the same height. A thing can be lifted when nothing lies on it; what must come off first is the top one.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence

from .words import THINGS

SIZES = (2, 3, 4)
"""Things in a pile."""


def draw_turns(size: int, draw: random.Random) -> tuple[str, ...]:
    """Two piles and five questions in any order, in turns of given and told."""
    piles = _piles(size, draw)
    places = [(pile, height) for pile in piles for height in range(size)]
    covered = [(pile, height) for pile, height in places if height < size - 1]
    asked = [ask_lift(*place) for place in draw.sample(places, 3)] + [
        ask_first(*one) for one in draw.sample(covered, 2)
    ]
    draw.shuffle(asked)
    turns = [describe(piles, draw)]
    for question, answer in asked:
        turns[-1] += question
        turns += [answer, ""]
    return tuple(turns[:-1])


def draw_matched_pair(size: int, draw: random.Random) -> tuple[tuple[str, str], tuple[str, str]]:
    """The same question about the same things, once with the answer no and once, the pile turned over, with yes."""
    piles = _piles(size, draw)
    over = [piles[0][::-1], piles[1]]
    thing = piles[0][0]
    return (
        (describe(piles, draw) + ask_lift(piles[0], 0)[0], " no"),
        (describe(over, draw) + ask_lift(over[0], over[0].index(thing))[0], " yes"),
    )


def draw_first_question(size: int, draw: random.Random) -> tuple[str, str]:
    """Two piles, and the question what must come off before the undermost thing of one."""
    piles = _piles(size, draw)
    question, answer = ask_first(piles[0], 0)
    return describe(piles, draw) + question, answer


def describe(piles: Sequence[Sequence[str]], draw: random.Random) -> str:
    """What lies under what, in any order."""
    pairs = [pair for pile in piles for pair in itertools.pairwise(pile)]
    return f" pile {' , '.join(f'{below} under {above}' for below, above in draw.sample(pairs, len(pairs)))} ."


def ask_lift(pile: Sequence[str], height: int) -> tuple[str, str]:
    """Whether a thing can be lifted: question and answer."""
    return f" lift {pile[height]}", " yes" if height == len(pile) - 1 else " no"


def ask_first(pile: Sequence[str], height: int) -> tuple[str, str]:
    """What must come off before a thing: question and answer."""
    return f" first {pile[height]}", f" {pile[-1]}"


def _piles(size: int, draw: random.Random) -> list[list[str]]:
    chosen = draw.sample(THINGS, 2 * size)
    return [chosen[:size], chosen[size:]]
