# %% [markdown]
# # Analyse your own run
#
# Every reply of a run is kept under `data/runs`. This notebook reads those to one experiment straight from there,
# scores them with today's `score`, and asks them what you like: who answered, what share was right, which of two models
# is better, whether a claim would hold under another bound, what a wrong reply looks like.

# %% [markdown]
# ## Read the replies
#
# Change these two lines to analyse something else; `everyone.metrics` holds what there is to ask for. What an
# experiment measures and how is told on its page, under *Method*.

# %%
from explainers.notebook.display import show_table
from explainers.notebook.study import study

EXPERIMENT = "reasoning-chain"
METRIC = "final_right"

everyone = study(EXPERIMENT)
show_table(everyone.list_sources(), nothing=f"Nothing is measured yet. First: incompressible run {EXPERIMENT}")

# %% [markdown]
# The same weights on two machines are not two witnesses, so the machine that answered most questions speaks for them.
# To hear yours alone, put the name that it has in the table between the quotation marks.

# %%
MACHINE = ""

mine = everyone.on_rig(MACHINE) if MACHINE else everyone
len(mine.rows)

# %% [markdown]
# A row is one reply: `row.tags` says what was asked, `row.arm` how it was asked, `row.turns` what the model said and
# `row.metrics` what the score made of it. As a table for pandas, with the columns of `data/tables`:

# %%
frame = mine.frame()
frame.head(3).get(["name", "item", *mine.axes, METRIC])

# %% [markdown]
# ## A share, with its interval
#
# `by` gives the share of each model under each arm. The questions are independent of each other, so a share of them
# gets Wilson's interval; where they are not, it resamples whole clusters of questions.

# %%
from explainers.schema import Sample
from explainers.stats.groups import by

shares = by(mine.rows, Sample(METRIC), mine.axes, mine.metrics)
show_table(shares)

# %% [markdown]
# One of them worked out step by step, to see that nothing is hidden:

# %%
from explainers.stats import wilson

for source, rows in list(mine.models.items())[:1]:
    first = [row.metrics[METRIC] for row in rows if row.arm == rows[0].arm]
    known = wilson(int(sum(first)), len(first))
    print(f"{source.name}, {rows[0].arm}: {known.value:.3f}, 95% interval {known.low:.3f} to {known.high:.3f}")

# %% [markdown]
# ## Two models, question by question
#
# Models that were asked the same questions are compared on those, pair by pair: that is sharper than two intervals side
# by side. The difference is the first model's share minus the second's, under the first arm.

# %%
from itertools import combinations

from explainers.analysis.compare_rigs import paired_difference
from explainers.schema import Contrast
from explainers.text.formatting import full

arm = next(mine.experiment.arms())
sample = Sample(METRIC, arm)
points = Contrast(EXPERIMENT, sample, sample, unit="points")

pairs = [
    {
        "Model": one.name,
        "Against": other.name,
        "Difference": full(paired_difference(left, right, sample, mine.metrics, False), points),
    }
    for (one, left), (other, right) in combinations(mine.pick(sample).items(), 2)
]
show_table(pairs, nothing="Fewer than two models have answered here: measure another to compare them.")

# %% [markdown]
# Two machines are compared in the same way, and only where they answered for the same weights. A speed belongs to its
# machine and is never subtracted.

# %%
from explainers.analysis.compare_rigs import compare_every_pair
from explainers.analysis.compare_text import text_row

show_table(
    [text_row(entry) for entry in compare_every_pair(everyone.measured.rows, {EXPERIMENT: everyone.experiment})],
    nothing="Fewer than two machines have answered here. Take in the file of another: incompressible merge FILE",
)

# %% [markdown]
# ## Judge a claim yourself
#
# A claim is a number and a bound; `judge` holds the whole interval against the bound. Here the bound that was
# committed, and two others.
#
# A bound that was moved after the replies were seen proves nothing. That is why the guide's bounds are committed first.

# %%
from dataclasses import replace

from explainers import claims
from explainers.schema import AtMost
from explainers.text.formatting import rule
from explainers.verdicts.judge import judge

CLAIM = claims.find()["chains-break-early"]

show_table(
    [
        {"Holds if": rule(bound, CLAIM.test), "Model": finding.source.name, "Outcome": str(finding.outcome),
         "Measured": full(finding.estimate, CLAIM.test)}
        for bound in (CLAIM.holds_if, AtMost(0.3), AtMost(0.7))
        for finding in judge(replace(CLAIM, holds_if=bound), mine.rows, mine.metrics).findings
    ]
)  # fmt: skip

# %% [markdown]
# ## Read replies that were wrong
#
# A number says how often, a reply says how. These are not picked by hand: a reply's key is a digest, and the lowest
# come first.

# %%
from IPython.display import display

from explainers.notebook.display import show_reply

wrong = sorted((row for row in mine.rows if row.metrics[METRIC] == 0), key=lambda row: row.key)
display(*[show_reply(row, mine.prompt_of(row)) for row in wrong[:3]])

# %% [markdown]
# ## Go on
#
# - The [tables](../../data/) of the whole guide, as CSV and Parquet.
# - [Your run against this one](../../compare/), and `incompressible submit` to hand yours on.
# - [Add a chart](../add-a-chart/): how the guide draws such numbers.
