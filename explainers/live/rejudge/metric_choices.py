"""Which metrics of an experiment can stand in for one another as the rule that counts a reply.

Named by hand, because two shares may well count different things: that a reply is constrained as meant says nothing
about its being right. What a reader sees of a rule is its metric's unit and label.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...schema import Claim, Contrast, Ladder, Level, Sample, Test, Trend
from ...verdicts.judge import samples

RULES: dict[str, tuple[tuple[str, ...], ...]] = {
    "json-fidelity": (("schema_valid", "bare_valid", "closed_valid", "fields_right"),),
    "reasoning-chain": (("kept_third", "whole", "final_right"), ("final_right", "whole")),
    "story-state": (("right_named", "right", "named"),),
    "twin-json": (("exact", "schema_valid", "fields_right"),),
    "twin-neighbours": (("ahead", "recovered"),),
    "twin-skills": (("correct", "unbroken"),),
}
"""Experiment -> a metric that a claim may count by, and those that can take its place."""

SIZES: dict[str, tuple[tuple[str, ...], ...]] = {"twin-knowledge": (("known_bits", "correct"),)}
"""The same where a size is read off the skill: then another unit of the skill leaves the number's unit as it is."""

NAMES = {
    Contrast: ("treated", "control"),
    Level: ("sample",),
    Ladder: ("skill", "other"),
    Trend: ("skill", "other"),
}
"""What a kind of test calls its samples, in the order of `samples_by_experiment`."""


def samples_by_experiment(test: Test) -> list[tuple[str, Sample]]:
    """(experiment, sample) of all that a test looks at."""
    asked = test.experiment, getattr(test, "other_experiment", "") or test.experiment
    return list(zip(asked, samples(test), strict=False))


def alternative_metrics(test: Test, experiment: str, sample: Sample) -> tuple[str, ...]:
    """The metrics by which a sample can be counted, its own first; a rate has no other."""
    sized = isinstance(test, Ladder) and test.unit == "times"
    known = (*RULES.get(experiment, ()), *(SIZES.get(experiment, ()) if sized else ()))
    return next((group for group in known if group[0] == sample.metric and sample.per is None), (sample.metric,))


def replace_metrics(claim: Claim, chosen: dict[tuple[str, str], str]) -> Claim:
    """The claim with samples counted by other metrics: (experiment, metric) -> metric."""
    return replace(
        claim,
        test=_replace_in_test(claim.test, chosen),
        also=tuple(_replace_in_test(one, chosen) for one in claim.also),
    )


def _replace_in_test(test: Test, chosen: dict[tuple[str, str], str]) -> Any:
    counted = [
        replace(sample, metric=chosen.get((experiment, sample.metric), sample.metric))
        for experiment, sample in samples_by_experiment(test)
    ]
    fields: dict[str, Any] = dict(zip(NAMES[type(test)], counted, strict=False))
    return replace(test, **fields)
