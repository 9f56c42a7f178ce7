"""Rows of made-up models that were asked the real questions of every skill."""

from __future__ import annotations

from math import nan
from types import SimpleNamespace

from explainers.schema import Source
from explainers.skills import SKILLS
from runners.experiments import find

METRICS = {metric.name: metric for skill in SKILLS.values() for metric in find()[skill.experiment].metrics}


def answered(experiment, right, name="Tiny Q4_1", size=98_000_000, **facts):
    """The rows of one model: every question in every way, `right(item, arm)` or not by every metric. `facts` are what
    its runs recorded of it."""
    source, model = Source("rig-a", name, name, f"sha {name}", size), {"bytes": size, **facts}
    asked = find()[experiment]
    return [
        SimpleNamespace(
            source=source,
            experiment=experiment,
            item=item.id,
            cluster=item.cluster or item.id,
            at="now",
            twin={},
            facts={**item.tags, **arm},
            metrics=dict.fromkeys((metric.name for metric in asked.metrics), nan)
            | {
                skill.sample.metric: float(right(item, arm))
                for skill in SKILLS.values()
                if skill.experiment == experiment
            },
            run={"model": model},
        )
        for item in asked.items
        for arm in asked.arms()
    ]


def model(rights, **facts):
    """A model that is always or never right in each of these skills, and was asked for no others."""
    return [
        row
        for skill, right in rights.items()
        for row in answered(SKILLS[skill].experiment, lambda item, arm, right=right: right, **facts)
    ]
