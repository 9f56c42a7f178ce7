"""A claim and its published replies: who is judged, on which questions, and the rows that bear on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from ... import claims
from ...measurements.dedupe import by_source
from ...measurements.score import ReplyRow
from ...schema import Claim, Ladder, Sample, Source, Trend
from ...stats.dense_equivalent import kind
from ...verdicts.judge import contenders, experiments
from .metric_choices import samples_by_experiment
from .replies import NAME, PublishedReplies, read_replies

FEWEST, MOST = 2, 12
"""Values of a tag that make a field: with fewer there is no choice, with more it is no kind of question."""

Question = tuple[str, int]
"""An experiment and the place of an item in its file."""


@dataclass(frozen=True, eq=False)
class Case:
    """A claim and all published replies of its experiments."""

    claim: Claim
    replies: Mapping[str, PublishedReplies]

    @property
    def metrics(self) -> dict[str, Any]:
        """The metrics of the claim's experiment by name, as a build hands them to the judge."""
        return {metric.name: metric for metric in self.replies[self.claim.test.experiment].experiment.metrics}

    @cached_property
    def ladders(self) -> bool:
        """Whether twins are compared with the dense rungs of their ladders."""
        return isinstance(self.claim.test, Ladder)

    @cached_property
    def rows(self) -> list[ReplyRow]:
        """The rows that bear on the claim. A trend counts every reply of its experiments."""
        if any(isinstance(test, Trend) for test in self.claim.tests):
            return self.all_rows
        return [row for name, replies in self.replies.items() for row in replies.rows(self._pairs(name))]

    @property
    def all_rows(self) -> list[ReplyRow]:
        """All rows, those of ways of asking that decide nothing as well."""
        return [row for replies in self.replies.values() for row in replies.rows()]

    def _pairs(self, experiment: str) -> set[tuple[int, int]]:
        samples = [sample for name, sample in self._samples if name == experiment]
        return self.replies[experiment].pairs(lambda facts: any(sample.picks(facts) for sample in samples))

    @cached_property
    def _samples(self) -> list[tuple[str, Sample]]:
        return [pair for test in self.claim.tests for pair in samples_by_experiment(test)]

    @cached_property
    def judged(self) -> dict[str, Source]:
        """The models that the claim's tests judge, smallest first, by `key`."""
        found = [source for test in self.claim.tests for source in self._judged(test)]
        return {key(source): source for source in sorted(found, key=lambda source: (source.bytes, source.name))}

    def _judged(self, test: Any) -> list[Source]:
        if isinstance(test, Trend):
            return list(by_source(self.rows))
        return [source for source, _ in contenders(test, self.rows)]

    @cached_property
    def rungs(self) -> dict[str, Source]:
        """The dense rungs of its ladders, smallest first, by `key`; none where nothing is compared with them."""
        figures = {test.figure for test in self.claim.tests if isinstance(test, Ladder)}
        if not self.ladders or figures <= {"own", "change"}:
            return {}
        dense = by_source(row for row in self.rows if row.twin and kind(row.twin) == "dense")
        return {key(source): source for source in dense}

    @cached_property
    def seeds(self) -> list[int]:
        """The seeds of its twins."""
        return sorted({row.twin["seed"] for row in self.rows if row.twin}) if self.ladders else []

    @cached_property
    def tags(self) -> dict[str, list[Any]]:
        """Tag -> its values among the questions that give the claim's number, where any of them may be left out."""
        asked = [self._asked(*pair) for pair in self._samples]
        every = {tag for questions in asked for one in questions for tag in self._of(one)}
        offered = {tag: self._offered(tag, asked) for tag in sorted(every)}
        return {tag: values for tag, values in offered.items() if FEWEST <= len(values) <= MOST}

    def _asked(self, experiment: str, sample: Sample) -> set[Question]:
        """The questions of a sample of which some reply gives its number."""
        replies = self.replies[experiment]
        counts = set(replies.counts.get(sample.metric, ()))
        return {(experiment, item) for item, _ in replies.pairs(sample.picks) if item in counts}

    def _of(self, question: Question) -> Mapping[str, Any]:
        return self.replies[question[0]].items[question[1]].tags

    def _offered(self, tag: str, asked: Sequence[set[Question]]) -> list[Any]:
        """A sample all of whose questions are of one value cannot do without it, and a pair cannot be halved."""
        if any(self._halves(tag, *pair) for pair in self._samples):
            return []
        values = [{self._of(one).get(tag) for one in questions} for questions in asked]
        needed = {value for one in values if len(one) == 1 for value in one}
        return sorted({value for one in values for value in one} - needed - {None}, key=_order)

    def _halves(self, tag: str, experiment: str, sample: Sample) -> bool:
        """Whether questions that count as one differ in a tag."""
        groups: dict[Any, set[Any]] = {}
        for question in self._asked(experiment, sample) if sample.together else ():
            tags = self._of(question)
            groups.setdefault(tags.get(sample.together), set()).add(tags.get(tag))
        return any(len(values) > 1 for values in groups.values())


def _order(value: Any) -> tuple:
    return (0, value, "") if isinstance(value, int | float) else (1, 0, str(value))


def key(source: Source) -> str:
    """What a form calls a model: its weights' hash, shortened, or the rung of a ladder."""
    return source.sha256.removeprefix("twin ") if source.sha256.startswith("twin ") else source.sha256[:12]


def files_of(claim: Claim) -> tuple[str, ...]:
    """The names of the files that hold the replies to a claim."""
    return tuple(NAME.format(name) for name in experiments(*claim.tests))


def load_case(slug: str, files: Mapping[str, bytes]) -> Case:
    """A claim's case, made once for equal files. Raises `LookupError` for a claim that there is not."""
    return _case(slug, *(bytes(files[name]) for name in files_of(claim_of(slug))))


@lru_cache(maxsize=2)
def _case(slug: str, *contents: bytes) -> Case:
    claim = claim_of(slug)
    return Case(claim, dict(zip(experiments(*claim.tests), map(read_replies, contents), strict=True)))


@lru_cache(maxsize=1)
def _claims() -> dict[str, Claim]:
    return claims.find()


def claim_of(slug: str) -> Claim:
    """The claim of a slug. Raises `LookupError`."""
    if slug not in _claims():
        raise LookupError(f"no claim is called {slug!r}")
    return _claims()[slug]
