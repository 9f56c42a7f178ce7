"""Replies of twins grouped by rung and seed, which charts of ladders share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .. import stats
from ..schema import Estimate, Sample
from ..stats.dense_equivalent import KINDS as EVERY
from ..stats.dense_equivalent import kind

KINDS = ["dense", "MoE"]
"""What `kind` says in pictures of ladders, in the order of legends and panels. Students have a picture of their own."""


def seeds_of(rows: Iterable[Any]) -> list[tuple[Mapping[str, Any], list[Any]]]:
    """(facts of a twin, its rows) for each rung and seed: dense ones first, smallest first."""
    groups: dict[tuple, list[Any]] = {}
    for row in rows:
        if row.twin:
            groups.setdefault((row.twin["rung"], row.twin["seed"]), []).append(row)
    return sorted(((own[0].twin, own) for own in groups.values()), key=lambda pair: order(pair[0]))


def levels(
    rows: Iterable[Any], metrics: Mapping[str, Any], metric: str, name: str, ways: Mapping[Any, Any]
) -> Iterator[tuple[Mapping[str, Any], Any, Estimate]]:
    """(facts of a twin, way in words, level of a metric) for each rung, seed and value of the arm or tag `name` that
    was asked. `ways` has the values in order, each with its words."""
    for twin, heard in seeds_of(rows):
        for value, said in ways.items():
            known = stats.level(heard, Sample(metric, {name: value}), metrics)
            if known is not None:
                yield twin, said, known


def against_dense(rows: Iterable[Any], of: str) -> Iterator[tuple[Mapping[str, Any], list[tuple[str, list[Any]]]]]:
    """For each rung of a kind, its facts and (seed, its rows and those of the dense rungs) for each seed, and for all
    seeds together (seed "all")."""
    twins = seeds_of(rows)
    dense = [row for twin, own in twins if kind(twin) == "dense" for row in own]
    rungs: dict[str, list[Any]] = {}
    for twin, own in twins:
        if kind(twin) == of:
            rungs.setdefault(twin["rung"], []).extend(own)
    for own in rungs.values():
        both = [*own, *dense]
        seeds = sorted({row.twin["seed"] for row in own})
        parts = [(str(seed), [row for row in both if row.twin["seed"] == seed]) for seed in seeds]
        yield own[0].twin, [*parts, ("all", both)]


def order(twin: Mapping[str, Any]) -> tuple:
    """Where a twin stands in tables and legends."""
    return EVERY.index(kind(twin)), twin["parameters"], twin["rung"], twin["seed"]


def label(twin: Mapping[str, Any]) -> str:
    """A rung as a reader names it: "dense f128", "MoE 16x32", "f64 taught by replies"."""
    if kind(twin) == "student":
        return f"{twin['rung'].partition('-')[0]} taught by {twin['learns']}"
    return f"{kind(twin)} {twin['rung']}"
