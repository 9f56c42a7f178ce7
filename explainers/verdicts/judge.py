"""The verdict rule, one for every claim: hold the whole interval against the bound.

    holds          the whole interval keeps the bound
    fails          none of it does
    not settled    some of it does
    not measured   no reply bears on the claim

Each model is judged alone, then all together. The general outcome asks for more: enough different models, and all of
one mind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from runners.schema import Metric

from .. import stats
from ..measurements.dedupe import by_source, speaking
from ..schema import (
    AnyRow,
    Bound,
    Claim,
    Contrast,
    Estimate,
    Finding,
    Ladder,
    Outcome,
    Row,
    Sample,
    Source,
    Test,
    Trend,
    Verdict,
)
from ..stats.dense_equivalent import Against, kind
from ..text.formatting import count as counted
from ..text.formatting import size

Count = Callable[[Test, Sequence[Row], Mapping[str, Metric]], Estimate | None]
"""What turns a test and the rows of one contender into its number."""


def judge(claim: Claim, rows: Iterable[Row], metrics: Mapping[str, Metric], count: Count | None = None) -> Verdict:
    """The verdict on a claim. `rows` may hold anything measured; `metrics` (name -> Metric) are its experiment's.

    `count` stands in for `estimate` where somebody remembers what it gave.
    """
    count = count or estimate
    named = experiments(*claim.tests)
    mine = speaking(row for row in rows if row.experiment in named)
    findings = tuple(
        _finding(test, source, own, metrics, count) for test in claim.tests for source, own in contenders(test, mine)
    )
    return apply_bound(claim, findings)


def apply_bound(claim: Claim, findings: Iterable[Finding]) -> Verdict:
    """The verdict of findings by the bound of a claim; outcomes that they have already are worked out anew."""
    findings = tuple(replace(finding, outcome=outcome(claim.holds_if, finding.estimate)) for finding in findings)
    measured = unanimous(finding.outcome for finding in findings)
    return Verdict(claim, findings, measured, *_in_general(claim, findings, measured))


def contenders(test: Test, rows: Iterable[Row]) -> list[tuple[Source, list[Row]]]:
    """Whom a test judges, each with the rows that decide on it: every model, every MoE (or student)
    with the dense rungs of its ladder, or all models at once."""
    named = experiments(test)
    rows = [row for row in rows if row.experiment in named]
    if isinstance(test, Trend):
        return [(_all(rows), rows)] if bears_on(rows, test) else []
    groups = by_source(rows)
    if isinstance(test, Ladder):
        kinds = {who: kind(own[0].twin) for who, own in groups.items() if own[0].twin}  # the seeds of a rung are one
        dense = [row for who, own in groups.items() if kinds.get(who) == "dense" for row in own]
        groups = {who: Against(own, dense) for who, own in groups.items() if kinds.get(who) == test.of}
    return [(source, own) for source, own in groups.items() if bears_on(own, test)]


def _finding(test: Test, source: Source, rows: Sequence[Row], metrics: Mapping[str, Metric], count: Count) -> Finding:
    number = count(test, rows, metrics)
    questions = number.clusters if number else len(_asked(test, rows))
    label = test.label if isinstance(test, Ladder) else ""
    models = len(_models(rows)) if isinstance(test, Trend) else 1
    return Finding(source, number, Outcome.NOT_SETTLED, questions, label, models)  # `apply_bound` says what it comes to


def _asked(test: Test, rows: Iterable[Row]) -> set[str]:
    return {row.cluster for row in rows if any(sample.picks(row.facts) for sample in samples(test))}


def _all(rows: Sequence[Row]) -> Source:
    """All models as one contender, which has no weights of its own."""
    rigs = sorted({row.source.rig for row in rows})
    return Source(", ".join(rigs), "", counted(len(_models(rows)), "model"), "")


def _models(rows: Iterable[AnyRow]) -> list[list[AnyRow]]:
    """The rows of each model; of its quantizations those of the largest, which lost least."""
    models: dict[str, dict[tuple[int, str], list[AnyRow]]] = {}
    for row in rows:
        weights = row.source.bytes, row.source.sha256
        models.setdefault(unquantized(row.source.name), {}).setdefault(weights, []).append(row)
    return [by_weights[max(by_weights)] for _, by_weights in sorted(models.items())]


def experiments(*tests: Test) -> tuple[str, ...]:
    """The experiments that tests look at, each once."""
    named = (name for test in tests for name in (test.experiment, getattr(test, "other_experiment", "")) if name)
    return tuple(dict.fromkeys(named))


def samples(test: Test) -> tuple[Sample, ...]:
    """The samples that a test looks at: treated and control, skill and what is compared at equal skill, or one."""
    if isinstance(test, Ladder | Trend):
        return (test.skill, test.other) if test.other else (test.skill,)
    return (test.treated, test.control) if isinstance(test, Contrast) else (test.sample,)


def estimate(test: Test, rows: Sequence[Row], metrics: Mapping[str, Metric]) -> Estimate | None:
    """The number that a test asks for, of one source's rows; None when there is nothing to count."""
    if isinstance(test, Ladder):
        return stats.ladder(rows, test)
    if isinstance(test, Trend):
        return stats.trend(_models(rows), test)
    if isinstance(test, Contrast):
        return stats.contrast(rows, test.treated, test.control, metrics, test.ratio, test.paired)
    return stats.level(rows, test.sample, metrics)


def bears_on(rows: Iterable[Row], test: Test) -> bool:
    """Whether any of the rows bears on a test at all."""
    rows = list(rows)
    return all(any(sample.picks(row.facts) for row in rows) for sample in samples(test))


def outcome(bound: Bound, number: Estimate | None) -> Outcome:
    """One interval against one bound. Replies that leave nothing to count settle nothing."""
    if number is None:
        return Outcome.NOT_SETTLED
    if bound.holds(number.low, number.high):
        return Outcome.HOLDS
    return Outcome.FAILS if bound.fails(number.low, number.high) else Outcome.NOT_SETTLED


def unanimous(outcomes: Iterable[Outcome]) -> Outcome:
    """The outcome that all share; not settled where they differ, not measured where there is none."""
    kinds = set(outcomes)
    if not kinds:
        return Outcome.NOT_MEASURED
    return kinds.pop() if len(kinds) == 1 else Outcome.NOT_SETTLED


def count_models(findings: Iterable[Finding]) -> int:
    """How many different models there are among findings: quantizations of one model count once."""
    return sum({unquantized(finding.source.name): finding.models for finding in findings}.values())


def unquantized(name: str) -> str:
    """The name of a model without the type that its weights were quantized to."""
    return re.sub(r"[\s:._-]+(I?Q\d\w*|B?F(16|32)|MXFP4\w*|TQ\d\w*)$", "", name, flags=re.IGNORECASE).casefold()


def _in_general(claim: Claim, findings: tuple[Finding, ...], measured: Outcome) -> tuple[Outcome, str]:
    models = count_models(findings)
    if not models:
        return Outcome.NOT_MEASURED, "no model has been measured"
    if models < claim.models_needed:
        return Outcome.NOT_SETTLED, f"{models} of the {claim.models_needed} models needed"
    if measured is not Outcome.NOT_SETTLED:
        return measured, f"{models} models{_sizes(findings)} agree"
    outcomes = {finding.outcome for finding in findings}
    return measured, "the models differ" if len(outcomes) > 1 else "no model settles it"


def _sizes(findings: Iterable[Finding]) -> str:
    """From how small to how large the models are that speak for all: a verdict in general reaches no further."""
    sizes = sorted(finding.source.bytes for finding in findings if finding.source.bytes)
    return f" of {size(sizes[0])} to {size(sizes[-1])}" if len(sizes) > 1 and sizes[0] < sizes[-1] else ""
