"""A made-up ladder of twins whose truth is known: skill grows with the logarithm of size."""

from __future__ import annotations

from math import log2
from random import Random
from types import SimpleNamespace

SIZES = {"f1": 1_000, "f2": 2_000, "f4": 4_000, "f8": 8_000}


def twin(rung, seed, skill, parameters, active=None, experts=0, questions=60, noise=0.3, wrong=0.1, **taught):
    """The rows of one twin: a question's difficulty is its own and the same for every twin."""
    difficulty = [Random(f"question {number}").gauss(0, noise) for number in range(questions)]
    facts = {
        "rung": rung, "seed": seed, "experts": experts, "parameters": parameters, "active": active or parameters,
        "training_flops": 6e6 * (active or parameters), **taught,
    }  # fmt: skip
    return [
        SimpleNamespace(
            twin=facts,
            experiment="twin-knowledge",
            facts={"form": "card"},
            item=f"q{number}",
            cluster=f"q{number}",
            metrics={"known_bits": skill + hard, "sure_and_wrong": wrong, "correct": float(hard > 0)},
        )
        for number, hard in enumerate(difficulty)
    ]


def dense(seeds=(1, 2, 3), spread=0.0, wrong=lambda size: 0.1):
    """Every dense rung of every seed; skill is log2(parameters), moved a little by seed."""
    return [
        row
        for seed in seeds
        for rung, size in SIZES.items()
        for row in twin(rung, seed, log2(size) + spread * Random(f"{rung} {seed}").gauss(0, 1), size, wrong=wrong(size))
    ]


def mixture(worth, total=8_000, active=2_000, seeds=(1, 2, 3), spread=0.0, wrong=0.1):
    """A mixture of experts that is worth a dense twin of so many parameters."""
    return [
        row
        for seed in seeds
        for row in twin(
            "4x2", seed, log2(worth) + spread * Random(f"moe {seed}").gauss(0, 1), total, active, experts=4, wrong=wrong
        )
    ]


def student(worth, size=2_000, seeds=(1, 2, 3)):
    """A dense twin that a teacher has made worth a larger one."""
    taught = {"teacher": "f8", "learns": "replies"}
    return [row for seed in seeds for row in twin("f2-replies", seed, log2(worth), size, **taught)]
