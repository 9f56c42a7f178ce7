"""Sample replies of a page: for each arm one right and one wrong, picked by their keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from runners.schema import Experiment

from ..measurements.dedupe import by_source, one_source_per_model
from ..schema import Claim, Row, Sample
from ..stats.groups import split
from .judge import samples as samples_of


@dataclass(frozen=True)
class ArmSamples:
    """The sample replies of one arm. A side is None when no reply was so."""

    arm: dict[str, Any]
    right: Row | None
    wrong: Row | None
    rights: int
    replies: int


def samples(rows: Iterable[Row], claim: Claim, experiment: Experiment) -> list[ArmSamples]:
    """Samples of the model with the most replies, one entry an arm; empty when nothing was measured.

    A cell's key is a digest, so the lowest key is a draw that nobody chose and that every build repeats.
    """
    by_model = by_source(one_source_per_model(row for row in rows if row.experiment == claim.test.experiment))
    if not by_model:
        return []
    most = max(by_model.values(), key=len)
    picked, axes = Sample(claim.shows, tags_of(claim, experiment)), [*experiment.loads, *experiment.varies]
    bearing = sorted((row for row in most if picked.picks(row.facts)), key=lambda row: row.key)
    arms = split(bearing, axes).items()
    return [_shown(dict(zip(axes, arm, strict=True)), group, claim.shows) for arm, group in arms]


def tags_of(claim: Claim, experiment: Experiment) -> dict[str, Any]:
    """Which questions a claim is about: its sample's tags, whatever the arm."""
    sample = samples_of(claim.test)[0]
    return {
        name: value for name, value in sample.where.items() if name not in {**experiment.loads, **experiment.varies}
    }


def _shown(arm: dict[str, Any], rows: Sequence[Row], metric: str) -> ArmSamples:
    right = [row for row in rows if row.metrics[metric] == 1]
    wrong = [row for row in rows if row.metrics[metric] == 0]
    return ArmSamples(arm, next(iter(right), None), next(iter(wrong), None), len(right), len(rows))
