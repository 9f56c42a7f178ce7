"""The recipe of every twin, `data/twins/recipe.toml`, and how each is trained. Needs no torch."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any


class RecipeError(ValueError):
    """The recipe cannot be read, or does not hold what was asked for; names the file and what there is."""


@dataclass(frozen=True)
class Rung:
    """One twin: where it stands in its ladder, its shape (see `model.TwinShape`) and its training.

    tokens      tokens read in training after the warm-up, `batch` windows of `context` tokens a step
    muon, adam  learning rates of the matrices and of the rest
    decay       weight decay
    hold        share of the steps before the learning rates fall in a line to zero
    balance     weight of the routers' load-balancing loss
    mix         kind of document -> share of the documents
    warmup      what is read before that: {"mix": ..., "until": loss in nats, "most": tokens}; none where it is empty
    teacher     name of the rung, of the same ladder and seed, whose outputs are learned instead of the text
    learns      what of the teacher: "replies", sampled from it, or its "distributions" over the next token
    """

    ladder: str
    name: str
    seed: int
    width: int
    layers: int
    heads: int
    head: int
    context: int
    tokens: int
    batch: int
    muon: float
    adam: float
    decay: float
    hold: float
    balance: float
    mix: Mapping[str, float]
    ffn: int
    experts: int = 0
    used: int = 0
    warmup: Mapping[str, Any] = field(default_factory=dict)
    teacher: str = ""
    learns: str = ""

    @property
    def slug(self) -> str:
        """The twin's name everywhere, as in `knowledge-f128-s1`."""
        return f"{self.ladder}-{self.name}-s{self.seed}"

    @property
    def teachers_slug(self) -> str:
        """The slug of the teacher."""
        return f"{self.ladder}-{self.teacher}-s{self.seed}"

    @property
    def steps(self) -> int:
        """Optimizer steps after the warm-up."""
        return self.tokens // (self.batch * self.context)


def rungs(home: Path) -> dict[str, Rung]:
    """Slug -> twin, ladder by ladder, all rungs of one seed before the next. Raises `RecipeError`."""
    path = home / "data" / "twins" / "recipe.toml"
    try:
        ladders = tomllib.loads(path.read_text(encoding="utf-8"))
        made = [rung for name, ladder in ladders.items() for rung in _ladder(name, dict(ladder))]
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as fault:
        raise RecipeError(f"{path} cannot be read: {fault.__class__.__name__}: {fault}") from None
    return {rung.slug: rung for rung in made}


def find(home: Path, slug: str) -> Rung:
    """One twin of the recipe. Raises `RecipeError` with the twins there are."""
    known = rungs(home)
    if slug not in known:
        raise RecipeError(f"no twin is called {slug!r}; there are: {', '.join(known)}")
    return known[slug]


def _ladder(name: str, table: dict) -> list[Rung]:
    shared = {setting.name: table[setting.name] for setting in fields(Rung) if setting.name in table}
    made = [
        Rung(ladder=name, name=rung, seed=seed, **shared, **shape)
        for seed in table["seeds"]
        for rung, shape in table["rungs"].items()
    ]
    for rung in made:
        if rung.learns not in ("replies", "distributions") if rung.teacher else rung.learns:
            raise ValueError(f"{rung.slug} learns {rung.learns!r} of {rung.teacher!r}")
    return made
