"""Tests and bounds: which replies decide a claim, how they become one number, and where that must lie."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Sample:
    """Which replies, and which metric of them.

    `where` matches arms and tags: a plain value must be equal, a tuple or set must contain. Without `per` the sample
    stands for the metric's mean; with it, for the sum of `metric` over the sum of `per` (events over exposure), times
    `times`. `together` names a tag whose replies count as one, no better than the worst of them: both members of a
    matched pair must be right.
    """

    metric: str
    where: Mapping[str, Any] = field(default_factory=dict)
    per: str | None = None
    times: float = 1.0
    together: str = ""

    def picks(self, facts: Mapping[str, Any]) -> bool:
        """Whether a reply with these arms and tags belongs to the sample."""
        for name, wanted in self.where.items():  # noqa: SIM110 - asked of every reply many times, and `all` takes twice as long
            if name not in facts or not _matches(facts[name], wanted):
                return False
        return True


def _matches(fact: Any, wanted: Any) -> bool:
    return fact in wanted if isinstance(wanted, tuple | list | set | frozenset | range) else fact == wanted


@dataclass(frozen=True)
class Level:
    """How high one sample stands. `unit` is "share" or words that a reader sees after the number."""

    experiment: str
    sample: Sample
    unit: str = "share"


@dataclass(frozen=True)
class Contrast:
    """Treated minus control (or over it, with `ratio`), on the items that both samples answered.

    `paired` says what both must have answered: an "item", or any items of a "cluster". `unit` is
    "points" (a difference of shares), "times" (a ratio) or words that a reader sees after the number.
    """

    experiment: str
    treated: Sample
    control: Sample
    unit: str = "points"
    ratio: bool = False
    paired: str = "item"


@dataclass(frozen=True)
class Ladder:
    """A mixture of experts held against the dense rungs of its own ladder of twins; see `estimate.ladder`.

    `of` says who is held against them: "MoE", or "student" for dense twins that learned from a teacher. `label` names
    the skill where a claim asks one model for several.

    `figure` names the number:
        worth       the dense size of equal skill, over the square root of total times active parameters
        same-skill  `other` of the mixture minus that of the dense size of equal skill
        same-total  `skill` of the mixture minus that of the dense size of equal total parameters
        same-active `skill` of the mixture minus that of the dense size of equal active parameters
        favours     that gain at equal active parameters in `skill`, minus the gain in `other`
        favours-at-total  the same at equal total parameters
        own         `skill` of the mixture itself, over its seeds
        change      `skill` of the mixture minus its `other`
        compute     training FLOPs of the mixture over those of the dense size of equal skill
    """

    experiment: str
    skill: Sample
    figure: str
    other: Sample | None = None
    unit: str = "times"
    of: str = "MoE"
    label: str = ""


@dataclass(frozen=True)
class Trend:
    """How a skill goes with size or age: the slope of a line through one point for each model; see `estimate.trend`.

    `against` is "bytes" (the slope is what a doubling of the weights' bytes changes) or "years" (what a year between
    releases does). `other` is taken off `skill` within each model; it may belong to `other_experiment`.
    `per_parameter` takes the base-2 logarithm of the skill per parameter, so that a slope over years counts doublings.
    """

    experiment: str
    skill: Sample
    against: str = "bytes"
    other: Sample | None = None
    other_experiment: str = ""
    per_parameter: bool = False
    unit: str = "points"


Test = Level | Contrast | Ladder | Trend


@dataclass(frozen=True)
class Between:
    """The claim holds for numbers from `low` to `high`."""

    low: float = -math.inf
    high: float = math.inf

    def holds(self, low: float, high: float) -> bool:
        """Whether a whole interval lies inside."""
        return self.low <= low and high <= self.high

    def fails(self, low: float, high: float) -> bool:
        """Whether a whole interval lies outside, on one side."""
        return high < self.low or low > self.high

    @property
    def ends(self) -> tuple[float, ...]:
        """The ends that are numbers, the lower first."""
        return tuple(end for end in (self.low, self.high) if math.isfinite(end))


Bound = Between


def AtLeast(value: float) -> Bound:
    """The claim holds for numbers at or above `value`."""
    return Between(low=value)


def AtMost(value: float) -> Bound:
    """The claim holds for numbers at or below `value`."""
    return Between(high=value)
