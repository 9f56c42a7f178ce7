"""Claims, the numbers read beside them, and the advice that rests on them."""

from __future__ import annotations

from dataclasses import dataclass

from .estimands import Bound, Ladder, Test


@dataclass(frozen=True)
class Beside:
    """A number shown next to a verdict, so that the verdict is not read alone. It decides nothing."""

    label: str
    test: Test


@dataclass(frozen=True)
class Claim:
    """Something that was said, and the number that decides it, fixed on the day it was `registered`.

    `nav` is its name in the navigation, below its `group`. `number` names the deciding number in words. `shows` is
    the 0-or-1 metric that sorts sample replies into right and wrong. Prose fields are Markdown and never hold a
    measured number. `also` puts the same question to other skills: their findings count alike. `waits_for` says
    what is missing where nothing can be measured yet. `restated` owns up to a number or bound that was changed
    after replies had been seen, and says why. `against` names a claim that says the contrary; pages show the two
    head to head.
    """

    slug: str
    nav: str
    group: str
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
class CardLine:
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
    """Advice for one kind of model. A line is advice only while its verdict says so: see `verdicts.guidance`."""

    slug: str
    title: str
    lead: str
    lines: tuple[CardLine, ...]
