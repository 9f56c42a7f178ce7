"""Reading a reply that goes step by step: what it says at each step, how sure it was, and where it first goes wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import exp, nan
from typing import NamedTuple

from ..schema import Reply

# Replies come from strangers, too: no pattern may look at one place of a text again and again.
_STEP = re.compile(r"^[^\w\n]*step\s+(\d{1,4})\b\W*?[:.)\-–=](.*)$", re.IGNORECASE | re.MULTILINE)
_ANSWER = re.compile(r"\banswer(?=\W*?[:=])\W*(\w+)", re.IGNORECASE)
_WORD = re.compile(r"-?\d+|[A-Za-z]+")


class StepValue(NamedTuple):
    """What a reply says at a step, and the place of that in its text."""

    value: str
    place: int


def steps(text: str) -> dict[int, StepValue]:
    """Number of a step -> what is said there, the first time that it is said: the first word or number after the last
    colon or equals sign of the line."""
    found: dict[int, StepValue] = {}
    for match in _STEP.finditer(text):
        start = max(match[2].rfind(sign) for sign in ":=") + 1
        if value := _WORD.search(match[2], start):
            found.setdefault(int(match[1]), StepValue(value[0], match.start(2) + value.start()))
    return found


def answer(text: str) -> str:
    """What a reply gives as its answer: after the last "Answer:", or else its first word or number."""
    given = _ANSWER.findall(text)
    first = _WORD.search(text)
    return given[-1] if given else first[0] if first else ""


def same(said: str, state: str) -> bool:
    """Whether two words or numbers are the same, whatever their case."""
    return said.casefold() == state.casefold()


def first_wrong(said: Mapping[int, StepValue], states: Sequence[str], start: int = 1) -> int | None:
    """The first step from `start` on that is wrong or missing; None where all are right."""
    for number in range(start, len(states) + 1):
        if number not in said or not same(said[number].value, states[number - 1]):
            return number
    return None


def certainty(reply: Reply, place: int) -> float:
    """The probability of the token in which a place of the text lies; NaN where none is known."""
    end = 0
    for piece, value in zip(reply.tokens, reply.logprobs, strict=False):
        end += len(piece)
        if place < end and piece.strip():
            return exp(value)
    return nan
