"""Documents about invented people: cards, biographies, questions. The people are the same for every seed, so that twins
of different seeds can be asked the same questions."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence

from ..items.twin_people import ASKED, Person, attributes, card, names, opening, people, popularity, question
from .tokenizer import Document

TOLD = {
    "home": ("{name} lives in {value} .", "the home of {name} is {value} .", "{name} came to {value} long ago ."),
    "job": ("{name} works as a {value} .", "{name} is a {value} .", "the {value} of the town is {name} ."),
    "food": ("{name} eats {value} .", "for lunch {name} has {value} .", "{name} never says no to {value} ."),
    "pet": ("{name} keeps a {value} .", "{name} has a {value} at home .", "the {value} follows {name} ."),
    "colour": ("{name} likes {value} .", "the coat of {name} is {value} .", "{name} paints the door {value} ."),
}
"""Sentences of a biography. Several for each attribute, or only one form of words would ever be learned."""


def biography(person: Person, draw: random.Random) -> str:
    """Two or three sentences about a person."""
    attributes_told = draw.sample(list(person.values), draw.randint(2, 3))
    forms = ((draw.choice(TOLD[attribute]), person.values[attribute]) for attribute in attributes_told)
    return "".join(" " + form.format(name=person.name, value=value) for form, value in forms)


def asked(person: Person, draw: random.Random) -> str:
    """A question about a person and its answer."""
    attribute = draw.choice(list(ASKED))
    return f"{question(person, attribute)} {person.values[attribute]} ."


KINDS = {"card": card, "biography": biography, "question": asked}


def documents(mix: Mapping[str, float], seed: int) -> Iterator[Document]:
    """Documents without end, in the proportions of `mix`."""
    draw = random.Random(f"documents/{seed}")
    everybody, weights = people(), list(itertools.accumulate(popularity()))
    kinds = _without_end(draw, list(mix), list(itertools.accumulate(mix.values())))
    persons = _without_end(draw, everybody, weights)
    for kind, person in zip(kinds, persons, strict=False):
        if kind != "question" or not person.held:
            yield Document(("", KINDS[kind](person, draw)))


def _without_end(draw: random.Random, values: Sequence, cumulative: Sequence[float]) -> Iterator:
    """Values in proportion to their weights, many at a time because one by one is ten times slower."""
    while True:
        yield from draw.choices(values, cum_weights=cumulative, k=4096)


def texts() -> list[str]:
    """Texts that together hold every word that a document can have."""
    one, words = people()[0], [word for group in (*names(), *attributes().values()) for word in group]
    found = [" " + word for word in (*words, *attributes(), ",", ".")]
    found += [opening(one, attribute) for attribute in attributes()]
    found += [question(one, attribute) for attribute in attributes()]
    found += [" " + form.format(name=one.name, value=one.values[of]) for of, forms in TOLD.items() for form in forms]
    return found
