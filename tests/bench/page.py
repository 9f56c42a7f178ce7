"""data/bench.json as the page docs/contributing/performance.md shows it. cogapp puts the tables there, and

    python tests/bench/page.py

draws the two pictures again.
"""

from __future__ import annotations

from typing import Any

from rows import HOUSE, Row, kept, said

from explainers import theme

FOLDER = HOUSE / "docs" / "contributing"
VERDICT = {True: "yes", False: "**no**", None: ""}


def table(*scripts: str) -> str:
    """The rows of some scripts as a Markdown table, with the blank lines that part it from the comments around it."""
    head = "| what | ours | held against | ratio | bound | kept |\n|---|---|---|---|---|---|"
    lines = "\n".join([head, *(line(Row(**row)) for name in scripts for row in kept()[name]["rows"])])
    return f"\n{lines}\n"


def line(row: Row) -> str:
    """One row."""
    beside = f"{row.against}: {said(row.theirs)}" if row.theirs is not None else ""
    ours = f"{said(row.ours)} {row.unit}".strip()
    return f"| {row.what} | {ours} | {beside} | {said(row.ratio)} | {row.bound} | {VERDICT[row.met]} |"


def source(*scripts: str) -> str:
    """When, where and with which commands."""
    told = [kept()[name] for name in scripts]
    commands = ", ".join(f"`{one['command']}`" for one in told)
    when = " and ".join(sorted({f"{one['at']}, {one['machine']}" for one in told}))
    busy = said(max(one["load"] for one in told))
    return f"\n{commands}: {when}; load of the machine at the start at most {busy}.\n"


def missed() -> list[str]:
    """What every row that is not within its bound says it measured."""
    return [row.what for one in kept().values() for row in (Row(**found) for found in one["rows"]) if row.met is False]


def points() -> list[dict[str, Any]]:
    """What scaling.py found, a point for each size."""
    found = []
    for row in kept()["scaling"]["rows"]:
        what, _, cells = row["what"].partition(", ")
        if cells.endswith(" cells") and row["unit"] == "s":
            count = int(cells.removesuffix(" cells").replace(",", ""))
            found.append({"what": what, "cells": count, "seconds": row["ours"]})
    return found


def drawn(ground: str) -> str:
    """The chart of seconds against cells as SVG, for a "light" or a "dark" page."""
    import altair as alt
    import vl_convert

    base = alt.Chart(alt.Data(values=points())).encode(
        x=alt.X("cells:Q", title="Finished cells", scale=alt.Scale(type="log")),
        y=alt.Y("seconds:Q", title="Seconds", scale=alt.Scale(type="log")),
        color=alt.Color("what:N", title=None),
        shape=alt.Shape("what:N", title=None),
    )
    spec = alt.layer(base.mark_line(), base.mark_point(filled=True, size=80)).to_dict(validate=False)
    spec |= {"width": 560, "height": 280, "config": theme.config(ground, "wide")}
    return vl_convert.vegalite_to_svg(spec, vl_version="6.4")


def main() -> None:
    for ground in ("light", "dark"):
        (FOLDER / f"scaling-{ground}.svg").write_text(drawn(ground), encoding="utf-8")


if __name__ == "__main__":
    main()
