"""The skills of real models, one sample each, and the index that weighs them alike.

The index has no unit that means anything outside this guide: it is the mean share of right answers over the skills, and
another set of skills or another weighing would give another number. It serves to set models beside what they cost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import stats
from ..measurements.dedupe import by_source, speaking
from ..schema import Estimate, Level, Sample

SKILLS = {
    "structure": Level("json-fidelity", Sample("schema_valid", {"held": "asked"})),
    "chains": Level("reasoning-chain", Sample("final_right", {"asked": ("direct", "steps")})),
    "scenes": Level("world-model", Sample("right", {"asked": "choice"}, together="pair")),
    "texts": Level("context-gap", Sample("right")),
    "facts": Level("knowledge", Sample("right", {"asked": "closed"})),
    "stories": Level("story-state", Sample("right", {"asked": "free", "asks": ("thing", "holder", "person")})),
}
"""What is asked of a skill's experiment: the share of answers, replies or pairs that are right."""

TESTED = tuple(skill.experiment for skill in SKILLS.values())
WINDOW = 4096
"""Tokens of cache that are counted as resident beside the weights."""


@dataclass(frozen=True)
class Skilled:
    """One model: its skills as far as they were measured, and the facts that its runs recorded.

    bytes       the weights' file
    resident    the weights and an F16 cache of `WINDOW` tokens; None when no run recorded what a token takes
    parameters  None when no run recorded them
    released    an ISO date; empty when no run recorded it
    """

    name: str
    skills: Mapping[str, Estimate]
    bytes: int
    resident: int | None
    parameters: int | None
    released: str

    @property
    def index(self) -> Estimate | None:
        """The mean of all skills; None while one of them is missing."""
        return stats.average(list(self.skills.values())) if len(self.skills) == len(SKILLS) else None


def skilled(rows: Iterable[Any], metrics: Mapping[str, Any]) -> list[Skilled]:
    """Every model of which any skill was measured, smallest first."""
    models: dict[str, list[Any]] = {}
    for source, own in by_source(speaking(rows)).items():
        models.setdefault(source.sha256, []).extend(own)
    found = (_skilled(own, dict(_skills(own, metrics))) for own in models.values())
    return [model for model in found if model.skills]


def indexed(rows: Iterable[Any], metrics: Mapping[str, Any]) -> list[tuple[Skilled, Estimate]]:
    """The models that have an index, each with it."""
    return [(model, model.index) for model in skilled(rows, metrics) if model.index is not None]


def _skills(rows: Sequence[Any], metrics: Mapping[str, Any]) -> Iterator[tuple[str, Estimate]]:
    for name, skill in SKILLS.items():
        known = stats.level([row for row in rows if row.experiment == skill.experiment], skill.sample, metrics)
        if known is not None:
            yield name, known


def _skilled(rows: Sequence[Any], skills: Mapping[str, Estimate]) -> Skilled:
    source = rows[0].source
    parameters, released = _fact(rows, "parameters"), _fact(rows, "released") or ""
    taken = resident(source.bytes, _fact(rows, "kv_bytes_per_token"))
    return Skilled(source.name, skills, source.bytes, taken, parameters, released)


def resident(weights: int, cache: Any) -> int | None:
    """Bytes of the weights and of an F16 cache of `WINDOW` tokens, each of which takes `cache` bytes; None where no run
    recorded that."""
    return weights + int(WINDOW * cache) if isinstance(cache, int | float) and cache else None


def _fact(rows: Sequence[Any], name: str) -> Any:
    """What any run of a model recorded."""
    return next((value for row in rows if (value := row.run.get("model", {}).get(name))), None)
