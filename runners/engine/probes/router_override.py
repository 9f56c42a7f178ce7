"""Experts to put in place of those that the router chose."""

from __future__ import annotations

import numpy as np

from ...schema import Route


def override_experts(route: Route, layer: int, start: int, likely: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """The experts (tokens, used) that a route puts in the place of the `chosen` ones of one layer.

    `likely` (tokens, experts) are the router's probabilities; the first token stands at place `start` of its window.
    Raises `ValueError` for experts that the layer does not have, or more of them than it has to spare.
    """
    new = chosen.copy()
    if route.layers and layer not in route.layers:
        return new
    for row in range(len(chosen)):
        if not route.places or start + row in route.places:
            if route.experts:
                new[row] = _fixed_experts(route, likely[row], chosen[row])
            else:
                draw = np.random.default_rng([route.seed, layer, start + row])
                new[row] = _swap_experts(route, draw, likely[row], chosen[row])
    return new


def _fixed_experts(route: Route, likely: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """The experts that a route names. Raises `ValueError` for a set that the layer cannot use."""
    there, wanted = len(likely), np.array(route.experts)
    if (
        len(wanted) != len(chosen)
        or len(set(route.experts)) != len(wanted)
        or wanted.min() < 0
        or wanted.max() >= there
    ):
        raise ValueError(f"a token uses {len(chosen)} of {there} experts, each once; {route.experts} is no such set")
    return wanted


def _swap_experts(route: Route, draw: np.random.Generator, likely: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    others = np.setdiff1d(np.arange(len(likely)), chosen)
    if route.swapped > min(len(chosen), len(others)):
        raise ValueError(f"{route.swapped} of {len(chosen)} experts cannot be swapped for others among {len(others)}")
    order = {"next": np.argsort(-likely[others], kind="stable"), "least": np.argsort(likely[others], kind="stable")}
    places = draw.choice(len(chosen), route.swapped, replace=False)
    new = chosen.copy()
    new[places] = others[order.get(route.by, draw.permutation(len(others)))][: route.swapped]
    return new
