"""One file an experiment. A module here that exposes `EXPERIMENT` is found by walking the package."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import Any

from ..schema import Experiment


def find() -> dict[str, Experiment]:
    """Every experiment by slug. Raises `ValueError` for a file that is not called like its slug."""
    found: dict[str, Experiment] = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        experiment = getattr(importlib.import_module(f"{__name__}.{module.name}"), "EXPERIMENT", None)
        if experiment is None:
            continue
        if experiment.slug.replace("-", "_") != module.name:
            name = experiment.slug.replace("-", "_")
            raise ValueError(f"runners/experiments/{module.name}.py: the slug {experiment.slug!r} belongs in {name}.py")
        found[experiment.slug] = experiment
    return found


@cache
def named(slug: str) -> Experiment | None:
    """The experiment of a slug; its module alone is imported. None where there is none."""
    name = slug.replace("-", "_")
    if name not in (module.name for module in pkgutil.iter_modules(__path__)):
        return None
    return getattr(importlib.import_module(f"{__name__}.{name}"), "EXPERIMENT", None)


def arm_label(slug: str, name: str, value: Any) -> str:
    """The value of an experiment's arm or tag in words, or as it stands."""
    experiment = named(slug)
    return experiment.label(name, value) if experiment else f"{name} {value}"
