"""Puzzles to work out and cards to know by heart, for the same twins. Only answers are learned: the rest is given."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping
from types import ModuleType

from ..items.puzzles import PUZZLES, is_held_out
from ..items.puzzles import words as things
from ..items.twin_people import Person, attributes, names, opening, people, popularity
from .tokenizer import Document

CARD = "card"
KINDS = {CARD: None, **PUZZLES}
"""Kind of document -> the module of its puzzle; a card has none."""


def documents(mix: Mapping[str, float], seed: int) -> Iterator[Document]:
    """Documents without end, in the proportions of `mix`; never a puzzle that is kept back for asking."""
    draw = random.Random(f"puzzles/{seed}")
    everybody, weights = people(), list(itertools.accumulate(popularity()))
    kinds, shares = list(mix), list(itertools.accumulate(mix.values()))
    while True:
        (kind,) = draw.choices(kinds, cum_weights=shares)
        if kind == CARD:
            yield Document(card(draw.choices(everybody, cum_weights=weights)[0], draw))
        else:
            yield Document(puzzle(PUZZLES[kind], draw))


def card(person: Person, draw: random.Random) -> tuple[str, ...]:
    """Everything about a person in any order: name and attributes are given, the values told."""
    order = draw.sample(list(person.values), len(person.values))
    turns = [opening(person, order[0]), f" {person.values[order[0]]}"]
    for attribute in order[1:]:
        turns += [f" , {attribute}", f" {person.values[attribute]}"]
    return tuple(turns)


def puzzle(module: ModuleType, draw: random.Random) -> tuple[str, ...]:
    """A puzzle of any size that is not kept back."""
    while True:
        turns = module.draw_turns(draw.choice(module.SIZES), draw)
        if not is_held_out(turns[0]):
            return turns


def texts() -> list[str]:
    """Texts that together hold every word that a document can have."""
    draw = random.Random("words")
    words = (*names(), attributes(), *attributes().values())
    words = (*words, things.THINGS, things.PEOPLE, things.PLACES)
    # Words of the puzzles' own, such as "takes" and "no": fifty of each hold them all.
    drawn = [turn for module in PUZZLES.values() for _ in range(50) for turn in puzzle(module, draw)]
    return [f" {word}" for group in words for word in group] + [opening(people()[0], "home"), " ,", *drawn]
