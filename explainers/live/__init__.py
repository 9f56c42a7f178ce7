"""What runs in the reader's browser: pure functions from a form to what is seen. Standard library only.

A module here with a `TOOL`, or a package whose module `tool` has one, is a live experiment with a page of its own;
`rejudge` makes one for every claim. The build shows each with its form as it stands at first, by the same functions,
so that a page is of use without scripts.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import Any

from .form import Tool


@cache
def tools() -> dict[str, Tool]:
    """Every live experiment with a page of its own, by name. Raises `ValueError` when two have one name."""
    found: dict[str, Tool] = {}
    for module in iter_modules(__path__):
        place = f"{__name__}.{module.name}"
        if module.ispkg and find_spec(f"{place}.tool") is None:
            continue
        tool = getattr(import_module(f"{place}.tool" if module.ispkg else place), "TOOL", None)
        if tool is not None and found.setdefault(tool.name, tool) is not tool:
            raise ValueError(f"two live experiments are called {tool.name}")
    return dict(sorted(found.items()))


def find(name: str) -> Tool:
    """The live experiment of a name, as in "sizes", or "judging/sqrt-rule" for a claim. Raises `LookupError`."""
    place, _, about = name.partition("/")
    if place == "judging" and about:
        return import_module(f"{__name__}.rejudge").tool(about)
    if name not in tools():
        raise LookupError(f"no live experiment is called {name!r}")
    return tools()[name]


def ready() -> None:
    """Import all that a page may come to call, for a snapshot of Python's memory that has it."""
    from runners import experiments

    from .. import claims

    experiments.find()
    for name in (*tools(), *(f"judging/{slug}" for slug in claims.find())):
        find(name)


def answer_page(name: str, filled: str, laid: Any) -> str:
    """`answer` as a page's script can call it: `laid` is a JavaScript array of (name, Uint8Array).

    What an answer makes is kept for the next one. To look for garbage among it would take a tenth of the time.
    """
    gc.disable()
    try:
        return answer(name, filled, {which: content.to_bytes() for which, content in laid})
    finally:
        gc.freeze()
        gc.enable()


def answer(name: str, filled: str, files: Mapping[str, bytes]) -> str:
    """The filled in form as JSON gives the result as JSON, or {"fault": what to mend}.

    `files` holds what lies under each name that the tool asks for.
    """
    tool = find(name)
    try:
        return json.dumps(asdict(tool.run(tool.read(json.loads(filled), files), files)), allow_nan=False)
    except ValueError as fault:
        return json.dumps({"fault": str(fault)})
