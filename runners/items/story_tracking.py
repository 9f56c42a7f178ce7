"""Stories of four people and four things in four rooms, told in everyday prose. Who holds what, and where is it in the
end?

Every tale is asked three questions and goes on once:

thing    where one of the things is, which may be in somebody's hands
holder   who has one of the things
person   where one of the people is
next     what can happen next
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping

from ..schema import Item
from .chains import NAMES
from .puzzles.words import THINGS
from .story_world import Event, World

SIZES = (2, 4, 8, 16, 32)
"""Events of a tale."""

WOMEN, MEN = NAMES[::2], NAMES[1::2]  # they take turns in the list
_ROOMS = "kitchen garden cellar attic garage library bedroom workshop pantry studio nursery bathroom laundry greenhouse"
ROOMS = tuple(_ROOMS.split())
CAST = 4
"""How many people, things and rooms there are, so that a guess is right one time in four, whatever is asked."""

SET_UP = ("In the {room} {is_} {all}.", "The {room} has {all} in it.", "{all} {is_} in the {room}.")
EMPTY = ("The {room} is empty.", "There is nothing in the {room}.")
TOLD = {
    "goes": ("{who} goes to the {what}", "{who} walks over to the {what}", "{who} moves on to the {what}"),
    "joins": ("{who} joins {other}", "{who} goes to where {other} is", "{who} walks over to {other}"),
    "takes": ("{who} takes the {what}", "{who} picks up the {what}", "{who} grabs the {what}"),
    "puts down": ("{who} puts down the {what}", "{who} sets the {what} down", "{who} drops the {what}"),
    "gives": ("{who} gives the {what} to {to}", "{who} hands {to} the {what}", "{to} gets the {what} from {who}"),
}
OPENERS = ("", "", "", "Then ", "After that, ", "A little later, ")
LIKELY = {"goes": 3, "takes": 6, "puts down": 2, "gives": 4}
"""How often a person does what there is to do, relative to the rest."""

QUESTIONS = {
    "thing": "Where is the {}?",
    "holder": "Who has the {}?",
    "person": "Where is {}?",
}


class Tale:
    """A world, and the sentences that tell how it came about."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        self.rooms = draw.sample(ROOMS, CAST)
        people = draw.sample([*draw.sample(WOMEN, CAST // 2), *draw.sample(MEN, CAST // 2)], CAST)
        self.world = World(
            {person: draw.choice(self.rooms) for person in people},
            {thing: draw.choice(self.rooms) for thing in draw.sample(THINGS, CAST)},
        )
        self.sentences = [self._set_up(room) for room in self.rooms]
        self._spoken_of: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All of it, as one paragraph."""
        return " ".join(self.sentences)

    def go_on(self) -> None:
        """One more event: somebody does one of the things that they can do."""
        who = self._draw.choice(list(self.world.places))
        could = {kind: events for kind, events in self._could(who).items() if events}
        kind = self._draw.choices(list(could), [LIKELY[kind] for kind in could])[0]
        event = self._draw.choice(could[kind])
        self.sentences.append(self._tell(event))
        self.world.do(event)

    def _set_up(self, room: str) -> str:
        """Who and what is in a room at the start."""
        there = [person for person, at in self.world.places.items() if at == room]
        there += [f"the {thing}" for thing, at in self.world.lying.items() if at == room]
        if not there:
            return self._draw.choice(EMPTY).format(room=room)
        all_ = f"{', '.join(there[:-1])} and {there[-1]}" if len(there) > 1 else there[0]
        return _capital(self._draw.choice(SET_UP).format(room=room, all=all_, is_="are" if len(there) > 1 else "is"))

    def _could(self, who: str) -> dict[str, list[Event]]:
        rooms = [room for room in self.rooms if room != self.world.places[who]]
        return {
            "goes": [Event(who, "goes", room) for room in rooms],
            "takes": [Event(who, "takes", thing) for thing in self.world.things_near(who)],
            "puts down": [Event(who, "puts down", thing) for thing in self.world.things_held(who)],
            "gives": [
                Event(who, "gives", thing, to)
                for thing in self.world.things_held(who)
                for to in self.world.company(who)
            ],
        }

    def _tell(self, event: Event) -> str:
        """The event as a sentence, before it happens. Who is gone to is not always told by the name of the room."""
        there = [one for one, room in self.world.places.items() if event.kind == "goes" and room == event.what]
        other = self._draw.choice(there) if there and self._draw.random() < 0.5 else ""
        form = self._draw.choice(TOLD["joins" if other else event.kind])
        who = self._pronoun(event.who) if form.startswith("{who}") and self._draw.random() < 0.7 else event.who
        self._spoken_of = tuple(name for name in (event.who, event.to, other) if name)
        told = f"{form.format(who=who, what=event.what, to=event.to, other=other)}."
        opener = self._draw.choice(OPENERS)
        return _capital(opener + told)

    def _pronoun(self, who: str) -> str:
        """ "she" or "he", where the sentence before speaks of nobody else whom that could mean; else the name."""
        alike = WOMEN if who in WOMEN else MEN
        meant = [name for name in self._spoken_of if name in alike]
        return ("she" if who in WOMEN else "he") if meant == [who] else who


def _capital(told: str) -> str:
    return told[0].upper() + told[1:]


def all_events(world: World) -> list[Event]:
    """Every event that a continuation may tell, possible or not. Going is not among them: it always is."""
    people, things = list(world.places), list(world.lying)
    alone = [Event(who, kind, what) for kind in ("takes", "puts down") for who in people for what in things]
    return [*alone, *(Event(who, "gives", what, to) for who in people for what in things for to in people)]


def continuation(event: Event) -> str:
    """An event as a continuation tells it."""
    return f"{event.who} {event.kind} the {event.what}{f' to {event.to}' if event.to else ''}."


def grammar(world: World) -> str:
    """The GBNF of three such sentences."""
    who, what = (" | ".join(f'"{name}"' for name in names) for names in (world.places, world.lying))
    return (
        'root ::= event " " event " " event\n'
        'event ::= who (" takes the " what | " puts down the " what | " gives the " what " to " who) "."\n'
        f"who ::= {who}\nwhat ::= {what}\n"
    )


def tales(per_size: int, seed: int) -> tuple[Item, ...]:
    """`per_size` tales of every size, with four items each."""
    return tuple(item for size in SIZES for number in range(per_size) for item in _items(size, number, seed))


def passages(events: Mapping[str, int], per_length: int, seed: int) -> tuple[Item, ...]:
    """Tales with nothing to answer, `per_length` for each name of a length. Titles differ from the first letters on."""
    titles = iter(random.Random(f"titles/{seed}").sample(THINGS, per_length * len(events)))
    return tuple(
        Item(
            f"{length}-{number:02d}",
            f"{next(titles).capitalize()}\n\n{_passage(size, number, seed)}",
            {},
            {"length": length},
        )
        for number in range(per_length)
        for length, size in events.items()
    )


def _passage(size: int, number: int, seed: int) -> str:
    tale = Tale(random.Random(f"passages/{seed}/{size}/{number}"))
    for _ in range(size):
        tale.go_on()
    return tale.text


def _items(size: int, number: int, seed: int) -> list[Item]:
    """The first tale of its name to which all questions can be asked."""
    for attempt in itertools.count():
        draw = random.Random(f"tales/{seed}/{size}/{number}/{attempt}")
        tale = Tale(draw)
        for _ in range(size):
            tale.go_on()
        found = [*_questions(tale, number, draw), *_next(tale, draw)]
        if len(found) == len(QUESTIONS) + 1:
            return [_item(tale, asks, size, number, line, target) for asks, line, target in found]
    raise AssertionError("there is no last attempt")


def _item(tale: Tale, asks: str, size: int, number: int, line: str, target: dict) -> Item:
    name = f"tale{size}-{number:02d}"
    return Item(f"{name}-{asks}", f"Story: {tale.text}\n{line}", target, {"events": size, "asks": asks}, name)


def _questions(tale: Tale, number: int, draw: random.Random) -> Iterator[tuple[str, str, dict]]:
    """A question of each kind. One in four has the room or the person named last as its answer, which is what whoever
    guesses the last name would get right by chance."""
    world = tale.world
    answers = {
        "thing": {thing: world.where(thing) for thing in world.lying},
        "holder": world.holders,
        "person": {person: world.where(person) for person in world.places},
    }
    for place, (asks, given) in enumerate(answers.items()):
        options = sorted(world.places if asks == "holder" else tale.rooms)
        last = max(options, key=tale.text.rfind)
        fitting = [name for name in given if (given[name] == last) == ((number + place) % CAST == 0)]
        if fitting:
            name = draw.choice(fitting)
            line = f"Question: {QUESTIONS[asks].format(name)}\nAnswer:"
            yield asks, line, {"answer": given[name], "options": options}


def _next(tale: Tale, draw: random.Random) -> Iterator[tuple[str, str, dict]]:
    """One event that is possible, and three of its kind that are not."""
    world = tale.world
    events = all_events(world)
    possible = {event for event in events if world.allows(event)}
    if not possible:
        return
    kind = draw.choice(sorted({event.kind for event in possible}))
    alike = [event for event in events if event.kind == kind]
    right = draw.choice([event for event in alike if event in possible])
    wrong = draw.sample([event for event in alike if event not in possible and event.who != event.to], CAST - 1)
    target = {
        "answer": continuation(right),
        "options": sorted(map(continuation, [right, *wrong])),
        "world": vars(world),
    }
    yield "next", "Next:", target
