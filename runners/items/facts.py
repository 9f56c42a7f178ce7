"""Facts about places: in which country a city lies, what a country's capital is, by how well known they are.

They lie in `data/items/facts.json`, which `make_facts.py` beside it made out of data packages, six in each cell of
kind, region and tier. A fact's *others* come from its own cell, so that a wrong answer is about as well known as the
right one: they are the wrong options of a choice, and what a text tells beside the fact.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..schema import Item, digest

FILE = Path(__file__).parents[2] / "data" / "items" / "facts.json"
DIGEST = "7e19ce7488522acd3e24982fb94ff022"
"""The digest of what the file holds, so that no question changes unnoticed."""

SEED = 11
OTHERS = 3

ASKED = {"city": "Which country is {name} in?", "capital": "What is the capital of {name}?"}
TOLD = {"city": "{name} is in {answer}.", "capital": "{answer} is the capital of {name}."}
ASIDE = "{name} has about {inhabitants:,} inhabitants."
SYDNEY = "Question: Which country is Sydney in?\nAnswer: Australia\n\n"
AUCKLAND = "Question: Which country is Auckland in?\nAnswer: New Zealand\n\n"
FIJI = "Question: What is the capital of Fiji?\nAnswer: Suva\n\n"
SAMOA = "Question: What is the capital of Samoa?\nAnswer: Apia\n\n"
EXAMPLES = {"city": (AUCKLAND, SYDNEY), "capital": (SAMOA, FIJI)}
"""Worked examples of the kind that is asked for, from a part of the world that no item is about."""

_ARTICLE = re.compile(r"(United|Democratic|Republic|Central African|British|U\.S\.)\b|.* Islands$")
_NAMED_WITH_IT = {"Bahamas", "Gambia", "Maldives", "Philippines", "Seychelles"}


class FactsError(ValueError):
    """The file of facts is missing or is not the one that was registered."""


@dataclass(frozen=True)
class Fact:
    """One line of the file. `tier` 1 is the best known; `country` is the ISO code that the fact hangs on; `also` are
    other names of the answer."""

    kind: str
    region: str
    tier: int
    country: str
    name: str
    answer: str
    also: tuple[str, ...]
    inhabitants: int

    @property
    def question(self) -> str:
        """The fact as a question."""
        return ASKED[self.kind].format(name=with_article(self.name))

    @property
    def sentence(self) -> str:
        """The fact as a sentence."""
        return _sentence(TOLD[self.kind].format(name=with_article(self.name), answer=with_article(self.answer)))

    @property
    def aside(self) -> str:
        """Something else about the same place, to two digits."""
        rounded = round(self.inhabitants, 2 - len(str(self.inhabitants)))
        return _sentence(ASIDE.format(name=with_article(self.name), inhabitants=rounded))


def with_article(name: str) -> str:
    """A name with its article where English gives it one."""
    return f"the {name}" if _ARTICLE.match(name) or name in _NAMED_WITH_IT else name


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def read_facts(path: Path = FILE) -> tuple[Fact, ...]:
    """The facts of the file. Raises `FactsError`, which names the file and what to do."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["facts"]
        registered = digest(rows) == DIGEST
    except OSError as fault:
        raise _broken(path, f"cannot be read ({fault.strerror})") from None
    except (ValueError, TypeError, KeyError, RecursionError):
        raise _broken(path, "is damaged") from None
    if not registered:
        raise _broken(path, "does not hold the facts that are asked for")
    return tuple(Fact(**{**row, "also": tuple(row["also"])}) for row in rows)


def _broken(path: Path, why: str) -> FactsError:
    return FactsError(f"{path} {why}; restore it with: git checkout -- data/items/facts.json")


def items() -> tuple[Item, ...]:
    """An item for each fact, ordered so that the first few of every kind and tier come from different regions."""
    cells: dict[tuple[str, int], dict[str, list[Fact]]] = {}
    for fact in read_facts():
        cells.setdefault((fact.kind, fact.tier), {}).setdefault(fact.region, []).append(fact)
    return tuple(item for (kind, tier), regions in cells.items() for item in _turns(kind, tier, list(regions.values())))


def _turns(kind: str, tier: int, regions: list[list[Fact]]) -> list[Item]:
    """The facts of a kind and tier, one of each region in turn."""
    draw = random.Random(f"facts/{SEED}/{kind}/{tier}")
    mixed = [draw.sample(cell, len(cell)) for cell in regions]
    return [_item(fact, cell, draw) for row in zip(*mixed, strict=True) for fact, cell in zip(row, mixed, strict=True)]


def _item(fact: Fact, cell: Sequence[Fact], draw: random.Random) -> Item:
    others = draw.sample([other for other in cell if other != fact], OTHERS)
    options = [fact.answer, *(other.answer for other in others)]
    sentences = [fact.sentence, fact.aside, *(other.sentence for other in others[1:])]
    order = draw.sample(range(len(sentences)), len(sentences))
    return Item(
        id=re.sub(r"\W+", "-", f"{fact.kind}-{fact.country}-{fact.name}".lower()),
        prompt=fact.question,
        target={
            "name": fact.name,
            "answers": [fact.answer, *fact.also],
            "others": [[other.answer, *other.also] for other in others],
            "options": draw.sample(options, len(options)),
            "open": " ".join(sentences[place] for place in order),
            # The same text, but for one sentence: the fact gives way to the same kind of fact about another place.
            "distractor": " ".join([others[0].sentence, *sentences[1:]][place] for place in order),
        },
        tags={"kind": fact.kind, "tier": fact.tier, "region": fact.region},
        cluster=fact.country,
    )
