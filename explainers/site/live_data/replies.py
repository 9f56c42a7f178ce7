"""The published replies of an experiment as one file that a reader's browser scores and judges again.

It holds the replies that speak for their models, and of each what today's score reads: a reply is watched while it is
scored, cut down to that, and scored once more from the file. `live.judging.replies` says how the file is laid out.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping
from math import isnan
from pathlib import Path
from typing import Any, NamedTuple

from runners.schema import Experiment, Item, Reply, reply_to_json
from runners.storage.journal import Entry

from ...live.rejudge.replies import NAME, parse_reply
from ...measurements.score import ReplyRow, entries
from .field_tracker import FieldTracker

RUN = ("rig", "experiment", "version", "profile", "model", "engine")
"""What is kept of a `.run.json`: who answered, and under which settings."""

SMALL_ENOUGH = 6
"""How hard to compress: what takes several times as long saves three per cent more."""


def files(
    data: Path, experiments: Mapping[str, Experiment], judged: Mapping[str, Iterable[ReplyRow]]
) -> dict[str, bytes]:
    """A file for each experiment that a claim rests on: `judged` has its rows that speak, by its slug, and `data` the
    journals that they come from.

    Raises `ValueError` where a reply cut down to what its score reads would be scored otherwise than the whole one.
    """
    found = _entries(data, judged)
    return {NAME.format(name): _file(experiments[name], found[name]) for name in judged}


def _entries(data: Path, wanted: Mapping[str, Iterable[ReplyRow]]) -> dict[str, list[Entry]]:
    """The journal entries of some rows by experiment, in the order of the rows."""
    places = {(row.source.rig, row.key): (name, at) for name, rows in wanted.items() for at, row in enumerate(rows)}
    found: dict[str, dict[int, Entry]] = {name: {} for name in wanted}
    for _, entry in entries(data / "runs", only=wanted):
        name, at = places.get((str(entry.run.get("rig", "")), entry.key), ("", 0))
        if name and not entry.reply.failed:
            found[name].setdefault(at, entry)
    return {name: [kept[at] for at in sorted(kept)] for name, kept in found.items()}


def _file(experiment: Experiment, answers: list[Entry]) -> bytes:
    """Compressed, and the same bytes whenever it is made."""
    items, arms, runs = _Places(), _Places(), _Places()
    drawn = {item.id: item for item in experiment.items}
    cut = [_cut(experiment, drawn[entry.item], entry) for entry in answers]
    known = {id(run): runs.of({name: run.get(name) for name in RUN}) for run in _each(entry.run for entry in answers)}
    asked = {
        "item": [items.of(entry.item) for entry in answers],
        "arm": [arms.of(dict(entry.arm)) for entry in answers],
        "run": [known[id(entry.run)] for entry in answers],
        "seed": [entry.seed for entry in answers],
    }
    prompts = any(one.prompt for one in cut)
    head = {
        "experiment": experiment.slug,
        "version": experiment.version,
        "items": [_item(drawn[name], prompts) for name in items.values],
        "arms": arms.values,
        "runs": runs.values,
        "asked": asked,
        "counts": _counts(asked["item"], cut),
    }
    return gzip.compress("\n".join([_json(head), *(one.line for one in cut)]).encode(), SMALL_ENOUGH, mtime=0)


def _each(runs: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    """Runs, each once: many replies share one, the very same object."""
    return {id(run): run for run in runs}.values()


def _counts(items: list[int], cut: list[_CutReply]) -> dict[str, list[int]]:
    """Metric -> the places of the items of which some reply gives it."""
    found: dict[str, set[int]] = {}
    for item, one in zip(items, cut, strict=True):
        for name, value in one.metrics.items():
            if not isnan(value):
                found.setdefault(name, set()).add(item)
    return {name: sorted(places) for name, places in found.items()}


class _Places:
    """Values, each once, and the place of each."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._at: dict[str, int] = {}

    def of(self, value: Any) -> int:
        """The place of a value, which is put at the end where it is new."""
        at = self._at.setdefault(_json(value), len(self.values))
        if at == len(self.values):
            self.values.append(value)
        return at


class _CutReply(NamedTuple):
    """What a score reads of a reply, as a line of JSON; whether it reads the item's prompt; what it gives."""

    line: str
    prompt: bool
    metrics: Mapping[str, float]


def _cut(experiment: Experiment, item: Item, entry: Entry) -> _CutReply:
    tracked: Any = FieldTracker(entry.reply)  # a score takes them for a reply and an item
    question: Any = FieldTracker(item)
    whole = experiment.score(question, entry.arm, tracked)
    line = _json(_fields_read(tracked.read(), entry.reply))
    if repr(experiment.score(item, entry.arm, parse_reply(line))) != repr(whole):
        raise ValueError(f"{experiment.slug}, key {entry.key}: its score reads more of a reply than can be seen")
    return _CutReply(line, "prompt" in question.read(), whole)


def _fields_read(read: Mapping[str, Any], reply: Reply) -> dict[str, Any]:
    """The fields that were read as JSON has them; a text that its tokens spell is left to them, and options of one
    token each are told by their log-likelihoods."""
    kept = reply_to_json(Reply(**read))
    if "options" in kept and all(count == 1 for _, count in kept["options"]):
        kept["totals"] = [total for total, _ in kept.pop("options")]
    if "text" in kept and "tokens" in kept and "".join(reply.tokens) == reply.text:
        del kept["text"]
    elif "tokens" in kept:
        kept.setdefault("text", "")
    return kept


def _item(item: Item, prompt: bool) -> dict[str, Any]:
    told = {"id": item.id, "target": item.target, "tags": item.tags, "cluster": item.cluster}
    return told | {"prompt": item.prompt} if prompt else told


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
