"""data/bench.json as the page docs/contributing/performance.md shows it. cogapp puts the tables there, and

    python -m tests.bench.page

draws the two pictures again.
"""

from __future__ import annotations

from typing import Any

from explainers.plotting import theme
from tests.bench.rows import HOUSE, Row, kept, said

FOLDER = HOUSE / "docs" / "contributing"
VERDICT = {True: "yes", False: "**no**", None: ""}


def table(*scripts: str) -> str:
    """The rows of some scripts as a Markdown table, with the blank lines that part it from the comments around it."""
    head = "| what | ours | compared with | ratio | bound | kept |\n|---|---|---|---|---|---|"
    found = [line(Row(**row)) for name in scripts if name in kept() for row in kept()[name]["rows"]]
    lines = "\n".join([head, *found]) if found else "No figures are kept yet."
    return f"\n{lines}\n"


NOTHING = "–"
"""What stands in a cell that has nothing to say: an empty one would look like a value that got lost."""


def line(row: Row) -> str:
    """One row."""
    beside = f"{row.against}: {said(row.theirs)}" if row.theirs is not None else ""
    ours = f"{said(row.ours)} {row.unit}".strip()
    cells = row.what, ours, beside, said(row.ratio), row.bound, VERDICT[row.met]
    return f"| {' | '.join(cell or NOTHING for cell in cells)} |"


def source(*scripts: str) -> str:
    """When, where and with which commands; which of them is still to be run."""
    return "\n" + "\n".join(f"- {_source(name)}" for name in scripts) + "\n"


def _source(name: str) -> str:
    if name not in kept():
        return f"`python -m tests.bench.{name} --keep` is still to be run."
    one = kept()[name]
    return f"`{one['command']}`: {one['at']}, {one['machine']}; load at the start {said(one['load'])}"


def missed() -> list[str]:
    """What every row that is not within its bound says it measured."""
    return [row.what for one in kept().values() for row in (Row(**found) for found in one["rows"]) if row.met is False]


def points() -> list[dict[str, Any]]:
    """What scaling.py found, a point for each size."""
    found = []
    for row in kept().get("scaling", {"rows": []})["rows"]:
        what, _, cells = row["what"].partition(", ")
        if cells.endswith(" cells") and row["unit"] == "s CPU":
            count = int(cells.removesuffix(" cells").replace(",", ""))
            found.append({"what": what, "cells": count, "seconds": row["ours"]})
    return found


def drawn(ground: str) -> str:
    """The chart of seconds against cells as SVG, for a "light" or a "dark" page."""
    import altair as alt
    import vl_convert

    base = alt.Chart(alt.Data(values=points())).encode(
        x=alt.X("cells:Q", title="Finished cells", scale=alt.Scale(type="log")),
        y=alt.Y("seconds:Q", title="Seconds of the processor", scale=alt.Scale(type="log")),
        color=alt.Color("what:N", title=None),
        shape=alt.Shape("what:N", legend=None),
    )
    spec = alt.layer(base.mark_line(), base.mark_point(filled=True, size=80)).to_dict(validate=False)
    spec |= {"width": 560, "height": 280, "config": theme.config(ground, "wide")}
    return vl_convert.vegalite_to_svg(spec, vl_version="6.4")


def main() -> None:
    for ground in ("light", "dark"):
        (FOLDER / f"scaling-{ground}.svg").write_text(drawn(ground), encoding="utf-8")


if __name__ == "__main__":
    main()
