"""Live experiments on their pages: the form, its first result, and what a click on it fetches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..analysis.demo_accuracy import DemoAccuracy
from ..live import find, tools
from ..live.form import Files, FormField, Picture, Result, Tool
from ..plotting.render import render_pictures
from ..schema import Verdict
from . import pyodide
from .live_data import moe_demo

LLAMA = "assets/wllama/"
FOLDER = "live/"
"""Where, under docs/, the files lie that live experiments read."""


@dataclass(frozen=True)
class Offer:
    """A live experiment on a page. `bytes` is what a click fetches at most: a host may compress it on the way.

    `runs` says whether Python is there to run it. `result` is None where the page itself shows what the form stands
    for at first.
    """

    tool: Tool
    fields: Sequence[FormField]
    bytes: int
    runs: bool
    result: Result | None = None

    @property
    def pictures(self) -> list[tuple[Picture, str]]:
        """Each picture, and how the names of its files begin as seen from a page under `live/`."""
        shown = self.result.pictures if self.result else ()
        return [(picture, f"../{self.tool.name}-{place}") for place, picture in enumerate(shown)]


@dataclass(frozen=True)
class Offered:
    """All live experiments: `tools` by name, `judged` by the slug of the claim whose page they are on, and what the
    page on a small MoE tells."""

    tools: Mapping[str, Offer] = field(default_factory=dict)
    judged: Mapping[str, Offer] = field(default_factory=dict)
    mixture: Mapping[str, Any] = field(default_factory=dict)


def offered(
    verdicts: Mapping[str, Verdict], accuracy: Sequence[DemoAccuracy], files: Files, live: Mapping[str, bytes]
) -> Offered:
    """What there is to try: all tools, and the verdicts that can be judged again, by the slug of their claim.

    `accuracy` is how the twins of the mixture's page did, `files` what tools read. `live` is what runs in a page, by
    path under docs/; without Python in it a claim's page has nothing to offer, and all other pages show what stands
    there at first.
    """
    python = pyodide.fetched(live)
    alone = {name: offer(tool, files, python, result=True) for name, tool in tools().items()}
    named = {slug: find(f"judging/{slug}") for slug, verdict in verdicts.items() if verdict.findings and python}
    judged = {slug: offer(tool, files, python) for slug, tool in named.items() if files.keys() >= set(tool.files)}
    llama = {path: content for path, content in live.items() if path.startswith(LLAMA)}
    return Offered(alone, judged, moe_demo.template_values(accuracy, files, llama))


def offer(tool: Tool, files: Files, python: int, result: bool = False) -> Offer:
    """One experiment on a page, with or without what it says at first. `python` is what running Python fetches."""
    fetched = python + sum(len(files[name]) for name in tool.files)
    return Offer(tool, tool.fields(files), fetched, python > 0, tool.at_first(files) if result else None)


def painted(offered: Offered) -> dict[str, bytes]:
    """The pictures of every experiment at first, by path under docs/, as they are painted without a script."""
    return {
        f"{FOLDER}{name}-{place}-{look}.svg": svg
        for name, one in offered.tools.items()
        for place, (picture, _) in enumerate(one.pictures)
        for look, svg in render_pictures(dict(picture.spec)).items()
    }
