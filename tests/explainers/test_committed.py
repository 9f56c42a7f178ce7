"""What the committed replies have to show, or the claims that rest on them could not be judged at all."""

from itertools import pairwise
from math import sqrt
from statistics import fmean, stdev

import pytest

from explainers.analysis.twins import group_by_seed
from explainers.measurements.score import measure
from explainers.schema import Sample
from explainers.stats import level
from explainers.stats.student_t import t
from runners.experiments import find
from tests.helpers.planted import ROOT

SKILL = Sample("known_bits", {"form": "card"})


@pytest.fixture(scope="module")
def dense():
    """Rung -> (its rows, mean skill of each seed), smallest first."""
    asked = {"twin-knowledge": find()["twin-knowledge"]}
    rungs: dict[str, tuple[list, list]] = {}
    for twin, own in group_by_seed(measure(ROOT / "data", asked).rows):
        if not twin["experts"]:
            rows, means = rungs.setdefault(twin["rung"], ([], []))
            rows += own
            means.append(fmean(row.metrics["known_bits"] for row in own if SKILL.picks(row.facts)))
    return rungs


def test_every_dense_rung_was_asked_in_three_seeds_or_more(dense):
    assert len(dense) == 6 and all(len(means) >= 3 for _, means in dense.values())


def test_five_adjacent_dense_rungs_are_told_apart_over_questions(dense):
    known = [level(rows, SKILL, {}) for rows, _ in dense.values()]

    assert sum(left.high < right.low for left, right in pairwise(known)) >= 4


def test_five_adjacent_dense_rungs_are_told_apart_over_seeds(dense):
    wide = [t(len(means) - 1) * stdev(means) / sqrt(len(means)) for _, means in dense.values()]
    ends = [(fmean(means) - half, fmean(means) + half) for (_, means), half in zip(dense.values(), wide, strict=True)]

    assert sum(left[1] < right[0] for left, right in pairwise(ends)) >= 4
