"""The nouns upstairs: a claim declares what would decide it, a verdict says what the stored replies decided.

Declarations only, so that git history is a claim's pre-registration. Standard library only.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


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


@dataclass(frozen=True)
class Beside:
    """A number shown next to a verdict, so that the verdict is not read alone. It decides nothing."""

    label: str
    test: Test


@dataclass(frozen=True)
class Claim:
    """Something that was said, and the number that decides it, fixed on the day it was `registered`.

    `number` names the deciding number in words. `shows` is the 0-or-1 metric that sorts sample replies into right and
    wrong. Prose fields are Markdown and never hold a measured number. `also` puts the same question to other skills:
    their findings count alike. `waits_for` says what is missing where nothing can be measured yet. `restated` owns up
    to a number or bound that was changed after replies had been seen, and says why. `against` names a claim that says
    the contrary; pages show the two head to head.
    """

    slug: str
    title: str
    says: str
    number: str
    test: Test
    holds_if: Bound
    matters_because: str
    does_not_show: tuple[str, ...]
    registered: str
    shows: str
    beside: tuple[Beside, ...] = ()
    charts: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    models_needed: int = 3
    also: tuple[Ladder, ...] = ()
    waits_for: str = ""
    restated: str = ""
    against: str = ""

    @property
    def tests(self) -> tuple[Test, ...]:
        """What decides it: its own test, and the same question put to other skills."""
        return (self.test, *self.also)

    @property
    def read(self) -> tuple[Test, ...]:
        """What is read beside the verdict."""
        return tuple(one.test for one in self.beside)


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


@dataclass(frozen=True)
class Line:
    """One piece of advice on a card, and the claim whose verdict carries it.

    Where the claim is about more or less than the line, `test` and `holds_if` put the line's own question instead;
    `late` owns up to a bound that was written after the replies that decide it had been seen. `waits_for` says what is
    missing where nothing measured can carry the line yet.
    """

    says: str
    claim: str
    test: Test | None = None
    holds_if: Bound | None = None
    waits_for: str = ""
    late: bool = False


@dataclass(frozen=True)
class Card:
    """Advice for one kind of model. A line is advice only while its verdict says so: see `cards.dealt`."""

    slug: str
    title: str
    lead: str
    lines: tuple[Line, ...]


Table = Sequence[Mapping[str, Any]]
"""What a chart draws and its data table shows: rows of plain values under the same names."""


@dataclass(frozen=True)
class Chart:
    """One picture: pure functions from measured rows to a table, and from the table to words and a drawing.

    `table(rows, metrics)` gives the rows that are drawn; `title(table)` states the finding; `subtitle` says what the
    axes show; `alt(table)` says the same to a reader who cannot see it; `draw(table)` gives an Altair chart without
    title, colours or size, which the theme adds. `columns` names what the reader's data table shows, in order, of the
    rows that `digest(table)` keeps; the CSV has them all. `also` names further experiments that it draws on.
    """

    slug: str
    experiment: str
    table: Callable[[Sequence[Any], Mapping[str, Any]], Table]
    title: Callable[[Table], str]
    subtitle: str
    alt: Callable[[Table], str]
    draw: Callable[[Table], Any]
    columns: Mapping[str, str]
    digest: Callable[[Table], Table] = lambda table: table
    height: int = 300
    also: tuple[str, ...] = ()

    @property
    def experiments(self) -> tuple[str, ...]:
        """All experiments whose replies it draws."""
        return (self.experiment, *self.also)
