"""A comparison of two machines in words and in plain values: what the verb prints and the page shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..schema import Contrast, Estimate, Level, Sample
from ..stats import groups
from ..stats.bootstrap import FEWEST
from ..text.formatting import arm_named, count, ends, number, short_unit
from .compare_rigs import Compared, Value

HEADS = ("experiment", "model", "weights", "arm", "number", "rig", "here", "other rig", "there", "same questions",
         "difference")  # fmt: skip
NOT_SUBTRACTED = "not subtracted: a speed is its machine's own"


def told(entry: Compared) -> dict[str, str]:
    """One entry as a reader has it, under `HEADS`."""
    theirs = entry.theirs
    cells = (
        entry.experiment,
        entry.model,
        _weights(entry),
        arm_named(entry.experiment, entry.arm),
        measure_named(entry.sample),
        entry.mine.rig,
        _value(entry, entry.mine),
        theirs.rig if theirs else "no other",
        _value(entry, theirs) if theirs else "",
        f"{entry.matched:,} of {entry.answered:,}" if theirs else "",
        _difference(entry) if theirs else "",
    )
    return dict(zip(HEADS, cells, strict=True))


def plain(entry: Compared) -> dict[str, Any]:
    """One entry as plain JSON; what there is not is null."""
    sample, theirs = entry.sample, entry.theirs
    return {
        "experiment": entry.experiment,
        "model": entry.model,
        "other_model": entry.other or None,
        "same_weights": entry.same_weights,
        "arm": dict(entry.arm),
        "metric": sample.metric,
        "per": sample.per,
        "times": sample.times,
        "together": sample.together or None,
        "unit": entry.unit,
        "speed": entry.speed,
        "mine": vars(entry.mine),
        "theirs": vars(theirs) if theirs else None,
        "matched": entry.matched,
        "answered": entry.answered,
        "share_matched": entry.matched / entry.answered if entry.answered else None,
        "difference": _plain(entry.difference) if entry.difference else None,
    }


def measure_named(sample: Sample) -> str:
    """A number's name: "schema valid", "early breaks per 100 early tokens", "right, both of a pair"."""
    name = sample.metric.replace("_", " ")
    if sample.per:
        name += f" per {sample.times:g} {sample.per.replace('_', ' ')}"
    return f"{name}, both of a {sample.together}" if sample.together else name


def summary(entries: Sequence[Compared]) -> str:
    """How much of the comparison rests on the same questions to the same weights."""
    paired = [entry for entry in entries if entry.matched]
    models = {entry.model for entry in paired if entry.same_weights}
    matched, answered = sum(entry.matched for entry in paired), sum(entry.answered for entry in entries)
    share = f"{100 * matched / answered:.0f}%" if answered else "none"
    return f"{count(len(models), 'model')} with the same weights on both sides; {share} of the questions match"


def _weights(entry: Compared) -> str:
    if entry.theirs is None:
        return "not measured elsewhere"
    return "same weights" if entry.same_weights else f"other weights: {entry.other}"


def _value(entry: Compared, value: Value) -> str:
    if value.value is None:
        return "none"
    said = number(value.value, Level(entry.experiment, entry.sample, short_unit(entry.kind)))
    return f"{said}{_short(entry)} (n {value.n:,})"


def _short(entry: Compared) -> str:
    """A speed says what it is a speed of; all other units stand with their method."""
    return f" {entry.unit.partition(' to ')[0]}" if entry.speed else ""


def _difference(entry: Compared) -> str:
    if entry.speed:
        return NOT_SUBTRACTED
    if entry.difference is None:
        return "no question in common"
    test = Contrast(entry.experiment, entry.sample, entry.sample, "points" if short_unit(entry.kind) else "")
    said = f"95% {ends(entry.difference, test)}" if entry.difference.bounded else _unbounded(entry.difference)
    return f"{number(entry.difference.value, test)} ({said})"


def _unbounded(known: Estimate) -> str:
    return "too few to bound it" if known.clusters < FEWEST else "no spread to bound it by"


def _plain(known: Estimate) -> dict[str, Any]:
    return {**groups.plain(known), "clusters": known.clusters, "method": known.method}
