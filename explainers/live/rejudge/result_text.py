"""The result of judging again, in words: what was changed, what that did, and a row for each model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...schema import Finding, Outcome, Test, Verdict
from ...text.formatting import SIGNS, ends, headline, listed, number, rule, thousands, who
from ..form import Picture, Result
from .case import key
from .published import told

HEAD = ("Model", "Number", "95% interval", "Questions", "Outcome", "As published")


def result(verdict: Verdict, changes: tuple[str, ...], was: Mapping[str, Any], pictures: tuple[Picture, ...]) -> Result:
    """What is shown of a verdict. `was` is what was published of the claim."""
    figures = (
        ("On the models judged", signed(verdict.measured)),
        ("As published", signed(Outcome(was["measured"]))),
        ("In general", f"{signed(verdict.general)}: {verdict.reason}"),
        ("The claim holds where the number is", rule(verdict.claim.holds_if, verdict.claim.test)),
        ("Replies behind the numbers", thousands(sum(one.estimate.n for one in verdict.findings if one.estimate))),
    )
    rows = tuple(_row(one, verdict.claim.test, was) for one in verdict.findings)
    return Result(said(verdict, changes, was), figures, HEAD if rows else (), rows, pictures)


def said(verdict: Verdict, changes: tuple[str, ...], was: Mapping[str, Any]) -> str:
    """The sentence of what was changed and what that did."""
    outcomes = headline(verdict).partition(":")[0]
    if not verdict.findings:
        outcomes = "No reply bears on the claim"
    if changes:
        return f"With {listed(changes, 'and')}: {outcomes[0].lower()}{outcomes[1:]}. {_turned(verdict, was)}"
    if not verdict.findings:
        return f"{outcomes}, so there is nothing to judge yet."
    if told(verdict) == was:
        return f"Judged again with nothing changed, every number comes out as published, to the last digit. {outcomes}."
    return f"Judged again with nothing changed, numbers come out that are not those published. {outcomes}."


def _turned(verdict: Verdict, was: Mapping[str, Any]) -> str:
    before = Outcome(was["measured"])
    if verdict.measured is before:
        return f"The verdict on the models judged stays as published: {before}."
    return f"That turns the verdict on the models judged from “{before}” to “{verdict.measured}”."


def signed(outcome: Outcome) -> str:
    """An outcome with its sign."""
    return f"{SIGNS[outcome]} {outcome}"


def _row(one: Finding, test: Test, was: Mapping[str, Any]) -> tuple[str, ...]:
    shown = one.estimate
    counted = (number(shown.value, test), ends(shown, test)) if shown else ("nothing to count", "none")
    return who(one), *counted, thousands(one.questions), signed(one.outcome), _before(one, test, was)


def _before(one: Finding, test: Test, was: Mapping[str, Any]) -> str:
    """What was published of the same model and skill."""
    same = (old for old in was["findings"] if (old["model"], old["label"]) == (key(one.source), one.label))
    old = next(same, None)
    if old is None:
        return "not judged"
    value = number(float(old["number"][0]), test) if old["number"] else "nothing to count"
    return f"{value}, {old['outcome']}"
