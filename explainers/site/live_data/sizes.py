"""File of the calculator: the models that were measured, the types of weights, what MoE twins were worth."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from math import inf, isfinite
from typing import Any

from runners.models.gguf import TENSOR_TYPES

from ...measurements.dedupe import by_source
from ...measurements.score import ReplyRow
from ...schema import Estimate, Finding, Verdict
from ...text.formatting import who

CLAIM = "sqrt-rule"
TYPES = ("F16", "Q8_0", "Q6_K", "Q5_1", "Q5_K", "Q5_0", "Q4_1", "Q4_K", "Q4_0", "Q3_K", "Q2_K")
"""The types of weights to choose from."""
NEEDED = ("parameters", "active_parameters", "bits_per_weight", "bytes_per_token", "kv_bytes_per_token")
"""What must have been recorded of a model."""


def files(rows: Iterable[ReplyRow], verdict: Verdict | None) -> dict[str, bytes]:
    """`sizes.json`: `models` by the first digits of their SHA-256, `types` with their bits per weight, and `worth`, the
    figure of each MoE in the verdict on `CLAIM`, where there is one."""
    data = {
        "models": dict(_models(rows)),
        "types": bits(),
        "worth": [_effective_parameters(*pair) for pair in _findings(verdict)],
    }
    return {"sizes.json": (json.dumps(data, indent=1) + "\n").encode()}


def bits() -> dict[str, float]:
    """Bits per weight of each type, scales included: bytes of a block over its weights (ggml-common.h)."""
    blocks = {name: (weights, size) for name, weights, size in TENSOR_TYPES.values()}
    return {name: 8 * blocks[name][1] / blocks[name][0] for name in TYPES}


def _models(rows: Iterable[ReplyRow]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every real model whose header some run recorded in full, smallest first. An older run recorded less."""
    for source, own in by_source(rows).items():
        runs = {id(row.run): row.run.get("model", {}) for row in own if not row.twin}
        whole = next((told for told in runs.values() if all(_counted(told.get(name)) for name in NEEDED)), None)
        if whole:
            yield source.sha256[:12], {"name": source.name, **_facts(whole)}


def _counted(value: Any) -> bool:
    return isinstance(value, int | float) and 0 < value < inf


def _facts(told: Mapping[str, Any]) -> dict[str, float]:
    """Counts of parameters and of cached numbers from recorded bytes. An F16 cache takes two bytes a number."""
    bits = told["bits_per_weight"]
    return {
        "total": told["parameters"],
        "active": told["active_parameters"],
        "read": told["bytes_per_token"] * 8 / bits,
        "cached": told["kv_bytes_per_token"] / 2,
        "bits": bits,
    }


def _findings(verdict: Verdict | None) -> list[tuple[Finding, Estimate]]:
    return [(one, one.estimate) for one in verdict.findings if one.estimate] if verdict else []


def _effective_parameters(finding: Finding, estimate: Estimate) -> dict[str, Any]:
    low, high = (end if isfinite(end) else None for end in (estimate.low, estimate.high))
    return {"name": who(finding), "value": estimate.value, "low": low, "high": high}
