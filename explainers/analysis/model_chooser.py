"""What the model chooser offers: every model with what it takes, how fast it wrote, and how it did in each skill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .. import stats
from ..measurements.dedupe import by_source
from ..schema import Estimate, Sample
from .skills import TESTED, ModelSkills, measure_skills

SPEED, WIDTH = "throughput", 1


@dataclass(frozen=True)
class ChooserModel:
    """One model. `speed` is tokens a second, one reply at a time, on `rig`; None where it was not timed."""

    model: ModelSkills
    speed: Estimate | None
    rig: str

    @property
    def gigabytes(self) -> float:
        """What has to fit into memory: the weights, with a cache where a run recorded what that takes."""
        return (self.model.resident or self.model.bytes) / 1e9


def list_models(guide: Any) -> list[ChooserModel]:
    """Every model of which a skill was measured, the smallest first."""
    timed, models = _speed_by_model(guide), measure_skills(guide.rows(*TESTED), guide.metrics(*TESTED))
    return [ChooserModel(model, *timed.get(model.name, (None, ""))) for model in models]


def _speed_by_model(guide: Any) -> Mapping[str, tuple[Estimate, str]]:
    sample = Sample("generated_per_second", {"width": WIDTH})
    return {
        source.name: (speed, source.rig)
        for source, rows in by_source(guide.rows(SPEED)).items()
        if (speed := stats.level(rows, sample, guide.metrics(SPEED))) is not None
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
