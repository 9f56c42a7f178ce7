"""What a notebook shows: a chart, a table, a reply, each as the guide's own pages have it.

What a model said is hostile here as well: everything is inert text (see `escape`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from markupsafe import Markup

from ..frozen.chart_text import describe_chart
from ..measurements.score import ReplyRow
from ..plotting.render import build_spec, render_pictures
from ..schema import Chart, Table
from ..site.pages import rendered
from ..text.escape import block, line, shown
from ..text.formatting import arm_named, cell

NOTHING = "Nothing to show: no reply in this checkout bears on it."


@dataclass(frozen=True)
class NotebookOutput:
    """HTML for a notebook, and plain text for a terminal."""

    html: str
    text: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return self.text


def show_chart(chart: Chart, table: Table, source: str = "") -> NotebookOutput:
    """A chart with its title, its data and the line about its `source`, drawn for light and dark, wide and narrow.

    The pictures stand in the page itself: what a notebook shows has no folder beside it.
    """
    if not table:
        return show_note(NOTHING)
    text = describe_chart(chart, table, source, day="")
    pictures = {
        look: f"data:image/svg+xml,{quote(svg)}" for look, svg in render_pictures(build_spec(chart, table)).items()
    }
    html = rendered("figure.html.j2", slug=chart.slug, told=text, pictures=pictures, base="", live=False)
    return NotebookOutput(html, f"{text.title}\n{text.alt}")


def show_table(table: Table, heads: Mapping[str, str] | None = None, nothing: str = NOTHING) -> NotebookOutput:
    """A table, its columns those that `heads` names (name -> head), or all. A fraction is written as a percentage.

    Where there is no row, `nothing` says so.
    """
    if not table:
        return show_note(nothing)
    heads = heads or {name: name for name in table[0]}
    cells = [[cell(row.get(name)) for name in heads] for row in table]
    lines = ["\t".join(map(line, row)) for row in (heads.values(), *cells)]
    return NotebookOutput(rendered("listing.html.j2", heads=heads.values(), cells=cells), "\n".join(lines))


def show_reply(row: ReplyRow, asked: str = "") -> NotebookOutput:
    """A reply, turn by turn, under whose it is; after what was `asked`, where that is given."""
    head = f"{row.source.name}, question {row.item}, {arm_named(row.experiment, row.arm)}"
    parts = [("The question", asked)] * bool(asked) + [(head, text) for text in row.turns]
    label = Markup('<p class="said-label">{}</p>\n{}')
    html = "\n".join(label.format(shown(name), block(text)) for name, text in parts)
    return NotebookOutput(html, "\n".join(f"{line(name)}: {line(text)}" for name, text in parts))


def show_note(text: str) -> NotebookOutput:
    """A sentence in place of what there is not."""
    return NotebookOutput(Markup('<p class="empty">{}</p>').format(shown(text)), text)
