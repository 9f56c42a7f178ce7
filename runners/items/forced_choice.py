"""Questions of the experiments on knowledge and on the everyday world, each as a choice between given answers.

The prompts are those experiments' own, so that what quantizing the weights flips is an answer that counts there too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from ..schema import Item
from . import everyday_scenes, facts

EACH = {"facts": 12, "scenes": 6}
"""How many of each group: the first of every kind and tier, and of every domain, kind and answer."""


def choices() -> tuple[Item, ...]:
    """120 facts and 120 scenes, the scenes in whole pairs."""
    return tuple(_first(map(_fact, facts.items()))) + tuple(_first(map(_scene, everyday_scenes.worlds(seed=7))))


def _first(items: Iterable[Item]) -> Iterator[Item]:
    taken: Counter[str | int] = Counter()
    for item in items:
        taken[item.tags["group"]] += 1
        if taken[item.tags["group"]] <= EACH[str(item.tags["skill"])]:
            yield item


def _fact(item: Item) -> Item:
    """What a base model goes on with: two worked examples and the question, no chat template."""
    kind, tier, options = item.tags["kind"], item.tags["tier"], item.target["options"]
    return Item(
        id=item.id,
        prompt=f"{''.join(facts.EXAMPLES[str(kind)])}Question: {item.prompt}\nAnswer:",
        target={
            "options": [f" {option}" for option in options],
            "right": options.index(item.target["answers"][0]),
            "chat": False,
        },
        tags={"skill": "facts", "group": f"{kind}, tier {tier}"},
        cluster=item.cluster,
    )


def _scene(item: Item) -> Item:
    domain, kind, answer = (item.tags[name] for name in ("domain", "kind", "answer"))
    return Item(
        id=item.id,
        prompt=f"{everyday_scenes.EXAMPLES}\n{item.prompt}\nAnswer:",
        target={"options": ["Yes", "No"], "right": ("yes", "no").index(answer), "chat": True},
        tags={"skill": "scenes", "group": f"{domain}, {kind}, {answer}"},
        cluster=item.cluster,
    )
