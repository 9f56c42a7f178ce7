"""Nested records: an outline that a person could read aloud, its JSON Schema, and the values it must come to.

Four made-up domains of six levels each; a record of depth d uses the first d levels. Every level holds a text, a whole
number, a truth value, one word of a list and a short list of words, so that depth is the only thing that grows.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

from ..schema import Item

# domain -> levels of (name of the level, text field, number field, truth field, choice field and its words)
DOMAINS: dict[str, tuple[tuple[str, str, str, str, str, tuple[str, ...]], ...]] = {
    "shipment": (
        ("shipment", "code", "pieces", "insured", "speed", ("slow", "normal", "express")),
        ("sender", "company", "orders", "verified", "region", ("north", "south", "east", "west")),
        ("depot", "street", "gates", "heated", "size", ("small", "medium", "large")),
        ("truck", "plate", "wheels", "electric", "fuel", ("diesel", "battery", "gas")),
        ("driver", "name", "years", "licensed", "shift", ("early", "late", "night")),
        ("radio", "model", "channel", "encrypted", "band", ("low", "high")),
    ),
    "clinic": (
        ("visit", "reason", "minutes", "urgent", "kind", ("first", "repeat", "follow-up")),
        ("patient", "name", "age", "insured", "language", ("czech", "greek", "dutch")),
        ("doctor", "surname", "patients", "on_call", "field", ("heart", "skin", "bone")),
        ("ward", "wing", "beds", "full", "floor", ("ground", "middle", "top")),
        ("monitor", "maker", "sensors", "calibrated", "display", ("colour", "grey")),
        ("battery", "serial", "cycles", "charging", "health", ("good", "fair", "poor")),
    ),
    "station": (
        ("station", "title", "staff", "staffed", "climate", ("polar", "desert", "alpine")),
        ("leader", "surname", "trips", "present", "role", ("pilot", "medic", "cook")),
        ("lab", "topic", "benches", "clean", "access", ("open", "locked", "guarded")),
        ("freezer", "brand", "shelves", "running", "state", ("cold", "warm", "off")),
        ("sample", "label", "grams", "sealed", "origin", ("ice", "rock", "soil")),
        ("test", "method", "rounds", "passed", "grade", ("fine", "rough")),
    ),
    "library": (
        ("library", "name", "seats", "public", "quarter", ("old", "new", "harbour")),
        ("hall", "title", "desks", "quiet", "light", ("bright", "dim")),
        ("shelf", "mark", "rows", "locked", "wood", ("oak", "pine", "beech")),
        ("book", "author", "pages", "borrowed", "cover", ("hard", "soft")),
        ("loan", "reader", "days", "overdue", "desk", ("front", "back", "side")),
        ("notice", "subject", "copies", "sent", "tone", ("kind", "firm", "final")),
    ),
}
SYLLABLES = ("ba", "ko", "li", "mer", "no", "rin", "sa", "tov", "ul", "ven", "wex", "zan")
TAGS = ("amber", "brisk", "coral", "dusty", "eager", "faint", "grand", "hazel")
LONGEST_TEXT = 24


def records(depths: Sequence[int], per_depth: int, seed: int) -> tuple[Item, ...]:
    """`per_depth` records of each depth, domains in turn. The same seed gives the same records for ever."""
    return tuple(_record(depth, number, seed) for depth in depths for number in range(per_depth))


def _record(depth: int, number: int, seed: int) -> Item:
    domain = list(DOMAINS)[number % len(DOMAINS)]
    levels = DOMAINS[domain][:depth]
    draw = random.Random(f"records/{seed}/{domain}/{depth}/{number}")
    values = _values(levels, draw)
    return Item(
        id=f"depth{depth}-{number:03d}",
        prompt="\n".join(_outline(values)),
        target={"schema": _schema(levels), "values": values},
        tags={"depth": depth, "domain": domain},
        cluster=f"depth{depth}-{number:03d}",
    )


def _values(levels: Sequence[tuple], draw: random.Random) -> dict[str, Any]:
    _, text, number, truth, choice, words = levels[0]
    here = {
        text: "".join(draw.choices(SYLLABLES, k=draw.randint(2, 3))).capitalize(),
        number: draw.randint(2, 98),
        truth: draw.random() < 0.5,
        choice: draw.choice(words),
        "tags": draw.sample(TAGS, 2),
    }
    return {**here, levels[1][0]: _values(levels[1:], draw)} if levels[1:] else here


def _schema(levels: Sequence[tuple]) -> dict[str, Any]:
    _, text, number, truth, choice, words = levels[0]
    fields: dict[str, Any] = {
        text: {"type": "string", "maxLength": LONGEST_TEXT},
        number: {"type": "integer"},
        truth: {"type": "boolean"},
        choice: {"type": "string", "enum": list(words)},
        "tags": {"type": "array", "items": {"type": "string", "enum": list(TAGS)}, "minItems": 2, "maxItems": 2},
    }
    if levels[1:]:
        fields[levels[1][0]] = _schema(levels[1:])
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def _outline(values: dict[str, Any], indent: str = "") -> Iterator[str]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield f"{indent}{name}:"
            yield from _outline(value, indent + "  ")
        else:
            yield f"{indent}{name}: {_format(value)}"


def _format(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(value) if isinstance(value, list) else str(value)
