# %% [markdown]
# # Add a chart
#
# A chart is one file under `explainers/charts/`: a table made of scored replies, and a title, words and a drawing made
# of nothing but that table. Nothing is registered anywhere; a module there that exposes a `CHART` is found by walking
# the package. This page holds one that works, drawn from the replies of this checkout.

# %% [markdown]
# ## The evidence
#
# One experiment, scored, as every chart gets it: `rows` are the replies that speak for their models, `metrics` says
# what the score makes of each.

# %%
from explainers.notebook.display import show_table
from explainers.notebook.study import study

mine = study("reasoning-chain")
show_table(
    mine.list_sources(),
    nothing="Nothing is measured yet, so the chart below stays empty. First: incompressible run reasoning-chain",
)

# %% [markdown]
# ## The file
#
# Save this cell as `explainers/charts/chain_kinds.py`. (The house writes its imports with dots, `from ..panels import
# by`; a notebook has no package around it.)

# %%
"""Chains of steps that end right, by what they are about, one sign for each way of asking."""

from collections.abc import Mapping, Sequence
from typing import Any

from explainers.plotting.marks import describe_arms, draw_arms
from explainers.schema import Chart, Sample, Table
from explainers.stats.groups import by, picked, span
from explainers.text.formatting import share
from runners.experiments import arm_label


def table(rows: Sequence[Any], metrics: Mapping[str, Any]) -> Table:
    """Share of right answers for each model, way of asking and kind of chain."""
    shares = by(rows, Sample("final_right"), ("asked", "skin"), metrics)
    return [{**row, "arm": arm_label("reasoning-chain", "asked", row["asked"])} for row in shares]


def title(table: Table) -> str:
    """The finding: each kind of chain, step by step."""
    asked = [row for row in table if row["asked"] == "steps"]
    kinds = [f"{kind} {span(picked(asked, skin=kind), share)}" for kind in sorted({row["skin"] for row in asked})]
    return f"Chains that end right, step by step: {', '.join(kinds)}" if kinds else "Chains that end right"


def alt(table: Table) -> str:
    """Every sign of the picture as a sentence."""
    return f"Chart of the share of chains that end right. {describe_arms(table, 'skin', '{}')}."


def draw(table: Table) -> Any:
    """Points with their intervals, ways of asking side by side within a kind of chain."""
    return draw_arms(table, "skin", "What the chain is about", "Asked", "Right", joined=False)


CHART = Chart(
    slug="chain-kinds",
    nav="Chains by kind",
    experiment="reasoning-chain",
    table=table,
    title=title,
    subtitle="Share of chains whose answer is right, by what they are about. Bars: 95% intervals (Wilson).",
    alt=alt,
    draw=draw,
    columns={
        "model": "Model",
        "arm": "Asked",
        "skin": "About",
        "value": "Right",
        "low": "95% from",
        "high": "95% to",
        "n": "Replies",
    },
)

# %% [markdown]
# ## What it makes of the evidence
#
# The table comes first, because all else is made of it: what is not in the table cannot be drawn, and what is drawn can
# be read and downloaded.

# %%
drawn = CHART.table(mine.rows, mine.metrics)
show_table(drawn, CHART.columns)

# %% [markdown]
# The title states the finding, with its numbers. Nobody types it, so it changes when the replies do.

# %%
print(CHART.title(drawn))

# %% [markdown]
# Somebody who cannot see the picture gets all of it in words:

# %%
print(CHART.alt(drawn) if drawn else "There is no picture yet.")

# %% [markdown]
# And the picture, as the guide will have it. `draw` gives marks and channels and nothing else: colours, fonts and size
# come from `explainers/plotting/theme.py`, once for light and once for dark.

# %%
from explainers.notebook.display import show_chart

show_chart(CHART, drawn, mine.source)

# %% [markdown]
# ## What is asked of it
#
# The tests hold every chart to the same rules, and two of them are easily seen here: an interval is always drawn, and
# colour never speaks alone.

# %%
from explainers.plotting.render import build_spec, panel_spec

for layer in panel_spec(build_spec(CHART, drawn))["layer"] if drawn else ():
    print(layer["mark"]["type"], "by", ", ".join(sorted(layer["encoding"])))

# %% [markdown]
# - **Pure functions.** `table` reads rows, and `title`, `alt` and `draw` read the table: equal replies give equal
#   bytes.
# - **One model, one vote.** `by` and its kin see to that; never pool replies of two machines by hand.
# - **Nothing but the standard library on top.** Altair is imported where it draws, because the reader's browser runs
#   the rest.
# - **No colours.** The theme has the only ones, and a test looks for others.
# - **No number in prose.** Titles and words are computed; a shorter data table for readers is `digest`, the CSV has
#   all.
# - **An empty table is no error.** The page then says that nothing is measured.
#
# ## Where it goes
#
# 1. The file into `explainers/charts/`.
# 2. Its slug into `charts` of the claims that it bears on, if there are any, and they show it.
# 3. Its tests beside those of `tests/explainers/test_charts.py`: plant replies whose shares you know, and ask title,
#    words and table for them.
#
# The navigation lists it by its `nav`; nothing else is to be told of it.
#
# Then `incompressible build && incompressible serve`. An experiment is added [in the same
# way](../../contributing/add-an-experiment/).
