"""What live experiments read, made from the committed twins and from models as planted runs tell of them."""

from __future__ import annotations

import json
from pathlib import Path

from explainers.guide.guide import gather
from explainers.site.live_data import sizes, tensors
from tests.helpers.planted import experiment, plant

ROOT = Path(__file__).parents[2]
KNOWN = ("smollm2-135m", "gemma-3-270m", "qwen2-5-coder-1-5b")


def told_by_twin():
    """`rounding.json` of the committed twin."""
    return tensors.files(ROOT)


def recorded(slug):
    """What the committed runs have on record of a real model."""
    runs = (json.loads(path.read_text())["model"] for path in sorted((ROOT / "data" / "runs").rglob("*.run.json")))
    return next(model for model in runs if model["slug"] == slug and "kv_bytes_per_token" in model)


def guide_of(home, *models):
    """The evidence of a home in which these models, as runs tell of them, have answered something."""
    asked = experiment(per_depth=1)
    for model in models:
        plant(home, model=model["slug"], asked=asked, recorded=lambda run, model=model: run | {"model": model})
    (home / "data").mkdir(exist_ok=True)
    (home / "data" / "literature.toml").write_bytes((ROOT / "data" / "literature.toml").read_bytes())
    (home / "mkdocs.yml").write_bytes((ROOT / "mkdocs.yml").read_bytes())
    return gather(home, {asked.slug: asked})


def told_by_runs(home, *models):
    """`sizes.json` of such a home."""
    guide = guide_of(home, *models)
    return sizes.files(guide.measured.rows, guide.verdicts[sizes.CLAIM])
