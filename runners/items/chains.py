"""Chains of dependent steps in four skins. Every step has one right state, and it follows from the state before.

variables   a number that is added to, subtracted from, doubled
pointers    boxes with a note in each that says which box comes next
program     lines of Python over two variables
ranks       who reports to whom, in any order, and then up step by step
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable

from ..schema import Item

STEPS = tuple(range(1, 11))
_NAMES = (
    "Ana Bruno Clara David Elena Felix Greta Hugo Irene Jonas Karin Lukas Marta Nils Olga Paul Rita Simon Tessa Viktor"
)
_COLOURS = "red blue green yellow white black brown orange purple grey pink silver gold cyan olive"
NAMES, COLOURS = _NAMES.split(), _COLOURS.split()

Chain = tuple[str, str, list[str]]
"""What is told, what the states are called, and the states."""


def chains(per_length: int, seed: int) -> tuple[Item, ...]:
    """`per_length` items of each skin and number of steps."""
    return tuple(_item(skin, steps, number, seed) for skin in SKINS for steps in STEPS for number in range(per_length))


def _item(skin: str, steps: int, number: int, seed: int) -> Item:
    draw = random.Random(f"chains/{seed}/{skin}/{steps}/{number}")
    text, asked, states = SKINS[skin](steps, draw)
    return Item(
        id=f"{skin}{steps}-{number:02d}",
        prompt=text,
        target={"asked": asked, "states": states, "wrong": _wrong(text, states, draw)},
        tags={"skin": skin, "steps": steps},
        cluster=f"{skin}{steps}-{number:02d}",
    )


def _wrong(text: str, states: list[str], draw: random.Random) -> str:
    """A state that the middle step could have and has not."""
    middle = states[(len(states) - 1) // 2]
    if middle.lstrip("-").isdigit():
        return str(int(middle) + draw.choice((-2, -1, 1, 2)))
    pool = NAMES if middle in NAMES else COLOURS
    return draw.choice([state for state in pool if state != middle and state in text])


def _variables(steps: int, draw: random.Random) -> Chain:
    state, lines, states = draw.randrange(2, 10), [], []
    told = f"x starts at {state}."
    for number in range(1, steps + 1):
        words, state = _change(state, draw)
        lines.append(f"{number}. {words}")
        states.append(str(state))
    return f"{told} Then, one after the other:\n" + "\n".join(lines), "the value of x", states


def _change(state: int, draw: random.Random) -> tuple[str, int]:
    """One change of a number that stays below a hundred, in words."""
    by = draw.randrange(2, 10)
    kinds = ["add", *(["subtract"] if state > by else []), *(["double"] if state < 40 else [])]
    kind = draw.choice([kind for kind in kinds if kind != "add" or state + by < 100] or ["subtract"])
    if kind == "double":
        return "Double x.", 2 * state
    if kind == "add":
        return f"Add {by} to x.", state + by
    return f"Subtract {by} from x.", state - by


def _pointers(steps: int, draw: random.Random) -> Chain:
    boxes = draw.sample(COLOURS, steps + 3)
    notes = [f"The {box} box says: {after}." for box, after in zip(boxes, boxes[1:] + boxes[:1], strict=True)]
    draw.shuffle(notes)
    told = " ".join(notes) + f"\nStart at the {boxes[0]} box and follow the notes {steps} times."
    return told, "the colour of the box you are at", boxes[1 : steps + 1]


def _program(steps: int, draw: random.Random) -> Chain:
    values = {"a": draw.randrange(2, 10), "b": draw.randrange(2, 10)}
    lines, states = [f"a = {values['a']}", f"b = {values['b']}"], []
    for _ in range(steps):
        into, by = draw.choice("ab"), draw.randrange(2, 6)
        other = "b" if into == "a" else "a"
        line, value = draw.choice(
            [
                (f"{into} = {other} + {by}", values[other] + by),
                (f"{into} = {into} + {other}", values[into] + values[other]),
            ]
            if sum(values.values()) < 60
            else [(f"{into} = {other} - {by}", values[other] - by), (f"{into} = {into} - {by}", values[into] - by)]
        )
        values[into] = value
        lines.append(line)
        states.append(str(value))
    told = "A program in Python:\n" + "\n".join(lines) + "\nGo through it from the third line on, a line a step."
    return told, "the value that the line assigns", states


def _ranks(steps: int, draw: random.Random) -> Chain:
    people = draw.sample(NAMES, steps + 3)
    told = [f"{person} reports to {above}." for person, above in itertools.pairwise(people)]
    draw.shuffle(told)
    return (
        " ".join(told) + f"\nStart at {people[0]} and go up the ranks, {steps} times.",
        "the name of the person you are at",
        people[1 : steps + 1],
    )


SKINS: dict[str, Callable[[int, random.Random], Chain]] = {
    "variables": _variables,
    "pointers": _pointers,
    "program": _program,
    "ranks": _ranks,
}
