"""Rows of made-up models that were asked the real questions of every skill."""

from __future__ import annotations

from math import nan

from explainers.analysis.skills import SKILLS
from explainers.measurements.score import ReplyRow
from explainers.schema import Source
from runners.experiments import find

METRICS = {metric.name: metric for skill in SKILLS.values() for metric in find()[skill.experiment].metrics}


def answered(experiment, right, name="Tiny Q4_1", size=98_000_000, **facts):
    """The rows of one model: every question in every way, `right(item, arm)` or not by every metric. `facts` are what
    its runs recorded of it."""
    source, model = Source("rig-a", name, name, f"sha {name}", size), {"bytes": size, **facts}
    asked = find()[experiment]
    return [
        ReplyRow(
            source, experiment, asked.version, "full", item.id, item.cluster or item.id, 0, "2026-11-24T00:00:00+00:00",
            f"{name} {item.id} {sorted(arm.items())}", item.tags, arm, _metrics(asked, float(right(item, arm))),
            ("Here you are.",), {"model": model},
        )
        for item in asked.items
        for arm in asked.arms()
    ]  # fmt: skip


def _metrics(asked, right):
    shown = {skill.sample.metric for skill in SKILLS.values() if skill.experiment == asked.slug}
    return {metric.name: right if metric.name in shown else nan for metric in asked.metrics}


def model(rights, **facts):
    """A model that is always or never right in each of these skills, and was asked for no others."""
    return [
        row
        for skill, right in rights.items()
        for row in answered(SKILLS[skill].experiment, lambda item, arm, right=right: right, **facts)
    ]
