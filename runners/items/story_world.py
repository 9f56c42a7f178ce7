"""A small world: people in places, and things that lie there or are held. What can happen in it, and what comes of it.

A thing that is held goes where its holder goes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Event(NamedTuple):
    """Something that somebody does: "goes" to a place, "takes" or "puts down" a thing, "gives" it `to` somebody."""

    who: str
    kind: str
    what: str
    to: str = ""


@dataclass
class World:
    """Where people are, where things lie (or last lay, while they are held), and who holds which."""

    places: dict[str, str] = field(default_factory=dict)
    lying: dict[str, str] = field(default_factory=dict)
    holders: dict[str, str] = field(default_factory=dict)

    def where(self, name: str) -> str:
        """The place of a person or a thing."""
        return self.places.get(self.holders.get(name, name)) or self.lying[name]

    def things_near(self, person: str) -> list[str]:
        """The things that lie where a person is."""
        return [
            thing for thing, place in self.lying.items() if thing not in self.holders and place == self.places[person]
        ]

    def things_held(self, person: str) -> list[str]:
        """The things that a person holds."""
        return [thing for thing, holder in self.holders.items() if holder == person]

    def company(self, person: str) -> list[str]:
        """Who else is where a person is."""
        return [other for other, place in self.places.items() if other != person and place == self.places[person]]

    def allows(self, event: Event) -> bool:
        """Whether it can happen now. Anybody can go anywhere."""
        if event.kind == "goes":
            return True
        if event.kind == "takes":
            return event.what in self.things_near(event.who)
        there = event.kind != "gives" or event.to in self.company(event.who)
        return there and event.what in self.things_held(event.who)

    def do(self, event: Event) -> None:
        """Let it happen; only for what the world allows."""
        if event.kind == "goes":
            self.places[event.who] = event.what
        elif event.kind == "puts down":
            del self.holders[event.what]
            self.lying[event.what] = self.places[event.who]
        else:
            self.holders[event.what] = event.to or event.who
