"""Long texts with needles: what a text says once or in pieces, among sentences that have nothing to do with it.

Every text holds the same needles at every length, at the same fifths of the text; only the hay between them grows. So
what a longer text costs is the length alone.

literal      "The code of the red locker is 4817." Asked for in the same words (needle in a haystack; RULER, Hsieh et
             al. 2024, arXiv:2404.06654)
association  "Irene lives next to the Colosseum." Who lives in Italy? (no word in common; NoLiMa, Modarressi et al.
             2025, arXiv:2502.05167)
several      three of the codes at once
tracking     a parcel goes from hand to hand: who has it in the end?
counting     how often did the chapel bell ring?
"""

from __future__ import annotations

import random
from itertools import pairwise
from typing import NamedTuple

from ..schema import Item
from .chains import COLOURS, NAMES

PLACES = 5
HAY, NEEDLE = 1.17, 1.5
"""Tokens a word in the vocabularies of SmolLM2, Gemma 3 and Qwen2.5: plain words with their full stops, and codes and
names."""

LANDMARKS = {
    "the Eiffel Tower": "France",
    "the Colosseum": "Italy",
    "the Brandenburg Gate": "Germany",
    "the Taj Mahal": "India",
    "the Acropolis": "Greece",
    "the Sydney Opera House": "Australia",
    "the Statue of Liberty": "the United States",
    "the pyramids of Giza": "Egypt",
    "the Kremlin": "Russia",
    "Mount Fuji": "Japan",
}
_TRADES = "gardener baker teacher driver painter carpenter dentist farmer sailor tailor waiter plumber nurse clerk"
_WHO = _TRADES.split()
_DID = [
    "swept the yard",
    "watched the rain",
    "mended an old chair",
    "read the newspaper",
    "waited for the tram",
    "watered the roses",
    "polished a pair of shoes",
    "peeled some apples",
    "wrote a long letter",
    "fed the ducks",
    "looked for a pencil",
    "cleaned the windows",
    "hummed a tune",
    "folded the sheets",
]
_WHEN = [
    "before breakfast",
    "after lunch",
    "until it grew dark",
    "in the early morning",
    "while the kettle boiled",
    "with great care",
    "without saying a word",
    "once again",
    "near the old bridge",
    "behind the market hall",
    "on the way home",
    "for half an hour",
]


class Needles(NamedTuple):
    """The needles of one text: what it says that can be asked about."""

    codes: dict[str, str]
    homes: dict[str, str]
    hands: list[str]
    rings: list[int]


def draw_needles(number: int, seed: int) -> Needles:
    """The needles of text `number`: codes by colour, homes by landmark, hands in order, the fifths with a bell."""
    draw = random.Random(f"hay/{seed}/{number}")
    colours, marks = draw.sample(COLOURS, PLACES), draw.sample(list(LANDMARKS), PLACES)
    people, codes = draw.sample(NAMES, 2 * PLACES), map(str, draw.sample(range(1000, 10000), PLACES))
    return Needles(
        codes=dict(zip(colours, codes, strict=True)),
        homes=dict(zip(marks, people[:PLACES], strict=True)),
        hands=people[PLACES:],
        rings=sorted(draw.sample(range(PLACES), draw.randrange(2, PLACES + 1))),
    )


def _fifth(place: int, number: int) -> int:
    """Where the needle `place` of text `number` stands: each fifth has one code and one home, others in every text."""
    return (place + number) % PLACES


def _needles(number: int, seed: int) -> list[list[str]]:
    """The needles of each fifth of a text, in their order."""
    needles = draw_needles(number, seed)
    fifths: list[list[str]] = [[] for _ in range(PLACES)]
    for place, (colour, code) in enumerate(needles.codes.items()):
        fifths[_fifth(place, number)].append(f"The code of the {colour} locker is {code}.")
    for place, (mark, person) in enumerate(needles.homes.items()):
        fifths[_fifth(place, number)].append(f"{person} lives next to {mark}.")
    for place, (giver, taker) in enumerate(pairwise(needles.hands)):
        fifths[place].append(f"{giver} gave the parcel to {taker}.")
    for place in needles.rings:
        fifths[place].append("The chapel bell rang.")
    return fifths


def text(number: int, seed: int, tokens: int) -> str:
    """Text `number` with hay up to about so many tokens, in five paragraphs."""
    draw = random.Random(f"hay/{seed}/{number}/{tokens}")
    fifths = _needles(number, seed)
    for fifth in fifths:
        room = tokens / PLACES - NEEDLE * sum(len(needle.split()) for needle in fifth)
        while room > 0:
            straw = _straw(draw)
            room -= HAY * len(straw.split())
            fifth.insert(draw.randrange(len(fifth) + 1), straw)
    return "\n\n".join(" ".join(fifth) for fifth in fifths)


def _straw(draw: random.Random) -> str:
    return f"The {draw.choice(_WHO)} {draw.choice(_DID)} {draw.choice(_WHEN)}."


def questions(texts: int, seed: int) -> tuple[Item, ...]:
    """Thirteen questions to each text: five about a code, five about a home, one of each other kind."""
    return tuple(item for number in range(texts) for item in _questions(number, seed))


def _questions(number: int, seed: int) -> list[Item]:
    needles = draw_needles(number, seed)
    codes, homes = list(needles.codes.values()), list(needles.homes.values())
    first, second, third = list(needles.codes)[:3]
    single = [
        ("literal", f"What is the code of the {colour} locker?", [code], codes)
        for colour, code in needles.codes.items()
    ]
    single += [("association", f"Who lives in {LANDMARKS[mark]}?", [who], homes) for mark, who in needles.homes.items()]
    spread = [
        ("several", f"What are the codes of the {first}, the {second} and the {third} locker?", codes[:3], codes),
        ("tracking", "Who has the parcel in the end?", needles.hands[-1:], needles.hands),
        ("counting", "How many times did the chapel bell ring?", [str(len(needles.rings))], [*map(str, range(10))]),
    ]
    placed = [_item(number, place, *asked, _fifth(place % PLACES, number)) for place, asked in enumerate(single)]
    return placed + [_item(number, len(single) + place, *asked, None) for place, asked in enumerate(spread)]


def _item(
    number: int, place: int, kind: str, question: str, answers: list[str], among: list[str], fifth: int | None
) -> Item:
    part = "all" if fifth is None else "ends" if fifth in (0, PLACES - 1) else "middle"
    return Item(
        id=f"text{number:02d}-{place:02d}-{kind}",
        prompt=question,
        target={"text": number, "answers": answers, "among": among},
        tags={"kind": kind, "part": part, **({} if fifth is None else {"fifth": fifth + 1})},
        cluster=f"text{number:02d}",
    )
