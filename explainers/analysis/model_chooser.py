"""Rows of the model chooser: what each model takes in memory, how fast it writes, how it does in each skill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runners.schema import Metric

from .. import stats
from ..measurements.dedupe import by_source
from ..measurements.score import ReplyRow
from ..schema import Estimate, Sample
from ..text.formatting import share
from .skills import ModelSkills, measure_skills

SPEED, WIDTH = "throughput", 1


@dataclass(frozen=True)
class ChooserModel:
    """One model. `speed` is tokens per second, one reply at a time, on `rig`; None where it was not timed."""

    model: ModelSkills
    speed: Estimate | None
    rig: str

    @property
    def gigabytes(self) -> float:
        """What has to fit into memory: the weights, with a cache where a run recorded what that takes."""
        return (self.model.resident or self.model.bytes) / 1e9


def list_models(
    tested: Sequence[ReplyRow], timed: Sequence[ReplyRow], metrics: Mapping[str, Metric]
) -> list[ChooserModel]:
    """Every model of which a skill was measured, the smallest first.

    `tested` are rows of the experiments in `TESTED`, `timed` those of `SPEED`, `metrics` those of both by name.
    """
    speeds, models = _speed_by_model(timed, metrics), measure_skills(tested, metrics)
    return [ChooserModel(model, *speeds.get(model.name, (None, ""))) for model in models]


def describe_skill(skill: Estimate) -> str:
    """A skill in words: the share of right answers and its interval."""
    if not skill.bounded:
        return f"{share(skill.value)}, too few questions for an interval"
    return f"{share(skill.value)} (95% interval {share(skill.low)} to {share(skill.high)})"


def unsettled(models: Sequence[ChooserModel], skill: str) -> list[list[int]]:
    """For each model the places of the others whose interval in a skill reaches up to its own: it is not known to be
    better than these. None where either was not measured."""
    known = [one.model.skills.get(skill) for one in models]
    return [
        [place for place, other in enumerate(known) if mine and other and other is not mine and other.high >= mine.low]
        for mine in known
    ]


def _speed_by_model(timed: Sequence[ReplyRow], metrics: Mapping[str, Metric]) -> Mapping[str, tuple[Estimate, str]]:
    sample = Sample("generated_per_second", {"width": WIDTH})
    return {
        source.name: (speed, source.rig)
        for source, rows in by_source(timed).items()
        if (speed := stats.level(rows, sample, metrics)) is not None
    }


TASKS = {
    "structure": "nested JSON",
    "chains": "several dependent steps",
    "scenes": "everyday physics",
    "texts": "finding things in a text",
    "facts": "facts without a text",
    "stories": "who has what in a story",
}
"""What a skill is good for, in a reader's words."""
