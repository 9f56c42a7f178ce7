"""Judge a claim yourself: the guide's own score, estimates and judge, on the published replies, in a browser.

case.py             who is judged, on which questions, and the rows that bear on it (`replies.py` reads them)
form_fields.py      what may be changed, as a form; `metric_choices.py` names metrics that can replace one another
apply_form.py       what was filled in, applied to the claim and to the rows
cached_verdict.py   the judge, remembering numbers
result_text.py      the result; `plot.py` and `chart.py` draw it, `published.py` has the verdict it is compared with
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..form import Files, FormField, Picture, Result, Tool
from . import chart, published
from .apply_form import AppliedForm, apply_form
from .cached_verdict import judge_again
from .case import claim_of, files_of, load_case
from .form_fields import build_form
from .plot import draw_intervals
from .result_text import build_result


def tool(slug: str) -> Tool:
    """The form of a claim, and its judge. Raises `LookupError` for a claim that there is not."""
    claim = claim_of(slug)
    drawn = chart.chart_of(claim)
    names = (*files_of(claim), published.NAME, *([chart.FILE.format(drawn.slug)] if drawn else ()))
    return Tool(f"judging/{slug}", "Judge it yourself", _form(slug), _run(slug), names)


def _form(slug: str) -> Callable[[Files], Sequence[FormField]]:
    def form(files: Files) -> Sequence[FormField]:
        return build_form(load_case(slug, files))

    return form


def _run(slug: str) -> Callable[[Mapping[str, Any], Files], Result]:
    def run(values: Mapping[str, Any], files: Files) -> Result:
        picked = apply_form(load_case(slug, files), values)
        judged = judge_again(picked)
        pictures = [draw_intervals(judged), _chart(picked, files) if values.get("chart") == "yes" else None]
        was = published.read_verdict(files[published.NAME], slug)
        return build_result(judged, picked.changes, was, tuple(one for one in pictures if one))

    return run


def _chart(picked: AppliedForm, files: Files) -> Picture | None:
    """The claim's chart of the replies that stay; None where it has none that can be redrawn."""
    drawn, replies = chart.chart_of(picked.claim), picked.case.replies
    if drawn is None:
        return None
    rows = [row for name in drawn.experiments for row in picked.keep(replies[name].rows())]
    metrics = {metric.name: metric for name in drawn.experiments for metric in replies[name].experiment.metrics}
    return chart.redraw(drawn, files[chart.FILE.format(drawn.slug)], rows, metrics)
