"""Effective context of each model by two published rules, against the window that it is sold with.

RULER    the longest text, with all shorter ones, of which 85.6 % is right: what Llama-2-7B gets at 4,096 tokens
         (Hsieh et al. 2024, arXiv:2404.06654)
NoLiMa   the longest, with all shorter ones, at which 85 % of the score on short texts is left (Modarressi et al. 2025,
         arXiv:2502.05167); "short" is the shortest length asked here

Both were made for tasks of their own; here they judge this experiment's questions. An interval holds the lengths that
pass with the lower and with the upper end of every score's interval.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .. import stats
from ..measurements.dedupe import by_source, one_source_per_model
from ..schema import Chart, Estimate, Sample, Table
from ..stats.groups import picked, span, split, written

RULER, NOLIMA = "RULER's rule", "NoLiMa's rule"
PASSES = {RULER: 0.856, NOLIMA: 0.85}
RIGHT = Sample("right")
LEAST = 128
"""Where a model is drawn that does not pass at the shortest length."""


def table(rows: Sequence[Any], metrics: Mapping[str, Any]) -> Table:
    """A row for each model and rule: effective tokens with the least and the most they may be, the advertised ones.
    0 is less than the shortest text; an end is None where nothing bounds it."""
    return [
        {"model": source.name, "rule": rule, "advertised": advertised, "shortest": scores[0][0], **found}
        for source, heard in by_source(one_source_per_model(rows)).items()
        for rule, scores in _scores(heard, metrics).items()
        for advertised in [heard[0].run.get("model", {}).get("context_length")]
        for found in [_effective(scores, PASSES[rule])]
    ]


def _scores(rows: Sequence[Any], metrics: Mapping[str, Any]) -> dict[str, list[tuple[int, Estimate]]]:
    """(length, score) for each rule, the shortest first."""
    lengths = [length for (length,) in split(rows, ("length",))]
    levels = [(length, stats.level(rows, _at(length), metrics)) for length in lengths]
    kept = [(length, stats.contrast(rows, _at(length), _at(lengths[0]), metrics, ratio=True)) for length in lengths]
    both = {RULER: levels, NOLIMA: kept}
    return {
        rule: found for rule, scores in both.items() if (found := [(size, known) for size, known in scores if known])
    }


def _at(length: int) -> Sample:
    return Sample("right", {"length": length})


def _effective(scores: Sequence[tuple[int, Estimate]], passing: float) -> dict[str, Any]:
    """The longest length up to which every score passes: by the scores, and by both ends of their intervals."""
    value, low, high = (
        _longest((length, getattr(score, end) >= passing) for length, score in scores)
        for end in ("value", "low", "high")
    )
    longest = scores[-1][0]
    # What passes at the longest text may go on beyond it, and a score without an interval excludes nothing.
    return {
        "value": value,
        "low": low if low or all(score.bounded for _, score in scores) else None,
        "high": None if high == longest else high,
        "more": value == longest,
        "n": scores[0][1].n,
    }


def _longest(passed: Iterator[tuple[int, bool]]) -> int:
    reached = 0
    for length, passes in passed:
        if not passes:
            break
        reached = length
    return reached


def said(row: Mapping[str, Any]) -> str:
    """An effective length in words."""
    if not row["value"]:
        return f"under {row['shortest']:,}"
    return f"{row['value']:,}{' or more' if row['more'] else ''}"


def title(table: Table) -> str:
    """The finding: effective lengths, by the rule that decides where it can judge, and the advertised windows."""
    if not table:
        return "Effective context length against the advertised one"
    rule = NOLIMA if any(row["rule"] == NOLIMA for row in table) else RULER
    found = [row for row in table if row["rule"] == rule]
    windows = [row["advertised"] for row in found if row["advertised"]]
    of = f", of windows of {span(windows, '{:,}'.format)}" if windows else ""
    if len(found) == 1:
        return f"By {rule} {found[0]['model']} can use {said(found[0])} tokens{of}{_failing(table, rule)}"
    reached = span(picked(found), lambda value: f"{value:,}" if value else f"under {found[0]['shortest']:,}")
    return f"By {rule} {len(found)} models can use {reached} tokens{of}{_failing(table, rule)}"


def _failing(table: Table, rule: str) -> str:
    """That nobody passes the stricter rule: a model may keep its share of next to nothing."""
    strict = [row for row in table if row["rule"] == RULER]
    if rule == RULER or not strict or any(row["value"] for row in strict):
        return ""
    who = "it does not reach" if len(strict) == 1 else "none of them reaches"
    return f"; by {RULER} {who} {strict[0]['shortest']:,}"


def alt(table: Table) -> str:
    """Every row as a clause."""
    told = "; ".join(f"{row['model']}, {row['rule']}: {said(row)} of {_window(row)}" for row in table)
    return f"Effective context length in tokens, by two rules, against the advertised window. {told}."


def _window(row: Mapping[str, Any]) -> str:
    return f"{row['advertised']:,}" if row["advertised"] else "a window that no run recorded"


def draw(table: Table) -> Any:
    """A point with its interval for each model and rule, and a tick at the advertised window."""
    import altair as alt

    rows = [_drawn(row) for row in table]
    models, rules = (list(dict.fromkeys(row[name] for row in table)) for name in ("model", "rule"))
    base = alt.Chart(alt.Data(values=rows)).encode(
        y=alt.Y("model:N", sort=models, title=None, axis=alt.Axis(labelLimit=240)),
        yOffset=alt.YOffset("rule:N", sort=rules, scale=alt.Scale(paddingOuter=0.4)),
        color=alt.Color("rule:N", title=None, scale=alt.Scale(domain=rules)),
    )
    at = alt.Scale(type="log", base=2, nice=False, padding=20)
    across = "Tokens; left of 256: less than the shortest text"
    x = alt.X("at:Q", title=across, scale=at, axis=alt.Axis(format=","))
    told = [
        alt.Tooltip("model:N", title="Model"),
        alt.Tooltip("rule:N", title="Rule"),
        alt.Tooltip("said:N", title="Effective"),
        alt.Tooltip("advertised:Q", title="Advertised", format=","),
    ]
    interval = base.mark_rule(strokeWidth=2).encode(x=alt.X("from:Q", title=across), x2="to:Q")
    point = base.mark_point(opacity=1, size=60).encode(
        x=x, shape=alt.Shape("rule:N", title=None, scale=alt.Scale(domain=rules)), tooltip=told
    )
    window = base.mark_tick(thickness=3, size=16).encode(x=alt.X("advertised:Q", title=across))
    name = base.mark_text(align="left", dx=10, dy=-9).encode(x=x, text="label:N")
    return alt.layer(interval, point, window, name)


def _drawn(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with its places on the axis. Where nothing bounds its high end, the advertised window does."""
    high = row["advertised"] if row["high"] is None else row["high"]
    at, low, high = (max(end or 0, LEAST) for end in (row["value"], row["low"], high))
    label = said(row).replace(" or more", "+")  # a phone has room for no more
    return {**row, "at": at, "from": low, "to": max(high, at), "said": said(row), "label": label}


def digest(table: Table) -> Table:
    """The reader's rows, lengths in words."""
    rows = [{**row, "said": said(row)} for row in table]
    return written(
        rows, ("low", "high", "advertised"), lambda tokens: f"{tokens:,}" if tokens else "under the shortest"
    )


CHART = Chart(
    slug="context-effective",
    nav="Effective context",
    redraws=False,
    experiment="context-gap",
    table=table,
    title=title,
    subtitle="Longest text up to which a model passes, in tokens (logarithmic), over all kinds of questions. Bars: "
    "lengths that pass with either end of the 95% intervals. Tick: the advertised window.",
    alt=alt,
    draw=draw,
    digest=digest,
    columns={
        "model": "Model",
        "rule": "Rule",
        "said": "Effective tokens",
        "low": "At least",
        "high": "At most",
        "advertised": "Advertised",
        "n": "Replies",
    },
)
