"""One file an experiment. A module here that exposes `EXPERIMENT` is found by walking the package."""

from __future__ import annotations

import importlib
import pkgutil

from ..schema import Experiment


def find() -> dict[str, Experiment]:
    """Every experiment by slug. Raises `ValueError` when two files claim one slug."""
    found: dict[str, Experiment] = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        experiment = getattr(importlib.import_module(f"{__name__}.{module.name}"), "EXPERIMENT", None)
        if experiment is None:
            continue
        if experiment.slug in found:
            raise ValueError(f"runners/experiments/{module.name}.py: the slug {experiment.slug!r} is taken")
        found[experiment.slug] = experiment
    return found
