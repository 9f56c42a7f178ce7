"""Formatting of numbers, arms and outcomes for readers. Standard library only."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any

from runners.experiments import arm_label
from runners.schema import Kind

from ..schema import Bound, Estimate, Finding, Ladder, Level, Outcome, Source, Test, Verdict

PLACES = ("first", "second", "third", "fourth", "last")
"""The fifths of a text, in order."""

SIGNS = {Outcome.HOLDS: "✓", Outcome.FAILS: "✕", Outcome.NOT_SETTLED: "≈", Outcome.NOT_MEASURED: "○"}
"""A sign beside each outcome's word, so that colour never speaks alone."""

MISSING = "not recorded"


READ = {"share": (100.0, "%"), "points": (100.0, "points"), "times": (1.0, "×")}
"""Unit of a test -> what its numbers are multiplied by to be read, and what stands behind them."""


def short_unit(kind: Kind) -> str:
    """The unit that a test of one metric has, of the metric's kind: a share is read as per cent."""
    return "share" if kind is Kind.SHARE else ""


def arm_name(experiment: str, name: str, value: Any) -> str:
    """An arm's setting as running text and narrow columns call it."""
    return arm_label(experiment, name, value).partition(":")[0]


def share(value: float) -> str:
    """A share as a percentage. 0 % and 100 % are kept for exactly that."""
    percent = 100 * value
    if 0 < percent < 1 or 99 < percent < 100:
        return f"{min(max(percent, 0.1), 99.9):.1f}%"
    return f"{percent:.0f}%"


def arm_named(experiment: str, arm: Mapping[str, Any]) -> str:
    """A whole arm as narrow columns have it."""
    return "; ".join(arm_name(experiment, name, value) for name, value in arm.items()) or "the only way"


def number(value: float, test: Test, bare: bool = False) -> str:
    """One number as its test reads it; `bare` leaves the unit out.

    It has a decimal more than a chart's title gives, because an interval may end close to a bound.
    """
    factor, sign = READ.get(test.unit, (1.0, test.unit))
    scaled = factor * value
    if test.unit == "share":
        return f"{scaled:.1f}{sign}"
    if test.unit == "times":
        return f"{scaled:.2f}{sign}"
    small = test.unit.startswith("nats") and abs(value) < 0.1  # divergences begin at a thousandth
    places = 1 if test.unit == "points" or abs(value) >= 10 else 4 if small else 2
    level = isinstance(test, Level) or (isinstance(test, Ladder) and test.figure == "own")
    text = _plain(scaled, places, signed=not level)
    return text if bare else f"{text} {sign}".strip()


def _plain(value: float, places: int, signed: bool) -> str:
    text = f"{value:+.{places}f}" if signed else f"{value:.{places}f}"
    return text.replace("-", "−") if float(text) else text.lstrip("+-")


def round_number(value: float, test: Test, bare: bool = False) -> str:
    """A number that is round by choice, such as a bound: without the zeros that measured numbers keep."""
    return re.sub(r"\.0+(?=\D|$)", "", number(value, test, bare))


def ends(estimate: Estimate, test: Test) -> str:
    """The interval's two ends, or that there are none."""
    if not estimate.bounded:
        return "not bounded"
    if not isfinite(estimate.high):
        return f"{number(estimate.low, test, bare=True)} or more"
    if not isfinite(estimate.low):
        return f"{number(estimate.high, test, bare=True)} or less"
    return f"{number(estimate.low, test, bare=True)} to {number(estimate.high, test, bare=True)}"


def full(estimate: Estimate | None, test: Test) -> str:
    """Number and interval, or an honest gap."""
    if estimate is None:
        return "nothing to count"
    said = f"95% interval {ends(estimate, test)}" if estimate.bounded else "no interval: too little to bound it"
    return f"{number(estimate.value, test)} ({said})"


def rule(bound: Bound, test: Test) -> str:
    """A bound in words: "at most 90%"."""
    said = [round_number(end, test) for end in bound.ends]
    if len(said) == 2:
        return f"from {said[0]} to {said[1]}"
    return f"{'at least' if isfinite(bound.low) else 'at most'} {said[0]}"


def listed(value: Any, word: str = "or") -> str:
    """Values as a reader would list them: "a, b or c"."""
    if not isinstance(value, Iterable) or isinstance(value, str):
        return str(value)
    names = [str(one) for one in value]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {word} {names[-1]}" if names else "none"


def cell(value: Any) -> str:
    """One cell of a data table. Fractions there are shares."""
    if value is None:
        return "not bounded"
    return share(value) if isinstance(value, float) else str(value)


def size(count: float) -> str:
    """Bytes as a reader buys them: decimal MB and GB."""
    if not count:
        return f"size {MISSING}"
    if count < 1e6:
        return f"{count / 1e3:.0f} kB"
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def thousands(many: int) -> str:
    """A whole number with its thousands set apart."""
    return f"{many:,}"


def count(many: int, thing: str) -> str:
    """A count with its noun in the right form."""
    plural = thing[:-1] + "ies" if thing.endswith("ply") else thing + "s"
    return f"{many:,} {thing if many == 1 else plural}"


def model(source: Source) -> str:
    """A model as the headline names it: name and bytes. Several together have neither weights nor bytes."""
    return f"{source.name} ({size(source.bytes)})" if source.sha256 else source.name


def fact(run: Mapping[str, Any], *path: str) -> Any:
    """A recorded fact, found by its path; `MISSING` where it was not recorded."""
    value: Any = run
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return MISSING if value in (None, "", [], {}) or (isinstance(value, float) and not isfinite(value)) else value


def headline(verdict: Verdict) -> str:
    """The verdict with its whole scope, in one sentence."""
    if not verdict.findings:
        return "Not measured yet: no reply in this data set bears on it."
    tally = Counter(one.outcome for one in verdict.findings)
    said = ", ".join(f"{kind} on {tally[kind]}" for kind in Outcome if tally[kind])
    if any(one.models > 1 for one in verdict.findings):
        return f"{said[0].upper()}{said[1:].rpartition(' on ')[0]} on all models together: {scope(verdict)}"
    return f"{said[0].upper()}{said[1:]} of {count(len(verdict.findings), 'model')} measured: {scope(verdict)}"


def as_it_stands(models: Iterable[str]) -> str:
    """What is to be known of models that no chat template came with."""
    names = listed(list(models))
    return f"No chat template comes with {names}, as is usual for base models: every text was sent as it stands."


def tally(board: Iterable[Mapping[str, Any]]) -> str:
    """How many claims came out how on the models measured, and how many nobody has measured."""
    outcomes = Counter(entry["verdict"].measured for entry in board)
    words = {Outcome.HOLDS: "hold", Outcome.FAILS: "fail", Outcome.NOT_SETTLED: "not settled"}
    judged = [f"{outcomes[kind]} {word}" for kind, word in words.items() if outcomes[kind]]
    said = f"On the models measured, of {count(outcomes.total(), 'claim')}: {listed(judged, 'and')}"
    left = outcomes[Outcome.NOT_MEASURED]
    return f"{said}; {left} not measured." if left else f"{said}."


def scope(verdict: Verdict) -> str:
    """Which models, how many questions each, which machines."""
    return "; ".join(map(_scope, verdict.findings))


def who(finding: Finding) -> str:
    """The model a finding is about, and the skill where a claim asks for several."""
    return model(finding.source) + (f" ({finding.label})" if finding.label else "")


def _scope(finding: Finding) -> str:
    silent = "" if finding.estimate else " that give no such number"
    return f"{who(finding)}, {count(finding.questions, 'question')}{silent}, rig {finding.source.rig}"
