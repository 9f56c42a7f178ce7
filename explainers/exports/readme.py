"""The table of verdicts in README.md, made from the replies that are committed.

python -m explainers.exports.readme    print it, as cog puts it into the page
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from runners.experiments import find

from ..guide.guide import gather
from ..schema import Outcome, Verdict
from ..text.formatting import count

CHART = "json-depth"
"""The chart that stands in README.md, frozen at the data version that its caption names."""


def table(verdicts: Iterable[Verdict]) -> str:
    """A line a claim, in Markdown: what holds first, then what fails, then what is open."""
    order = list(Outcome)
    lines = [_line(verdict) for verdict in sorted(verdicts, key=lambda verdict: order.index(verdict.general))]
    return "\n".join(["| Claim | Verdict | Asked | One by one |", "|---|---|---|---|", *lines])


def _line(verdict: Verdict) -> str:
    return (
        f"| {verdict.claim.title} | **{verdict.general}**: {verdict.reason} | {_asked(verdict)} | {_tally(verdict)} |"
    )


def _asked(verdict: Verdict) -> str:
    """How many models or twins were asked how many questions."""
    findings = verdict.findings
    if not findings:
        return "nobody yet"
    models = max(len({one.source.sha256 for one in findings}), *(one.models for one in findings))
    kind = "twin" if verdict.claim.test.experiment.startswith("twin-") else "model"
    return f"{count(models, kind)}, {_range(one.questions for one in findings)} questions each"


def _range(numbers: Iterable[int]) -> str:
    found = sorted(set(numbers))
    return f"{found[0]:,}" if len(found) == 1 else f"{found[0]:,} to {found[-1]:,}"


def _tally(verdict: Verdict) -> str:
    """The findings by outcome, such as "holds 2, not settled 1"; a trend is one about all models."""
    tally = Counter(one.outcome for one in verdict.findings)
    return ", ".join(_parts(tally)) or "nothing measured"


def _parts(tally: Counter[Outcome]) -> Iterator[str]:
    yield from (f"{outcome} {tally[outcome]}" for outcome in Outcome if tally[outcome])


def current(home: Path) -> str:
    """The table as the replies under `home`/data have it."""
    return table(gather(home, find()).verdicts.values())


if __name__ == "__main__":
    print(current(Path.cwd()))
