"""Files that live experiments read, written by the build: a module for each kind."""

from __future__ import annotations

from ...guide.guide import Guide
from ...verdicts.judge import experiments
from . import charts, moe_demo, replies, sizes, tensors, verdicts


def files(guide: Guide) -> dict[str, bytes]:
    """Name under `docs/live/` -> bytes of every file that live experiments read. Equal evidence gives equal bytes."""
    home = guide.data.parent
    named = experiments(*(test for claim in guide.claims.values() for test in claim.tests))
    judged = {name: guide.rows(name) for name in named if name in guide.experiments}
    return {
        **charts.files(guide.claims.values(), guide.charts, guide.chart_tables),
        **moe_demo.files(home),
        **replies.files(guide.data, guide.experiments, judged),
        **sizes.files(guide.measured.rows, guide.verdicts.get(sizes.CLAIM)),
        **tensors.files(home),
        **verdicts.files(guide.verdicts),
    }
