"""Stories: three people and three things, who go about, take and put down. Where is each at the end?"""

from __future__ import annotations

import random

from ..story_world import Event, World
from .words import PEOPLE, PLACES, THINGS

SIZES = (4, 8, 16)
"""Events."""

OBJECTS = THINGS[:8]
ASKED = 4


class Story:
    """A world, and the events that tell how it came about."""

    def __init__(self, draw: random.Random) -> None:
        self._draw, self.world = draw, World()
        self.world.places = {person: draw.choice(PLACES) for person in draw.sample(PEOPLE, 3)}
        self.events = [f" {person} in {place} ." for person, place in self.world.places.items()]
        self.world.lying = {thing: draw.choice(list(self.world.places.values())) for thing in draw.sample(OBJECTS, 3)}
        self.events += [f" {thing} in {place} ." for thing, place in self.world.lying.items()]

    def go_on(self) -> None:
        """One more event: take what lies near, put down what is held, or go somewhere."""
        person, chance = self._draw.choice(list(self.world.places)), self._draw.random()
        near, held = self.world.things_near(person), self.world.things_held(person)
        if near and chance < 0.4:
            self._tell(Event(person, "takes", self._draw.choice(near)))
        elif held and chance < 0.6:
            self._tell(Event(person, "puts down", self._draw.choice(held)))
        else:
            self._tell(Event(person, "goes", self._draw.choice(PLACES)))

    def _tell(self, event: Event) -> None:
        self.world.do(event)
        self.events.append(f" {event.who} {'drops' if event.kind == 'puts down' else event.kind} {event.what} .")


def draw_turns(size: int, draw: random.Random) -> tuple[str, ...]:
    """One story and four questions, in turns of given and told."""
    story = Story(draw)
    for _ in range(size):
        story.go_on()
    world, turns = story.world, [" story" + "".join(story.events)]
    for name in draw.sample([*world.places, *world.lying], ASKED):
        turns[-1] += f" where {name} :"
        turns += [f" {world.where(name)}", ""]
    return tuple(turns[:-1])
