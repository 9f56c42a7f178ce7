"""Files of the page on a small MoE: twins to run, facts to ask for, and what is stored of both."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from runners.items.twin_people import ASKED, attributes, names, people
from runners.models.gguf_facts import inspect
from runners.twins import corpus, web_demo
from runners.twins.recipe import Rung
from runners.twins.tokenizer import PIECE

from ...analysis.demo_accuracy import DemoAccuracy

FOLDER = "mixture"
"""Where all of it lies, under docs/live/."""

FACTS, ROUTING = f"{FOLDER}/facts.json", f"{FOLDER}/routing.json"


def files(home: Path) -> dict[str, bytes]:
    """The twins' weights, `facts.json` and `routing.json`; nothing where `incompressible twins page` was never run."""
    folder = web_demo.folder(home)
    if not (folder / "routing.json").is_file():
        return {}
    weights = {f"{FOLDER}/{path.name}": path.read_bytes() for path in sorted(folder.glob("*.gguf"))}
    return {**weights, ROUTING: (folder / "routing.json").read_bytes(), FACTS: _json(_facts(home))}


def template_values(
    accuracy: Sequence[DemoAccuracy], made: Mapping[str, bytes], runtime: Mapping[str, bytes]
) -> dict[str, Any]:
    """What the page's template asks for: how the twins did, what `files` made, and the scripts that run it, of which
    there are none where npm is missing.

    `twins` is empty where there is nothing to run; `cost` is what the first answer fetches, in bytes.
    """
    facts = json.loads(made[FACTS]) if FACTS in made else {"twins": [], "questions": []}
    brought = [FACTS, ROUTING, *(f"{FOLDER}/{twin['files'][web_demo.TYPES[0]]}" for twin in facts["twins"])]
    return {
        "live": bool(runtime),
        "twins": facts["twins"],
        "questions": facts["questions"],
        "types": web_demo.TYPES,
        "seed": web_demo.SEED,
        "answered": accuracy,
        "cost": sum(map(len, runtime.values())) + sum(len(made[name]) for name in brought if name in made),
    }


def _facts(home: Path) -> dict[str, Any]:
    """All that the page has to know of words and people. Attributes stay in order: people's values are places in it."""
    words, (firsts, lasts) = attributes(), names()
    return {
        "attributes": words,
        "engine": engine(home),
        "forms": {name: [f" {{name}} : {name}", f" question : {asked} ? answer :"] for name, asked in ASKED.items()},
        "grammars": {name: _grammar(values) for name, values in words.items()},
        "names": [firsts, lasts],
        "piece": PIECE.pattern,
        "people": [
            [firsts.index(one.first), lasts.index(one.last), *(words[of].index(one.values[of]) for of in words)]
            for one in people()
        ],
        "questions": _questions(),
        "twins": _twins(home),
        "vocabulary": corpus.tokenizer(web_demo.twins(home)[0].mix).pieces,
    }


def engine(home: Path) -> dict[str, Any]:
    """Settings that the page's runtime shares with the guide's own engine, and the key of the number of experts in the
    header of the MoE twin."""
    mixture = web_demo.twins(home)[0]
    weights = inspect(web_demo.folder(home) / web_demo.file_of(mixture, web_demo.TYPES[0]))
    key = f"{weights.architecture}.expert_used_count"
    return {"threads": web_demo.THREADS, "cache_type": web_demo.CACHE_TYPE, "experts_key": key}


def _questions() -> list[dict[str, Any]]:
    return [
        {"id": one.id, "prompt": one.target["opening"], "tier": one.tags["tier"], "attribute": one.tags["attribute"]}
        for one in web_demo.questions()
    ]


def _grammar(values: Iterable[str]) -> str:
    """GBNF that admits one of an attribute's words and nothing after it."""
    return "root ::= " + " | ".join(f'" {word}"' for word in values)


def _twins(home: Path) -> list[dict[str, Any]]:
    """The MoE twin, then its dense neighbours, each with its true sizes and the files by type."""
    return [_twin(home, rung) for rung in web_demo.twins(home)]


def _twin(home: Path, rung: Rung) -> dict[str, Any]:
    paths = {kind: web_demo.folder(home) / web_demo.file_of(rung, kind) for kind in web_demo.TYPES}
    weights = inspect(paths[web_demo.TYPES[0]])
    return {
        "slug": rung.slug,
        "name": f"{'MoE' if rung.experts else 'dense'} {rung.name}",
        "experts": rung.experts,
        "used": rung.used,
        "parameters": weights.parameters,
        "active": weights.active_parameters,
        "files": {kind: path.name for kind, path in paths.items()},
        "bytes": {kind: path.stat().st_size for kind, path in paths.items()},
    }


def _json(value: object) -> bytes:
    return (json.dumps(value, separators=(",", ":")) + "\n").encode()
