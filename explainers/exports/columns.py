"""Columns of the CSV tables: name, type and meaning, from the tables themselves and their experiments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from runners.schema import Experiment, Metric

from ..analysis.skills import WINDOW
from ..measurements import training_logs
from .parquet import parquet, values

REPLIES = {
    "model": "Slug of the model, or of the twin's rung",
    "name": "Name of the model as its run recorded it",
    "sha256": "SHA-256 of the weights; all seeds of a twin share one name",
    "rig": "The machine that the reply comes from",
    "build": "Build of llama.cpp",
    "backend": "What computed: cpu, cuda, metal, vulkan or hip",
    "setup": "Digest of all engine settings that can change an answer",
    "speaks": "Whether this reply counts in verdicts and charts: one measurement of the same weights speaks for them",
    "experiment": "Experiment that asked",
    "version": "Version of the experiment",
    "profile": "How many items were asked: quick or full",
    "item": "The question",
    "cluster": "Questions of one cluster are no independent draws; intervals resample whole clusters",
    "seed": "Seed of the reply's sampling",
    "at": "When the reply was given",
    "key": "Digest of all that could change the reply",
    "twin_seed": "Seed that the twin was trained with",
    "error": "Why there is no answer",
}
VERDICTS = {
    "claim": "Slug of the claim",
    "general": "Outcome in general",
    "reason": "Why the general outcome is what it is",
    "model": REPLIES["model"],
    "sha256": REPLIES["sha256"],
    "rig": REPLIES["rig"],
    "skill": "The skill that was judged, where a claim asks for several",
    "outcome": "Outcome for this model",
    "questions": "Independent questions that were asked, whether or not they gave a number",
    "unit": "Unit of the number; a share runs from 0 to 1, and so does a difference in points",
    "value": "The number that decides, in the unit of the claim's test; shares run from 0 to 1",
    "low": "Lower end of its 95 % interval; empty where there is none",
    "high": "Upper end of its 95 % interval; empty where there is none",
    "n": "Replies behind the number",
    "clusters": "Independent questions behind the number",
    "method": "How the interval was made",
}
FIGURES = {
    "place": "Where it stands: beside a verdict, in the table of ways of asking, or on a card",
    "claim": "Slug of the claim, where it belongs to one",
    "experiment": REPLIES["experiment"],
    "label": "What the number is called there",
    "model": REPLIES["name"],
    "sha256": REPLIES["sha256"],
    "rig": REPLIES["rig"],
    "arm": "The way of asking, in words",
    "replies": "Replies to that way of asking",
    **{name: VERDICTS[name] for name in ("unit", "value", "low", "high", "n", "clusters", "method")},
}
MODELS = {
    "name": REPLIES["name"],
    "sha256": REPLIES["sha256"],
    "bytes": "Size of the weights",
    "parameters": "Parameters in all",
    "active_parameters": "Parameters that one token passes through",
    "bits_per_weight": "Bits that a weight takes in the file, on average",
    "context_length": "Tokens of context that the weights advertise",
    "architecture": "Architecture as llama.cpp names it",
    "licence": "Licence of the weights",
    "released": "Day on which the makers published the model",
    "source": "Where the weights came from",
    "resident_bytes": f"Weights and an F16 cache of {WINDOW:,} tokens",
    "chat_template": "Whether the weights carry a chat template; texts are sent as they stand where they do not",
    "twin": "Whether it is a twin of ours",
    "cells": "Cells that were asked, answered or not",
    "rigs": "The machines that measured it",
}
MACHINES = {
    "rig": REPLIES["rig"],
    "cpu": "Processor",
    "cores": "Cores that the engine could use",
    "memory_bytes": "Memory",
    "gpus": "GPUs",
    "system": "Operating system and processor family",
    "build": REPLIES["build"],
    "backend": REPLIES["backend"],
    "cells": MODELS["cells"],
}
TRAINING = {
    "ladder": "Ladder that the twin belongs to",
    "rung": "Rung of that ladder",
    "seed": REPLIES["twin_seed"],
    "experts": "Experts in each feed-forward block; none in a dense twin",
    "teacher": "The twin that a student learned from",
    "learns": "What a student learned from its teacher",
    "step": "Step of the training",
    "tokens": "Tokens read so far",
    "loss": "Loss in nats per token",
    "flops": "Floating-point operations so far",
    "seconds": "Seconds so far",
}
FOLLOWING = {
    "verdicts": (VERDICTS, "Every claim's verdict, a row for each model"),
    "figures": (FIGURES, "Numbers on pages outside verdicts and charts"),
    "models": (MODELS, "The weights that were measured, as each run recorded them"),
    "machines": (MACHINES, "The machines that measured them"),
    training_logs.EXPERIMENT: (TRAINING, "How the twins were trained"),
}
"""What the columns of tables other than those of replies mean, and the title of each table."""

TYPES = {
    "speaks": "boolean", "version": "integer", "seed": "integer", "at": "datetime", "twin_seed": "integer",
    "value": "number", "low": "number", "high": "number", "n": "integer", "clusters": "integer", "questions": "integer",
    "replies": "integer", "bytes": "integer", "parameters": "integer", "active_parameters": "integer",
    "bits_per_weight": "number", "context_length": "integer", "resident_bytes": "integer",
    "memory_bytes": "integer", "cores": "integer", "cells": "integer", "twin": "boolean", "step": "integer",
    "tokens": "integer", "loss": "number", "flops": "number", "seconds": "number",
}  # fmt: skip
"""Types of the columns named above that hold no text, whatever their values look like."""

_FORMS = {
    "boolean": re.compile("true|false"),
    "integer": re.compile(r"-?(0|[1-9]\d{0,17})"),
    "number": re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?"),
    "string": re.compile(".*", re.DOTALL),
}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")


@dataclass(frozen=True)
class Column:
    """One column. `type` is one of the Table Schema's: string, integer, number, boolean, datetime."""

    name: str
    type: str
    description: str


@dataclass(frozen=True)
class DescribedTable:
    """A CSV table with the meaning of its columns, and how many rows there are below its head. `files` holds it as
    "csv" and as "parquet"."""

    name: str
    title: str
    files: Mapping[str, bytes]
    fields: tuple[Column, ...]
    rows: int


def describe(tables: Mapping[str, bytes], experiments: Mapping[str, Experiment]) -> tuple[DescribedTable, ...]:
    """Every CSV table, in the order of their file names. `experiments` are those that tables of replies come from."""
    return tuple(_describe(file, content, experiments) for file, content in sorted(tables.items()))


def _describe(file: str, content: bytes, experiments: Mapping[str, Experiment]) -> DescribedTable:
    name = file.removesuffix(".csv")
    known, title = _meanings(name, experiments)
    metrics = {metric.name: metric for metric in experiments[name].metrics} if name in experiments else {}
    columns, rows = values(content)
    fields = tuple(_field(column, found, known, metrics) for column, found in columns.items())
    files = {"csv": content, "parquet": parquet(content, {field.name: field.type for field in fields})}
    return DescribedTable(name, title, files, fields, rows)


def _meanings(name: str, experiments: Mapping[str, Experiment]) -> tuple[Mapping[str, str], str]:
    """What the columns of a table mean, and its title."""
    if name in FOLLOWING:
        return FOLLOWING[name]
    if name in experiments:
        return REPLIES, f"Scored replies: {experiments[name].question}"
    return REPLIES, "Cells without an answer, and why"


def _field(name: str, values: set[str], known: Mapping[str, str], metrics: Mapping[str, Metric]) -> Column:
    if name in known:
        kind = TYPES.get(name, "string")
        return Column(name, kind if _fits(kind, values) else "string", known[name])
    kind = next(kind for kind in _FORMS if _fits(kind, values)) if values else "string"
    if name not in metrics:
        return Column(name, kind, f"What was varied, or a tag of the question: {name.replace('_', ' ')}")
    metric = metrics[name]
    kind = "number" if kind == "integer" else kind
    return Column(name, kind, f"Score in {metric.unit}; {metric.better} is better")


def _fits(kind: str, values: set[str]) -> bool:
    """Whether all values can be read as what they should be; replies may come from machines of others."""
    if kind == "datetime":
        return all(map(_moment, values))
    return all(_FORMS[kind].fullmatch(value) for value in values)


def _moment(value: str) -> bool:
    try:
        return bool(datetime.fromisoformat(value).tzinfo) and _MOMENT.fullmatch(value) is not None
    except ValueError:
        return False
