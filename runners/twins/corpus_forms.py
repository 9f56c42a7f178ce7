"""Forms and the JSON they come to, for the twins to copy. Only the JSON is learned: the outline is given."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping

from ..items.twin_forms import DEPTHS, draw_form, is_held_out, json_text, outline, words
from .tokenizer import Document

KINDS = {f"form-{depth}": depth for depth in DEPTHS}
"""Kind of document -> depth of its form."""


def documents(mix: Mapping[str, float], seed: int) -> Iterator[Document]:
    """Forms without end, in the proportions of `mix`; never one that is kept back for asking."""
    draw = random.Random(f"forms/{seed}")
    while True:
        for kind in draw.choices(list(mix), list(mix.values()), k=1024):
            _, values = draw_form(KINDS[kind], draw)
            if not is_held_out(values):
                yield Document((outline(values), json_text(values)))


def texts() -> list[str]:
    """Texts that together hold every word that a document can have."""
    return list(words())
