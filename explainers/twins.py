"""Replies of controlled twins, sorted by rung and seed: what charts of ladders are drawn from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def seeds_of(rows: Iterable[Any]) -> list[tuple[Mapping[str, Any], list[Any]]]:
    """(facts of a twin, its rows) for each rung and seed: dense ones first, smallest first."""
    groups: dict[tuple, list[Any]] = {}
    for row in rows:
        if row.twin:
            groups.setdefault((row.twin["rung"], row.twin["seed"]), []).append(row)
    return sorted(((own[0].twin, own) for own in groups.values()), key=lambda pair: order(pair[0]))


def order(twin: Mapping[str, Any]) -> tuple:
    """Where a twin stands in tables and legends."""
    return bool(twin["experts"]), twin["parameters"], twin["rung"], twin["seed"]


def kind(twin: Mapping[str, Any]) -> str:
    """Dense or MoE."""
    return "MoE" if twin["experts"] else "dense"


def label(twin: Mapping[str, Any]) -> str:
    """A rung as a reader names it: "dense f128", "MoE 16x32"."""
    return f"{kind(twin)} {twin['rung']}"
