"""Filled-in forms for twins: an outline in brackets, and the JSON that it comes to. Every form can be checked.

The fields are those of `records`, three a level and three levels deep, with words so few that each is one token. One
form in sixteen is kept from the training corpus (`is_held_out`), so that no item was ever read.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from typing import Any

from ..schema import Item, digest
from .nested_records import DOMAINS, SYLLABLES

DEPTHS = (1, 2, 3)
NAMES = tuple((first + second).capitalize() for first in SYLLABLES[:7] for second in SYLLABLES[5:] if first != second)
"""What a text field may hold: 47 invented words."""

NUMBERS = range(2, 99)


def draw_form(depth: int, draw: random.Random) -> tuple[str, dict[str, Any]]:
    """(domain, values) of one form, any of all there are."""
    domain = draw.choice(list(DOMAINS))
    return domain, _values(DOMAINS[domain][:depth], draw)


def is_held_out(values: dict[str, Any]) -> bool:
    """Whether a form is held out of training, to be asked about."""
    return digest(values)[0] == "0"


def outline(values: dict[str, Any]) -> str:
    """The question: " form : code Rinko , pieces 12 , sender ( ... ) json :"."""
    return f" form : {_list_fields(values)} json :"


def json_text(values: dict[str, Any]) -> str:
    """The answer: JSON with a space around everything, as the twins' tokens have it."""
    return " " + _spaced(values)


def forms(per_depth: int, seed: int) -> tuple[Item, ...]:
    """`per_depth` forms of each depth that no twin has read."""
    return tuple(_item(depth, number, seed) for depth in DEPTHS for number in range(per_depth))


def words() -> Iterator[str]:
    """Texts that together hold every word a form can have, for a vocabulary."""
    draw = random.Random("words")
    for domain in DOMAINS:
        levels = DOMAINS[domain][: max(DEPTHS)]
        values = _values(levels, draw)
        yield from (outline(values), json_text(values))
    for choice in {choice for levels in DOMAINS.values() for level in levels[: max(DEPTHS)] for choice in level[5]}:
        yield f' {choice} "{choice}"'
    yield from (f' {name} "{name}"' for name in NAMES)
    yield from (f" {number} ," for number in NUMBERS)


def _item(depth: int, number: int, seed: int) -> Item:
    draw = random.Random(f"forms/{seed}/{depth}/{number}")
    domain, values = next(form for form in iter(lambda: draw_form(depth, draw), None) if is_held_out(form[1]))
    return Item(
        id=f"form{depth}-{number:03d}",
        prompt=outline(values),
        target={"schema": _schema(DOMAINS[domain][:depth]), "values": values},
        tags={"depth": depth, "domain": domain},
        cluster=f"form{depth}-{number:03d}",
    )


def _values(levels: Sequence[tuple], draw: random.Random) -> dict[str, Any]:
    _, text, number, _, choice, choices = levels[0]
    here = {text: draw.choice(NAMES), number: draw.choice(NUMBERS), choice: draw.choice(choices)}
    return {**here, levels[1][0]: _values(levels[1:], draw)} if levels[1:] else here


def _schema(levels: Sequence[tuple]) -> dict[str, Any]:
    _, text, number, _, choice, choices = levels[0]
    fields: dict[str, Any] = {
        text: {"type": "string"},
        number: {"type": "integer"},
        choice: {"type": "string", "enum": list(choices)},
    }
    if levels[1:]:
        fields[levels[1][0]] = _schema(levels[1:])
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def _list_fields(values: dict[str, Any]) -> str:
    parts = (
        f"{key} ( {_list_fields(value)} )" if isinstance(value, dict) else f"{key} {value}"
        for key, value in values.items()
    )
    return " , ".join(parts)


def _spaced(value: Any) -> str:
    if not isinstance(value, dict):
        return json.dumps(value)
    return "{ " + " , ".join(f'"{key}" : {_spaced(part)}' for key, part in value.items()) + " }"
