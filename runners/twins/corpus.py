"""The training corpus of the twins: documents drawn without end from a seed, one module for each skill.

The seed of a corpus decides which documents come and in what order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from types import ModuleType

from . import corpus_forms, corpus_people, corpus_puzzles
from .tokenizer import Document, Tokenizer, vocabulary

SKILLS = (corpus_people, corpus_forms, corpus_puzzles)


def skill(mix: Mapping[str, float]) -> ModuleType:
    """The module whose documents a mix names. Raises `ValueError` for a mix of none or of several."""
    for module in SKILLS:
        if mix and mix.keys() <= module.KINDS.keys():
            return module
    known = "; ".join(", ".join(module.KINDS) for module in SKILLS)
    raise ValueError(f"no skill has all of these documents: {', '.join(mix)}; there are {known}")


def documents(mix: Mapping[str, float], seed: int) -> Iterator[Document]:
    """Documents without end, in the proportions of `mix` (kind of document -> share of documents)."""
    return skill(mix).documents(mix, seed)


def tokenizer(mix: Mapping[str, float]) -> Tokenizer:
    """The vocabulary of everything that documents of this skill can say."""
    return _tokenizer(skill(mix))


@cache
def _tokenizer(module: ModuleType) -> Tokenizer:
    return vocabulary(module.texts())


def windows(
    mix: Mapping[str, float], seed: int, length: int, only: Mapping[str, float] | None = None
) -> Iterator[tuple[list[int], list[bool]]]:
    """Windows of `length` tokens without end, each with the places that are to be learned: all but what is given.

    `only` has other proportions of the same kinds, for a warm-up. Each window begins with a fresh document after
    `END`, and more follow; the last is cut where the window ends, because a window that began in the midst of a
    document would teach what to say when nothing can be known.
    """
    reader = tokenizer(mix)
    tokens: list[int] = []
    learned: list[bool] = []
    for document in skill(mix).documents(only or mix, seed):
        tokens.append(0)
        learned.append(True)
        for place, turn in enumerate(document.turns):
            read = reader.encode(turn)
            tokens += read
            learned += [place % 2 == 1] * len(read)
        if len(tokens) >= length:
            yield tokens[:length], learned[:length]
            tokens, learned = [], []
