"""Stories: three people and three things, who go about, take and put down. Where is each at the end?

A thing that is held goes where its holder goes.
"""

from __future__ import annotations

import random

from .things import PEOPLE, PLACES, THINGS

SIZES = (4, 8, 16)
"""Events."""

OBJECTS = THINGS[:8]
ASKED = 4


class World:
    """Who and what is where. `events` tells how it came about."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        self.places = {person: draw.choice(PLACES) for person in draw.sample(PEOPLE, 3)}
        self.events = [f" {person} in {place} ." for person, place in self.places.items()]
        self.holders: dict[str, str] = {}
        self.lying = {thing: draw.choice(list(self.places.values())) for thing in draw.sample(OBJECTS, 3)}
        self.events += [f" {thing} in {place} ." for thing, place in self.lying.items()]

    def where(self, name: str) -> str:
        """The place of a person or a thing."""
        return self.places.get(self.holders.get(name, name)) or self.lying[name]

    def go_on(self) -> None:
        """One more event: take what lies near, put down what is held, or go somewhere."""
        person, chance = self._draw.choice(list(self.places)), self._draw.random()
        near = [one for one in self.lying if one not in self.holders and self.lying[one] == self.places[person]]
        held = [one for one, holder in self.holders.items() if holder == person]
        if near and chance < 0.4:
            self._take(person, self._draw.choice(near))
        elif held and chance < 0.6:
            self._drop(person, self._draw.choice(held))
        else:
            self.places[person] = self._draw.choice(PLACES)
            self.events.append(f" {person} goes {self.places[person]} .")

    def _take(self, person: str, thing: str) -> None:
        self.holders[thing] = person
        self.events.append(f" {person} takes {thing} .")

    def _drop(self, person: str, thing: str) -> None:
        del self.holders[thing]
        self.lying[thing] = self.places[person]
        self.events.append(f" {person} drops {thing} .")


def drawn(size: int, draw: random.Random) -> tuple[str, ...]:
    """One story and four questions, in turns of given and told."""
    world = World(draw)
    for _ in range(size):
        world.go_on()
    turns = [" story" + "".join(world.events)]
    for name in draw.sample([*world.places, *world.lying], ASKED):
        turns[-1] += f" where {name} :"
        turns += [f" {world.where(name)}", ""]
    return tuple(turns[:-1])
