"""Words that other experts bring up where an MoE twin gets a fact wrong: the right one, and wrong ones beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .. import stats
from ..analysis.twins import group_by_seed, label
from ..plotting.twin_marks import describe_twins, draw_share_rows
from ..schema import Chart, Sample, Table
from ..stats.groups import picked, plain, span
from ..text.formatting import share

WORDS = {
    "recovered": "the right word",
    "alike": "a wrong word about as likely",
    "any_wrong": "any other wrong word",
}
"""Metric -> which word comes up."""


def table(rows: Sequence[Any], metrics: Mapping[str, Any]) -> Table:
    """A row for each MoE twin, seed and kind of word: the share of wrong facts where some other set brings it up."""
    return [
        {"twin": label(twin), "seed": twin["seed"], "word": said, **plain(known)}
        for twin, heard in group_by_seed(rows)
        for metric, said in WORDS.items()
        for known in [stats.level(heard, Sample(metric), metrics)]
        if known is not None
    ]


def title(table: Table) -> str:
    """The finding: the right word against its neighbour."""
    if not table:
        return "Words that other experts bring up where an MoE twin gets a fact wrong"
    right, alike = (span(picked(table, word=WORDS[one]), share) for one in ("recovered", "alike"))
    return f"Some other set of experts gets {right} of wrong facts right, and says a wrong word as likely in {alike}"


def alt(table: Table) -> str:
    """Every MoE twin and kind of word as a sentence."""
    said = describe_twins(table, "word", share)
    return f"Share of wrong facts where some other set of experts makes a word the likeliest, for each seed. {said}."


def draw(table: Table) -> Any:
    """A point for each seed and MoE twin, with its interval, in a row for each kind of word."""
    return draw_share_rows(table, "word", list(WORDS.values()), "Wrong facts where it comes up")


CHART = Chart(
    slug="twin-neighbours",
    nav="Words by other experts",
    experiment="twin-neighbours",
    table=table,
    title=title,
    subtitle="Share of wrong facts where some other set of experts, reading the deciding token in one layer, makes the "
    "word the likeliest. A point for each seed; bars: 95% intervals over questions.",
    alt=alt,
    draw=draw,
    columns={
        "twin": "Twin",
        "seed": "Seed",
        "word": "Word",
        "value": "Comes up",
        "low": "95% from",
        "high": "95% to",
        "n": "Wrong facts",
    },
)
