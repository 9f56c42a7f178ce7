"""A filled-in form applied to a claim: its bound, rule, models and questions changed, and the changes in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...measurements.score import ReplyRow
from ...schema import Between, Claim
from ...stats.dense_equivalent import kind
from ...text.formatting import listed, rule
from ..form import ChoiceField, FormField, MultiChoiceField
from .case import Case, key
from .form_fields import bound_in_form, build_form, rule_name, scale, tag_name
from .metric_choices import replace_metrics, samples_by_experiment


@dataclass(frozen=True)
class AppliedForm:
    """The claim and the rows to judge, and every change in words; none where all is as published."""

    case: Case
    claim: Claim
    changes: tuple[str, ...]
    left_out: Mapping[str, frozenset[str]]

    def keep(self, rows: list[ReplyRow]) -> list[ReplyRow]:
        """The rows that stay."""
        return [row for row in rows if self._stays(row)] if self.left_out else rows

    def _stays(self, row: ReplyRow) -> bool:
        return not any(_field_value(name, row, self.case) in gone for name, gone in self.left_out.items())


def _field_value(name: str, row: ReplyRow, case: Case) -> str | None:
    """What a row is under a field of several options."""
    if name in ("models", "rungs"):
        rung = bool(case.rungs) and bool(row.twin) and kind(row.twin) == "dense"
        return key(row.source) if rung == (name == "rungs") else None
    if name == "seeds":
        return str(row.twin.get("seed"))
    value = row.tags.get(name.removeprefix(tag_name("")))
    return None if value is None else str(value)


def apply_form(case: Case, values: Mapping[str, Any]) -> AppliedForm:
    """The form's values applied. Raises `ValueError` for a bound whose ends are the wrong way round."""
    form = build_form(case)
    altered = [
        field
        for field in form
        if field.name in values and values[field.name] != field.default and field.name != "chart"
    ]
    multi_selects = [field for field in altered if isinstance(field, MultiChoiceField)]
    left_out = {field.name: frozenset(field.default) - frozenset(values[field.name]) for field in multi_selects}
    claim = replace(replace_metrics(case.claim, _chosen_metrics(case, values)), holds_if=_bound(case.claim, values))
    return AppliedForm(case, claim, tuple(_describe_changes(case.claim, claim, altered, values)), left_out)


def _bound(claim: Claim, values: Mapping[str, Any]) -> Between:
    """The bound filled in; an end left as it was keeps its bits."""
    low, high = (_end(claim, name, values) for name in ("low", "high"))
    if low > high:
        raise ValueError("The claim holds from: give a number that is not above the other end of the bound")
    return Between(low, high)


def _end(claim: Claim, name: str, values: Mapping[str, Any]) -> float:
    end = getattr(claim.holds_if, name)
    if end not in claim.holds_if.ends or values.get(name, bound_in_form(end, claim.test)) == bound_in_form(
        end, claim.test
    ):
        return end
    return values[name] / scale(claim.test)[0]


def _chosen_metrics(case: Case, values: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    pairs = {
        (experiment, sample.metric) for test in case.claim.tests for experiment, sample in samples_by_experiment(test)
    }
    return {pair: values[rule_name(*pair)] for pair in pairs if rule_name(*pair) in values}


def _describe_changes(was: Claim, now: Claim, altered: list[FormField], values: Mapping[str, Any]) -> list[str]:
    changes = []
    if now.holds_if != was.holds_if:
        changes.append(f"a bound of {rule(now.holds_if, now.test)} in place of {rule(was.holds_if, was.test)}")
    for field in altered:
        if isinstance(field, MultiChoiceField):
            changes.append(_describe_options(field, values[field.name]))
        elif isinstance(field, ChoiceField) and field.name.startswith("rule-"):
            changes.append(f"replies counted by “{dict(field.options)[values[field.name]]}”")
    return changes


def _describe_options(field: MultiChoiceField, kept: tuple[str, ...]) -> str:
    """What stays, or what was left out: whichever is shorter."""
    labels = dict(field.options)
    gone = [value for value in labels if value not in kept]
    of = field.label[0].lower() + field.label[1:]
    if len(kept) < len(gone):
        return f"of {of} only {listed([labels[one] for one in kept], 'and')}"
    return f"of {of} not {listed([labels[one] for one in gone], 'and')}"
