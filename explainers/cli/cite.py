"""The verb `cite`: the citation of a chart or a claim, made by the same function as the one on its page."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from pathlib import Path

from .. import charts, claims

FORMATS = ("text", "bibtex", "url")
MOVES = "is not frozen: this address shows the chart as it stands; `incompressible freeze` keeps what it shows now"


class CiteError(ValueError):
    """Nothing that can be cited has this name. The message says which names come close."""


def cite(home: Path, slug: str, form: str) -> str:
    """The citation as `form`, one of `FORMATS`. Raises `CiteError`, and `BuildError` where the data are not whole."""
    _require_known(slug)
    from ..exports.citation import UNKNOWN, cited
    from ..site.build import gathered

    citation = cited(gathered(home), slug)
    if form == "url" and not citation.address:
        print(f"this is {UNKNOWN}: set site_url in mkdocs.yml", file=sys.stderr)
    if citation.kind == "Chart" and not citation.frozen:
        print(f"data {citation.version} {MOVES}", file=sys.stderr)
    return {"text": citation.full, "bibtex": citation.bibtex, "url": citation.url}[form].rstrip("\n")


def _require_known(slug: str) -> None:
    names = [*charts.find(), *claims.find()]
    if slug not in names:
        near = get_close_matches(slug, names, n=3)
        cure = f"did you mean {' or '.join(near)}?" if near else f"there are: {', '.join(names)}"
        raise CiteError(f"no chart or claim is called {slug!r}; {cure}")
