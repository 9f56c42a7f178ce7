"""Twins that the guide runs in its reader's browser, and the experts that the MoE model chose for its questions.

data/twins/page/<slug>-<type>.gguf   an MoE model and its dense neighbours of equal active and of equal total size
data/twins/page/routing.json         what a browser cannot read: the experts of every token of every question

All of it follows from the committed twins: `incompressible twins page` writes it again, the weights to the byte. A per
cent of a router's probability may be one more or less on a processor that adds in another order.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from ..engine.protocol import Load
from ..engine.quantize import quantize_to
from ..items.twin_people import facts
from ..schema import Item, Reply, Trace
from ..scoring import expert_routes
from ..storage.atomic import write_whole
from . import recipe, store

LADDER, SEED = "knowledge", 1
RUNGS = ("8x64", "f128", "f512")
"""The MoE model; the dense rungs whose parameters are nearest to its active ones and to all of it."""

TYPES = ("Q8_0", "Q4_0")
THREADS, CACHE_TYPE = 1, "f32"
"""What the page's runtime and the engine that recorded the routing are both set to, so that both round alike."""
PER_TIER = 12
"""Facts of each popularity tier: those that `twin-sparsity` and `twin-quantization` ask."""


def questions() -> tuple[Item, ...]:
    """The facts that a reader may pick."""
    return facts(PER_TIER, held=0)


def folder(home: Path) -> Path:
    """Where all of it lies."""
    return home / "data" / "twins" / "page"


def twins(home: Path) -> list[recipe.Rung]:
    """The MoE model, then its dense neighbours. Raises `RecipeError`."""
    return [recipe.find(home, f"{LADDER}-{name}-s{SEED}") for name in RUNGS]


def file_of(rung: recipe.Rung, kind: str) -> str:
    """The name of a twin's file in a tensor type."""
    return f"{rung.slug}-{kind}.gguf"


def write(home: Path, target: Path) -> Iterator[Path]:
    """Write every file into the folder `target`, yielding each. Raises `RecipeError` and `EngineError`."""
    target.mkdir(parents=True, exist_ok=True)
    for rung in twins(home):
        for kind in TYPES:
            yield _quantized(store.weights_of(home, rung), kind, target / file_of(rung, kind))
    path = target / "routing.json"
    write_whole(path, json.dumps(_routing(twins(home)[0], target), separators=(",", ":")) + "\n")
    yield path


def _quantized(source: Path, kind: str, target: Path) -> Path:
    with tempfile.TemporaryDirectory() as room:
        write_whole(target, quantize_to(source, kind, Path(room) / target.name).read_bytes())
    return target


def _routing(moe: recipe.Rung, target: Path) -> dict[str, Any]:
    """The experts of each question's tokens: for each type and number of experts used, a flat list a question.

    It runs over layers, tokens and chosen experts, the best first: (number of the expert, the router's probability of
    it in per cent) each.
    """
    chosen = {
        kind: {used: _traced(target / file_of(moe, kind), used) for used in range(1, moe.experts + 1)} for kind in TYPES
    }
    first = chosen[TYPES[0]][moe.used]
    return {
        "twin": moe.slug,
        "layers": moe.layers,
        "facts": [fact.id for fact in questions()],
        "tokens": [list(reply.tokens) for reply in first],
        "experts": {
            kind: {str(used): [_flat(reply) for reply in replies] for used, replies in by_use.items()}
            for kind, by_use in chosen.items()
        },
    }


def _traced(path: Path, used: int) -> list[Reply]:
    """Replies with the routing of every question."""
    from ..engine.llama_engine import LlamaEngine

    load = Load(str(path), context=64, width=1, threads=THREADS, gpu_layers=0, cache_type=CACHE_TYPE, experts_used=used)
    engine = LlamaEngine(load)
    try:
        asked = [Trace(fact.target["opening"], window=64, routing=True) for fact in questions()]
        found = dict(engine.answer(asked))
    finally:
        engine.close()
    return [found[place] for place in range(len(asked))]


def _flat(reply: Reply) -> list[int]:
    experts = chain.from_iterable(chain.from_iterable(expert_routes.chosen(reply.routes)))
    weights = chain.from_iterable(chain.from_iterable(expert_routes.weights(reply.routes)))
    return [number for expert, weight in zip(experts, weights, strict=True) for number in (expert, round(100 * weight))]
