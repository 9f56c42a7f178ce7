"""What a reader may change about a verdict, as a form: the bound, who is judged, on which questions, by which rule."""

from __future__ import annotations

from collections.abc import Iterable

from runners.schema import Metric

from ...schema import Test
from ...text.formatting import READ, model
from ..form import ChoiceField, FormField, MultiChoiceField, NumberField
from .case import Case
from .chart import chart_of
from .metric_choices import alternative_metrics, samples_by_experiment

ENDS = {"share": (0.0, 100.0), "points": (-200.0, 200.0), "times": (0.0, 100.0)}
"""Unit of a test -> the smallest and the largest bound that the form takes, as it is read."""


def build_form(case: Case) -> list[FormField]:
    """The form of a claim. What leaves no choice is no field."""
    return [*_bound(case), *_rules(case), *_models(case), *_questions(case), *_chart(case)]


def scale(test: Test) -> tuple[float, float, float, str]:
    """What a number of this test is multiplied by to be read, its two ends when read, and its unit."""
    factor, unit = READ.get(test.unit, (1.0, test.unit))
    low, high = ENDS.get(test.unit, (-100.0, 100.0))
    return factor, low, high, unit


def bound_in_form(end: float, test: Test) -> float:
    """A bound as the form shows it."""
    return round(end * scale(test)[0], 9)


def _bound(case: Case) -> Iterable[FormField]:
    test, bound = case.claim.test, case.claim.holds_if
    factor, low, high, unit = scale(test)
    said = {"low": "The claim holds from", "high": "The claim holds up to"}
    for name, end in (("low", bound.low), ("high", bound.high)):
        if end in bound.ends:
            step = 1.0 if factor > 1 else None
            slides = test.unit == "share"
            yield NumberField(
                name, said[name], bound_in_form(end, test), low=low, high=high, step=step, unit=unit, slides=slides
            )


def _rules(case: Case) -> Iterable[FormField]:
    every = {
        (experiment, sample.metric): alternative_metrics(test, experiment, sample)
        for test in case.claim.tests
        for experiment, sample in samples_by_experiment(test)
    }
    for (experiment, metric), names in every.items():
        if len(names) > 1:
            metrics = {metric.name: metric for metric in case.replies[experiment].experiment.metrics}
            options = tuple((name, _rule(metrics[name])) for name in names)
            of = f" of {experiment}" if len(case.replies) > 1 else ""
            yield ChoiceField(rule_name(experiment, metric), f"A reply{of} counts by", metric, options=options)


def rule_name(experiment: str, metric: str) -> str:
    """The name of the field that says what stands in for a metric."""
    return f"rule-{experiment}-{metric}"


def _rule(metric: Metric) -> str:
    label = f", {metric.label}" if metric.label else ""
    return f"{metric.name}: {metric.unit}{label}"


def _models(case: Case) -> Iterable[FormField]:
    yield from _several("models", "Models", [(name, model(source)) for name, source in case.judged.items()])
    rungs = [(name, source.name) for name, source in case.rungs.items()]
    yield from _several("rungs", "Dense twins to hold them against", rungs)
    yield from _several("seeds", "Seeds", [(str(seed), str(seed)) for seed in case.seeds])


def _questions(case: Case) -> Iterable[FormField]:
    experiments = [heard.experiment for heard in case.replies.values()]
    titles = {tag: title for experiment in reversed(experiments) for tag, title in experiment.tags.items()}
    for tag, values in case.tags.items():
        labels = {value: words for experiment in experiments for value, words in experiment.labels.get(tag, {}).items()}
        options = [(str(value), labels.get(value, str(value))) for value in values]
        yield from _several(tag_name(tag), f"Questions by {titles.get(tag, tag)}", options)


def tag_name(tag: str) -> str:
    """The name of the field that says which values of a tag stay."""
    return f"only-{tag}"


def _several(name: str, label: str, options: list[tuple[str, str]]) -> Iterable[MultiChoiceField]:
    if len(options) > 1:
        yield MultiChoiceField(name, label, tuple(value for value, _ in options), options=tuple(options))


def _chart(case: Case) -> Iterable[FormField]:
    chart = chart_of(case.claim)
    if chart is not None:
        options = (("no", "the verdict alone"), ("yes", "the verdict and the chart of its replies, which takes longer"))
        yield ChoiceField("chart", "Draw", "no", options=options)
