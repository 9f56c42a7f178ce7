"""Estimates, findings for each model, and verdicts: what the stored replies decided."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from .claims import Claim


class Outcome(StrEnum):
    """The four outcomes of a test, all respectable."""

    HOLDS = "holds"
    FAILS = "fails"
    NOT_SETTLED = "not settled"
    NOT_MEASURED = "not measured"


@dataclass(frozen=True)
class Estimate:
    """A number and its two-sided 95 % interval, in the unit of what was estimated.

    `n` counts the replies behind it and `clusters` the independent questions. An interval from -inf to inf excludes
    nothing: the replies do not bound the number at all.
    """

    value: float
    low: float
    high: float
    n: int
    clusters: int
    method: str

    @property
    def bounded(self) -> bool:
        """Whether the interval excludes anything at either end."""
        return math.isfinite(self.low) or math.isfinite(self.high)


@dataclass(frozen=True)
class Source:
    """Where replies come from: one model's weights, on one rig, under one setup of the engine.

    `setup` is the digest of all engine settings that can change an answer; `bytes` is the size of the weights, 0 when
    it was not recorded.
    """

    rig: str
    model: str
    name: str
    sha256: str
    bytes: int = 0
    build: str = ""
    backend: str = ""
    setup: str = ""


@dataclass(frozen=True)
class Finding:
    """What one model's replies say about a claim, and to how many `questions` they are.

    Without an estimate there were replies, but nothing to count. `label` names the skill where there are several. A
    trend is one finding about many `models`.
    """

    source: Source
    estimate: Estimate | None
    outcome: Outcome
    questions: int
    label: str = ""
    models: int = 1


@dataclass(frozen=True)
class Verdict:
    """A claim judged: for each model, together on the models `measured`, and in `general`.

    `reason` says in words why the general outcome is what it is.
    """

    claim: Claim
    findings: tuple[Finding, ...]
    measured: Outcome
    general: Outcome
    reason: str
