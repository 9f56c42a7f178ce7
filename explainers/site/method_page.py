"""The page on an experiment's method: its items, its arms, and what each arm sends a model."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from inspect import getdoc
from typing import Any

from runners.schema import Choose, Detour, Experiment, Generate, Item, Request, Trace

from ..stats.groups import order


def method(slug: str, experiment: Experiment | None) -> dict[str, Any]:
    """What the method page shows; without its experiment, the slug and nothing else."""
    if experiment is None or not experiment.items:
        return {"slug": slug, "experiment": None}
    return {
        "slug": slug,
        "experiment": experiment,
        "about": _unwrapped(getdoc(sys.modules[experiment.ask.__module__]) or ""),
        "strata": _strata(experiment),
        "quick": len(experiment.chosen("quick")),
        "arms": len(list(experiment.arms())),
        "example": example(experiment.items[0], experiment),
    }


def _unwrapped(text: str) -> str:
    """A docstring's labelled lines, each whole again, so that the page may break them where it likes."""
    return re.sub(r"(?<=\S) {2,}", ": ", re.sub(r"\n {4,}", " ", text))


def _strata(experiment: Experiment) -> list[tuple[str, list[tuple[Any, int]]]]:
    """(tag, [(value, items)]) of each tag that the profiles keep in balance."""
    tagged = {tag: Counter(item.tags.get(tag) for item in experiment.items) for tag in experiment.strata}
    return [
        (tag, sorted(counts.items(), key=lambda pair: order(experiment.slug, tag, pair[0])))
        for tag, counts in tagged.items()
    ]


def example(item: Item, experiment: Experiment) -> dict[str, Any]:
    """One item, what its answer is checked against, and what every arm sends for it."""
    return {
        "item": item,
        "target": [(name, json.dumps(value, indent=1, ensure_ascii=False)) for name, value in item.target.items()],
        "asked": [(_named(experiment, arm), list(turns(experiment.ask(item, arm)))) for arm in experiment.arms()],
    }


def _named(experiment: Experiment, arm: dict[str, Any]) -> str:
    return ", ".join(experiment.label(name, value) for name, value in arm.items()) or "the only way"


def turns(request: Request) -> Iterator[tuple[str, str]]:
    """(how it is asked, the prompt) of each turn of a request."""
    if isinstance(request, Choose):
        yield f"likeliest of {len(request.options)} continuations", request.prompt
        return
    if isinstance(request, Detour):
        options = len(request.options)
        yield f"likeliest of {options} continuations, by every set of experts for the last token", request.prompt
        return
    if isinstance(request, Trace):
        yield f"how likely is each token, in windows of {request.window:,}", request.text
        return
    turn: Generate | None = request
    while turn is not None:
        held = "constrained by the schema" if turn.schema else "constrained by a grammar" if turn.grammar else "free"
        drawn = "greedy" if turn.temperature == 0 else f"temperature {turn.temperature:g}"
        yield f"decoder {held}; {drawn}; at most {turn.max_tokens:,} tokens", _whole(turn)
        turn = turn.then


def _whole(request: Generate) -> str:
    return f"[system] {request.system}\n\n{request.prompt}" if request.system else request.prompt
