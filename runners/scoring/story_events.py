"""Reading replies about a story: which of its names an answer gives, and which events of a continuation are
possible."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import fsum

from ..items.story_tracking import all_events
from ..items.story_world import Event, World
from .keywords import first_line

EVENTS = 3
"""Events that a continuation tells."""

_EVENT = re.compile(r"\b(\w+) (takes|puts down|gives) the (\w+)(?: to (\w+))?\.")
_WORD = re.compile(r"\w+")


def names(text: str, options: Sequence[str]) -> set[str]:
    """The options that the first line with anything in it names, whatever their case."""
    words = {word.casefold() for word in _WORD.findall(first_line(text))}
    return {option for option in options if option.casefold() in words}


def events(text: str) -> list[Event]:
    """The first events that a text tells in the form of a continuation."""
    return [Event(*match.groups("")) for match in _EVENT.finditer(text)][:EVENTS]


def share_possible(told: Sequence[Event], state: Mapping[str, Mapping[str, str]]) -> tuple[float, float]:
    """Share of a continuation's events that its world allows, each after those before it, and what share of all
    sentences of that form the world allowed at these moments. An event that is missing is not possible, and one that is
    not possible changes nothing."""
    world = World(**{name: dict(value) for name, value in state.items()})
    every, allowed, chances = all_events(world), 0, []
    for place in range(EVENTS):
        chances.append(sum(map(world.allows, every)) / len(every))
        if place < len(told) and told[place] in every and world.allows(told[place]):
            world.do(told[place])
            allowed += 1
    return allowed / EVENTS, fsum(chances) / EVENTS
