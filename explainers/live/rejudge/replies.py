"""Published replies of an experiment in the browser: read, scored and made into rows on demand.

    first line   {"experiment", "version", "items": [...], "arms": [...], "runs": [...],
                  "asked": {"item": [...], "arm": [...], "run": [...], "seed": [...]}, "counts": {metric: [...]}}:
                  of each reply the places of what was asked and of who was, and the seed; of each metric the places
                  of the items of which some reply gives it
    other lines  the replies in that order, of each what its score reads; a "text" that is not there is what the
                 tokens spell, and "totals" are options of one token each by their log-likelihoods alone

One file an experiment, `gzip`; some servers unpack it on the way.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import repeat
from typing import Any, NamedTuple

from runners.experiments import named
from runners.schema import Experiment, Item, Reply, reply_from_json

from ...measurements.score import ExperimentIndex, ReplyRow, build_row

NAME = "evidence/{}.jsonl.gz"
"""The name of an experiment's file under `docs/live/`."""


class PublishedCell(NamedTuple):
    """What a journal's entry says of a cell, but for the reply. What decides nothing is not published again: a reply's
    key and its moment are empty here."""

    item: str
    arm: Mapping[str, Any]
    run: Mapping[str, Any]
    seed: int
    key: str = ""
    at: str = ""


class LazyMetrics(Mapping):
    """The metrics of a reply, worked out when the first of them is asked for."""

    def __init__(self, score: Callable[[], Mapping[str, float]]) -> None:
        self._score = score

    @cached_property
    def _found(self) -> Mapping[str, float]:
        return self._score()

    def __getitem__(self, name: str) -> float:
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


@dataclass(frozen=True, eq=False)
class PublishedReplies:
    """All published replies of an experiment. `lines` are as they lie in the file."""

    index: ExperimentIndex
    arms: Sequence[Mapping[str, Any]]
    runs: Sequence[Mapping[str, Any]]
    asked: Mapping[str, Sequence[int]]
    counts: Mapping[str, Sequence[int]]
    lines: Sequence[str]
    _made: dict[int, ReplyRow] = field(default_factory=dict)
    _scored: dict[tuple[int, int, str], LazyMetrics] = field(default_factory=dict)

    @property
    def experiment(self) -> Experiment:
        """The experiment as the code has it, over the items that were published."""
        return self.index.experiment

    def rows(self, pairs: Collection[tuple[int, int]] | None = None) -> list[ReplyRow]:
        """The rows of all replies, or of those to some (item, arm), by their places. Each is made once."""
        asked = zip(*(self.asked[name] for name in ("item", "arm", "run", "seed")), strict=True)
        return [self._row(at, *one) for at, one in enumerate(asked) if pairs is None or one[:2] in pairs]

    def pairs(self, bears: Callable[[Mapping[str, Any]], bool]) -> set[tuple[int, int]]:
        """The (item, arm) whose tags and arm together bear on something."""
        pairs = set(zip(self.asked["item"], self.asked["arm"], strict=True))
        return {(item, arm) for item, arm in pairs if bears({**self.items[item].tags, **self.arms[arm]})}

    @property
    def items(self) -> Sequence[Item]:
        """The items that were asked, in the order of their places."""
        return self.experiment.items

    def _row(self, at: int, item: int, arm: int, run: int, seed: int) -> ReplyRow:
        if at not in self._made:
            asked = PublishedCell(self.items[item].id, self.arms[arm], self.runs[run], seed)
            self._made[at] = build_row(asked, self.index, self._metrics(item, arm, self.lines[at]))
        return self._made[at]

    def _metrics(self, item: int, arm: int, line: str) -> LazyMetrics:
        """What the score gives; it is asked once where several models replied the same."""
        asked = item, arm, line
        if asked not in self._scored:
            score = lambda: self.experiment.score(self.items[item], self.arms[arm], parse_reply(line))  # noqa: E731
            self._scored[asked] = LazyMetrics(score)
        return self._scored[asked]


@lru_cache(maxsize=4)
def read_replies(content: bytes) -> PublishedReplies:
    """What lies in a file, read once for equal bytes."""
    plain = gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
    head, *lines = plain.decode().split("\n")
    header = json.loads(head)
    items = tuple(Item(**{"prompt": "", **item}) for item in header["items"])
    experiment = named(header["experiment"])
    if experiment is None:
        raise ValueError(f"no experiment is called {header['experiment']!r}")
    index = ExperimentIndex.of(replace(experiment, items=items))
    return PublishedReplies(index, header["arms"], header["runs"], header["asked"], header["counts"], lines)


def parse_reply(line: str) -> Reply:
    """The reply of a line, without what no score reads."""
    fields = json.loads(line)
    if "text" not in fields:
        fields["text"] = "".join(fields.get("tokens", ()))
    if "totals" in fields:
        fields["options"] = zip(fields.pop("totals"), repeat(1))
    return reply_from_json(fields)
