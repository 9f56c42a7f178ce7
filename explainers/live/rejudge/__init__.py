"""Judge a claim yourself: the guide's own score, estimates and judge, on the published replies, in a browser.

case.py       who is judged, on which questions, and the rows that bear on it (`replies.py` reads them)
fields.py     what may be changed, as a form; `rules.py` names the metrics that can stand in for one another
choices.py    what was filled in, applied to the claim and to the rows
judged.py     the judge, remembering numbers
told.py       the result; `ruler.py` and `chart.py` draw it, `published.py` has what it is held against
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..form import Field, Files, Picture, Result, Tool
from . import chart, published
from .apply_form import Chosen, chosen
from .cached_verdict import verdict
from .case import case, claim_of, files_of
from .form_fields import fields
from .plot import picture
from .result_text import result


def tool(slug: str) -> Tool:
    """The form of a claim, and its judge. Raises `LookupError` for a claim that there is not."""
    claim = claim_of(slug)
    drawn = chart.chart_of(claim)
    names = (*files_of(claim), published.NAME, *([chart.NAME.format(drawn.slug)] if drawn else ()))
    return Tool(f"judging/{slug}", "Judge it yourself", _form(slug), _run(slug), names)


def _form(slug: str) -> Callable[[Files], Sequence[Field]]:
    def form(files: Files) -> Sequence[Field]:
        return fields(case(slug, files))

    return form


def _run(slug: str) -> Callable[[Mapping[str, Any], Files], Result]:
    def run(values: Mapping[str, Any], files: Files) -> Result:
        picked = chosen(case(slug, files), values)
        judged = verdict(picked)
        pictures = [picture(judged), _chart(picked, files) if values.get("chart") == "yes" else None]
        was = published.published(files[published.NAME], slug)
        return result(judged, picked.changes, was, tuple(one for one in pictures if one))

    return run


def _chart(picked: Chosen, files: Files) -> Picture | None:
    """The claim's chart of the replies that stay; None where it has none that can be redrawn."""
    drawn, heard = chart.chart_of(picked.claim), picked.case.heard
    if drawn is None:
        return None
    rows = [row for name in drawn.experiments for row in picked.of(heard[name].rows())]
    metrics = {one.name: one for name in drawn.experiments for one in heard[name].experiment.metrics}
    return chart.redrawn(drawn, files[chart.NAME.format(drawn.slug)], rows, metrics)
