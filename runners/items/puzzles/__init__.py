"""Puzzles for twins, a module each: things to be worked out from what is given, by rules that the corpus never states.

One text in sixteen is kept from the training corpus (`is_held_out`), so that no item was ever read. A puzzle has the
answer in words, separated by spaces; each word is one token.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence

from ...schema import Item, digest
from . import lookups, piles, stories, walks

PUZZLES = {"walk": walks, "lookup": lookups, "pile": piles, "story": stories}
"""Kind -> its module: `SIZES`, and `draw_turns(size, draw)` for turns of given and told text."""

Group = Sequence[tuple[str, ...]]
"""Questions that belong together: what is given, and the answer."""

DrawGroup = Callable[[int, random.Random], Group]


def is_held_out(given: str) -> bool:
    """Whether a text that begins so is held out of training, to be asked about."""
    return digest(given)[0] == "0"


def puzzles(kind: str, per_size: int, seed: int) -> tuple[Item, ...]:
    """`per_size` items of each size: the first question of a text that no twin has read."""
    module = PUZZLES[kind]
    return _items(kind, module.SIZES, lambda size, draw: [module.draw_turns(size, draw)[:2]], per_size, seed)


def tops(per_size: int, seed: int) -> tuple[Item, ...]:
    """What must come off first?"""
    return _items("first", piles.SIZES, lambda size, draw: [piles.draw_first_question(size, draw)], per_size, seed)


def lifts(per_size: int, seed: int) -> tuple[Item, ...]:
    """Can it be lifted? In matched pairs, of which the answers are no and yes: a pair is one cluster."""
    return _items("lift", piles.SIZES, piles.draw_matched_pair, per_size // 2, seed)


def texts(kind: str, per_size: int, seed: int) -> tuple[Item, ...]:
    """`per_size` whole texts of each size that no twin has read, answers and all; there is nothing to ask."""
    module = PUZZLES[kind]

    def draw_text(size: int, draw: random.Random) -> Group:
        turns = module.draw_turns(size, draw)
        return [(turns[0], "".join(turns))]

    return tuple(
        Item(slug, whole, {}, {"kind": kind, "size": size}, slug)
        for size in module.SIZES
        for number, [(_, whole)] in enumerate(
            _distinct(draw_text, size, per_size, random.Random(f"texts/{kind}/{size}/{seed}"))
        )
        for slug in [f"text-{kind}{size}-{number:02d}"]
    )


def _items(name: str, sizes: Iterable[int], draw_group: DrawGroup, count: int, seed: int) -> tuple[Item, ...]:
    return tuple(
        Item(slug, given, {"answer": answer.strip()}, {"skill": name, "size": size}, cluster)
        for size in sizes
        for number, group in enumerate(_distinct(draw_group, size, count, random.Random(f"{name}/{size}/{seed}")))
        for cluster in [f"{name}{size}-{number:03d}"]
        for given, answer in group
        for slug in [cluster if len(group) == 1 else cluster + answer.replace(" ", "-")]
    )


def _distinct(draw_group: DrawGroup, size: int, count: int, draw: random.Random) -> Iterator[Group]:
    """Groups that are held out whole, none drawn twice."""
    seen: set[str] = set()
    while len(seen) < count:
        group = draw_group(size, draw)
        if group[0][0] not in seen and all(is_held_out(given) for given, _ in group):
            seen.add(group[0][0])
            yield group
