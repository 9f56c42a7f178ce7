"""The result of judging again, in words: what was changed, what that did, and a row for each model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...schema import Finding, Outcome, Test, Verdict
from ...text.formatting import SIGNS, ends, headline, listed, number, rule, thousands, who
from ..form import Picture, Result
from .case import key
from .published import verdict_json

HEAD = ("Model", "Number", "95% interval", "Questions", "Outcome", "As published")


def build_result(
    verdict: Verdict, changes: tuple[str, ...], was: Mapping[str, Any], pictures: tuple[Picture, ...]
) -> Result:
    """What is shown of a verdict. `was` is what was published of the claim."""
    figures = (
        ("On the models judged", with_sign(verdict.measured)),
        ("As published", with_sign(Outcome(was["measured"]))),
        ("In general", f"{with_sign(verdict.general)}: {verdict.reason}"),
        ("The claim holds where the number is", rule(verdict.claim.holds_if, verdict.claim.test)),
        (
            "Replies behind the numbers",
            thousands(sum(finding.estimate.n for finding in verdict.findings if finding.estimate)),
        ),
    )
    rows = tuple(_row(finding, verdict.claim.test, was) for finding in verdict.findings)
    return Result(summarize(verdict, changes, was), figures, HEAD if rows else (), rows, pictures)


def summarize(verdict: Verdict, changes: tuple[str, ...], was: Mapping[str, Any]) -> str:
    """The sentence of what was changed and what that did."""
    outcomes = headline(verdict).partition(":")[0]
    if not verdict.findings:
        outcomes = "No reply bears on the claim"
    if changes:
        return f"With {listed(changes, 'and')}: {outcomes[0].lower()}{outcomes[1:]}. {_compare_outcomes(verdict, was)}"
    if not verdict.findings:
        return f"{outcomes}, so there is nothing to judge yet."
    if verdict_json(verdict) == was:
        return f"Judged again with nothing changed, every number comes out as published, to the last digit. {outcomes}."
    return f"Judged again with nothing changed, numbers come out that are not those published. {outcomes}."


def _compare_outcomes(verdict: Verdict, was: Mapping[str, Any]) -> str:
    before = Outcome(was["measured"])
    if verdict.measured is before:
        return f"The verdict on the models judged stays as published: {before}."
    return f"That turns the verdict on the models judged from “{before}” to “{verdict.measured}”."


def with_sign(outcome: Outcome) -> str:
    """An outcome with its sign."""
    return f"{SIGNS[outcome]} {outcome}"


def _row(finding: Finding, test: Test, was: Mapping[str, Any]) -> tuple[str, ...]:
    estimate = finding.estimate
    counted = (number(estimate.value, test), ends(estimate, test)) if estimate else ("nothing to count", "none")
    return (
        who(finding),
        *counted,
        thousands(finding.questions),
        with_sign(finding.outcome),
        _as_published(finding, test, was),
    )


def _as_published(finding: Finding, test: Test, was: Mapping[str, Any]) -> str:
    """What was published of the same model and skill."""
    same = (old for old in was["findings"] if (old["model"], old["label"]) == (key(finding.source), finding.label))
    old = next(same, None)
    if old is None:
        return "not judged"
    value = number(float(old["number"][0]), test) if old["number"] else "nothing to count"
    return f"{value}, {old['outcome']}"
