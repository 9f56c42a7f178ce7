"""Everyday scenes in matched pairs: what can be done next?

In one of two nearly equal scenes something can be done, in the other something is still in the way, and nobody says so.

Tables hold the things; a pair of either kind is made of each row. Both are about the same things: a row is a cluster.

kind "state"   the same question after another event: the boots came off, or the hat did
kind "object"  the same scene with another thing asked about: the socks, or the hat
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import NamedTuple

from ..schema import Item
from .chains import NAMES

KINDS = ("state", "object")
EXAMPLES = """Answer each question with yes or no.

The tank of Tom's car is empty. Can Tom drive to work in it now, without filling it up?
Answer: No

Tom has just filled the tank of his car. Can Tom drive to work in it now, without filling it up?
Answer: Yes
"""


class Pair(NamedTuple):
    """Scene and question of the member that cannot be done, then of the one that can; and the rule that decides."""

    blocked: tuple[str, str]
    free: tuple[str, str]
    rule: str


def worlds(seed: int) -> tuple[Item, ...]:
    """Two pairs, four items, of each row of each domain."""
    return tuple(
        item
        for domain, (rows, tell) in DOMAINS.items()
        for row in rows
        for kind in KINDS
        for item in _items(domain, kind, row, tell(_name(domain, row, kind, seed), kind, *row.split(" | ")))
    )


def _name(*drawn_by: object) -> str:
    return random.Random("/".join(map(str, ("worlds", *drawn_by)))).choice(NAMES)


def _items(domain: str, kind: str, row: str, pair: Pair) -> list[Item]:
    about = f"{domain}: {row.partition(' | ')[0]}"
    return [
        Item(
            id=f"{about}, {kind}, {answer}",
            prompt=f"{scene} {question}",
            target={"answer": answer, "question": question, "rule": pair.rule},
            tags={"domain": domain, "kind": kind, "answer": answer, "pair": f"{about}, {kind}"},
            cluster=about,
        )
        for answer, (scene, question) in (("no", pair.blocked), ("yes", pair.free))
    ]


def _pair(kind: str, scene: str, wrong: str, right: str, ask: Callable[[str], str], inner: str, loose: str, rule: str):
    """A pair of a scene, an event that changes nothing and one that clears the way, and what is asked about."""
    if kind == "state":
        return Pair((f"{scene} {wrong}", ask(inner)), (f"{scene} {right}", ask(inner)), rule)
    return Pair((scene, ask(inner)), (scene, ask(loose)), rule)


def _clothing(name: str, kind: str, inner: str, outer: str, loose: str) -> Pair:
    return _pair(
        kind,
        f"{name} is wearing {inner}, {outer} and {loose}.",
        f"{name} takes off the {_bare(loose)}.",
        f"{name} takes off the {_bare(outer)}.",
        lambda thing: f"Can {name} take off the {_bare(thing)} next, with everything else staying on?",
        inner,
        loose,
        f"Whoever wears {inner} and {outer} wears the {_bare(inner)} underneath, and what is worn underneath can only "
        "come off after what is worn over it.",
    )


def _containers(name: str, kind: str, thing: str, inner: str, outer: str) -> Pair:
    scene = f"There is {thing} in {inner}, and the {_bare(inner)} is in {outer}."
    if kind == "object":
        scene += f" The {_bare(inner)} is shut, the {_bare(outer)} is open."
    return _pair(
        kind,
        f"{scene} The {_bare(inner)} is open." if kind == "state" else scene,
        f"The {_bare(outer)} was open, and {name} has just shut it.",
        f"The {_bare(outer)} was shut, and {name} has just opened it.",
        lambda wanted: f"Can {name} take out the {_bare(wanted)} now, without opening anything?",
        thing,
        inner,
        "Nothing can be taken out of a thing that is shut, nor out of anything inside it.",
    )


def _keys(name: str, kind: str, room: str, other: str, tool: str) -> Pair:
    return _pair(
        kind,
        f"The {room} and the {other} are locked, each with a key of its own, and {name} is outside."
        + (f" {name} has the key of the {other} and no other." if kind == "object" else ""),
        f"{name} has brought {tool} and nothing else.",
        f"{name} has brought the key of the {room} and nothing else.",
        lambda where: f"Can {name} get into the {where} now, without breaking anything?",
        room,
        other,
        "A locked door opens with its own key only, and with nothing else.",
    )


def _cooking(name: str, kind: str, thing: str, spoilt: str, kept: str, later: str) -> Pair:
    other, other_later = ("lemon", "be cut into slices") if thing != "lemon" else ("carrot", "be cut into sticks")
    return _pair(
        kind,
        f"{name} has one {thing} and one {other} and nothing else."
        + (f" {name} {spoilt} the {thing} and washes the {other}." if kind == "object" else ""),
        f"{name} {spoilt} the {thing}.",
        f"{name} {kept} the {thing}.",
        lambda asked: f"Can the {asked} still {later if asked == thing else other_later}?",
        thing,
        other,
        f"After somebody {spoilt} one, a {thing} cannot {later} any more.",
    )


def _assembly(name: str, kind: str, whole: str, inner: str, outer: str, loose: str) -> Pair:
    return _pair(
        kind,
        f"{name} takes {whole} apart, one part after the other, and breaks nothing. It still has {inner}, {outer} and "
        f"{loose}.",
        f"{name} takes off the {_bare(loose)}.",
        f"{name} takes off the {_bare(outer)}.",
        lambda part: f"Can {name} take out the {_bare(part)} next, before any other part?",
        inner,
        loose,
        f"In {whole} the {_bare(inner)} can only come out after the {_bare(outer)}, and the {_bare(loose)} is in "
        "nobody's way.",
    )


def _bare(thing: str) -> str:
    """A thing without its article."""
    return thing.removeprefix("a ").removeprefix("an ")


DOMAINS: dict[str, tuple[list[str], Callable[..., Pair]]] = {
    # worn underneath | worn over it | worn elsewhere
    "clothing": (
        [
            "socks | boots | a hat",
            "a shirt | a pullover | a cap",
            "a pullover | a coat | earrings",
            "tights | trousers | a necklace",
            "swimming trunks | jeans | sunglasses",
            "a ring | gloves | a tie",
            "a bandage on one knee | trousers | a scarf",
            "a hairnet | a helmet | sandals",
            "a vest | a wetsuit | a wristband",
            "a wrist bandage | boxing gloves | a belt",
            "knee pads | ski trousers | goggles",
            "a money belt | a dress | a bracelet",
        ],
        _clothing,
    ),
    # what is wanted | what it is in | what that is in
    "containers": (
        [
            "a coin | a purse | a drawer",
            "a letter | an envelope | a suitcase",
            "a needle | a tin | a sewing box",
            "a ring | a jewel case | a safe",
            "a biscuit | a lunch box | a rucksack",
            "a photograph | a folder | a cupboard",
            "a tablet | a pill box | a handbag",
            "a screw | a toolbox | a car boot",
            "a medal | a velvet case | a display cabinet",
            "a pearl | a matchbox | a desk",
            "a chocolate | a gift box | a fridge",
            "a passport | a wallet | a locker",
        ],
        _containers,
    ),
    # the room that is wanted | another one | what opens no door
    "keys": (
        [
            "shed | garage | a lamp",
            "cellar | attic | an umbrella",
            "office | kitchen | a cup of tea",
            "library | gym | two books",
            "boat house | sauna | a towel",
            "chapel | tower | a candle",
            "workshop | storeroom | a ladder",
            "greenhouse | barn | a watering can",
            "laundry | bicycle store | a basket",
            "museum | archive | a notebook",
            "stable | dairy | a bucket",
            "studio | darkroom | a camera",
        ],
        _keys,
    ),
    # what is cooked | an end to it | what does no harm | what can be done before that end only
    "cooking": (
        [
            "egg | scrambles | rinses | be boiled in its shell",
            "potato | mashes | washes | be baked whole",
            "orange | squeezes | washes | be peeled in one piece",
            "loaf of bread | crumbles | weighs | be cut into slices",
            "coconut | grates | weighs | be used as a ball",
            "tomato | purees | rinses | be stuffed whole",
            "steak | minces | salts | be grilled in one piece",
            "apple | grates | washes | be dipped whole in caramel",
            "onion | chops | weighs | be cut into rings",
            "banana | mashes | weighs | be eaten out of its skin",
            "pineapple | purees | washes | be cut into rings",
            "cabbage | shreds | washes | be stuffed leaf by leaf",
        ],
        _cooking,
    ),
    # what is taken apart | a part inside | what covers it | a part elsewhere
    "assembly": (
        [
            "a torch | a battery | a battery cover | a wrist strap",
            "a bicycle wheel | an inner tube | a tyre | a reflector",
            "a pocket watch | a mainspring | a back cover | a chain",
            "a bed | a slatted frame | a mattress | a headboard lamp",
            "a hairdryer | a heating coil | a housing | a hanging loop",
            "a drum | a damping cushion | a drumhead | a carrying strap",
            "a fountain pen | an ink cartridge | a barrel | a pocket clip",
            "a cuckoo clock | a bellows | a rear door | a weight chain",
            "a fish tank filter | a sponge | a filter lid | a rubber foot",
            "a picture frame | a photograph | a back board | a hanging wire",
            "a computer | a memory card | a side panel | a power cable",
            "a clarinet case | a velvet lining | a clarinet | a luggage tag",
        ],
        _assembly,
    ),
}
