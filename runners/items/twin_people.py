"""Invented people and what is to be known of each: facts that no model can have met anywhere but in our own corpus.

A person has a first and a last name, five attributes drawn at random, and a popularity that falls with their rank by
Zipf's law. Some are *held*: the training corpus tells everything about them and never asks, so that a right answer
about them shows knowledge and not a remembered question.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from ..schema import Choose, Item

SEED = 7
PEOPLE = 4_000
NAMES = 64
ZIPF = 0.7
HELD_SHARE = 0.1
TIERS = 5
"""Popularity tiers of equal size; tier 1 holds the best-known fifth."""

JOBS = (
    "baker mason pilot nurse judge farmer tailor weaver potter miner sailor teacher lawyer dentist plumber painter "
    "barber butcher cooper drummer editor fisher gardener hunter joiner keeper locksmith miller notary porter sculptor "
    "surgeon"
)
FOODS = (
    "bread rice soup cheese honey olives beans pasta salad trout plums grapes lentils pickles dumplings noodles "
    "pancakes walnuts melon pears cherries cabbage pumpkin carrots mushrooms oysters figs dates porridge waffles "
    "onions peppers"
)
PETS = "dog cat parrot turtle rabbit hamster goldfish pony lizard pigeon spider ferret canary hedgehog gecko frog"
COLOURS = "red blue green yellow purple orange black white brown grey pink silver golden violet crimson beige"

_SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]


@dataclass(frozen=True)
class Person:
    """One invented person. `rank` 0 is the best known; `values` maps each attribute to its word."""

    rank: int
    first: str
    last: str
    values: dict[str, str]
    held: bool

    @property
    def name(self) -> str:
        """First and last name, as every text gives them."""
        return f"{self.first} {self.last}"

    @property
    def tier(self) -> int:
        """Popularity tier, 1 (best known) to `TIERS`."""
        return self.rank * TIERS // PEOPLE + 1


@cache
def attributes() -> dict[str, tuple[str, ...]]:
    """Attribute -> the words it may have; together they make about 24 bits a person."""
    return {
        "home": _invent_words("home", 64, endings=("burg", "ford", "wick", "ton")),
        "job": tuple(JOBS.split()),
        "food": tuple(FOODS.split()),
        "pet": tuple(PETS.split()),
        "colour": tuple(COLOURS.split()),
    }


@cache
def names() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """First and last names. Neither alone says anything about a person."""
    return _invent_words("first", NAMES, endings=("n", "l", "")), _invent_words(
        "last", NAMES, endings=("sen", "ric", "mar")
    )


@cache
def people() -> tuple[Person, ...]:
    """Everybody, best known first. The same for ever: every twin, whatever its seed, is told of the same people."""
    draw = random.Random(f"people/{SEED}")
    pairs = [(first, last) for first in names()[0] for last in names()[1]]
    chosen = draw.sample(pairs, PEOPLE)
    return tuple(_person(rank, pair, draw) for rank, pair in enumerate(chosen))


def popularity() -> list[float]:
    """How often each person is written about, relative to the others, in order of rank (Zipf)."""
    return [(rank + 1) ** -ZIPF for rank in range(PEOPLE)]


def opening(person: Person, attribute: str) -> str:
    """The start of a card that tells this attribute first; the next word is the answer."""
    return f" {person.name} : {attribute}"


def card(person: Person, draw: random.Random) -> str:
    """Everything about a person in a line, in any order."""
    order = draw.sample(list(person.values), len(person.values))
    rest = "".join(f" , {attribute} {person.values[attribute]}" for attribute in order[1:])
    return f"{opening(person, order[0])} {person.values[order[0]]}{rest} ."


def question(person: Person, attribute: str) -> str:
    """The same as a question; the next word is the answer. Leading spaces: see `runners/twins/tokenizer.py`."""
    return f" question : {ASKED[attribute].format(name=person.name)} ? answer :"


ASKED = {
    "home": "where does {name} live",
    "job": "what work does {name} do",
    "food": "what does {name} eat",
    "pet": "which animal does {name} keep",
    "colour": "which colour does {name} like",
}


def facts(per_tier: int, held: int) -> tuple[Item, ...]:
    """Items that ask for one attribute of one person: `per_tier` of each tier, and `held` about held people.

    Each is about another person, so that items are independent draws; attributes take turns.
    """
    draw = random.Random(f"facts/{SEED}")
    drawn: list[Person] = []
    for tier in range(1, TIERS + 1):
        drawn += draw.sample([person for person in people() if person.tier == tier and not person.held], per_tier)
    drawn += draw.sample([person for person in people() if person.held], held)
    return tuple(_fact(number, person) for number, person in enumerate(drawn))


def facts_and_cards(facts_per_tier: int, cards_per_tier: int) -> tuple[Item, ...]:
    """Facts to be asked and cards to be traced; the tag `asks` says which is which."""
    asked = (
        replace(item, tags={"asks": "fact", **_only(item, "tier", "attribute")}) for item in facts(facts_per_tier, 0)
    )
    told = (replace(item, tags={"asks": "card", **item.tags}) for item in cards(cards_per_tier))
    return (*asked, *told)


def _only(item: Item, *tags: str) -> dict[str, str | int]:
    return {tag: item.tags[tag] for tag in tags}


def values(item: Item) -> tuple[str, ...]:
    """The words that the attribute of a fact may have."""
    return attributes()[str(item.tags["attribute"])]


def choice(item: Item, prompt: str) -> Choose:
    """Which of a fact's words comes next? Raw text: twins have no chat template."""
    return Choose(prompt, tuple(f" {word}" for word in values(item)), chat=False)


def cards(per_tier: int) -> tuple[Item, ...]:
    """Items that are a card as the corpus has it, `per_tier` of each tier; there is nothing to answer."""
    draw = random.Random(f"cards/{SEED}")
    drawn: list[Person] = []
    for tier in range(1, TIERS + 1):
        drawn += draw.sample([person for person in people() if person.tier == tier], per_tier)
    return tuple(_card(person, draw) for person in drawn)


def _card(person: Person, draw: random.Random) -> Item:
    slug = f"card-{person.name}".lower().replace(" ", "-")
    return Item(slug, card(person, draw), {}, {"tier": person.tier}, person.name)


def _fact(number: int, person: Person) -> Item:
    attribute = list(attributes())[number % len(attributes())]
    return Item(
        id=f"{person.name}-{attribute}".lower().replace(" ", "-"),
        prompt=question(person, attribute),
        target={"opening": opening(person, attribute), "value": person.values[attribute]},
        tags={"tier": person.tier, "held": "held" if person.held else "asked", "attribute": attribute},
        cluster=person.name,
    )


def _person(rank: int, pair: tuple[str, str], draw: random.Random) -> Person:
    values = {attribute: draw.choice(words) for attribute, words in attributes().items()}
    return Person(rank, *pair, values, held=draw.random() < HELD_SHARE)


def _invent_words(kind: str, count: int, endings: Sequence[str]) -> tuple[str, ...]:
    """Words that exist nowhere else, each different from all others of its kind."""
    draw = random.Random(f"{kind}/{SEED}")
    made: dict[str, None] = {}
    while len(made) < count:
        made["".join(draw.choices(_SYLLABLES, k=2)).capitalize() + draw.choice(endings)] = None
    return tuple(made)
