"""Claims about how much skill a parameter holds, from one year to the next."""

from ..schema import Beside, Between, Claim, Sample, Trend

EXPERIMENT = "reasoning-chain"
RIGHT = Sample("final_right")

CLAIMS = (
    Claim(
        slug="density-doubles",
        nav="Density doubles",
        group="From year to year",
        title="Skill per parameter doubles every few months",
        says="What a parameter can do doubles about every three and a half months.",
        number="slope of the logarithm of right answers per parameter over release dates, in doublings per year",
        test=Trend(EXPERIMENT, RIGHT, against="years", per_parameter=True, unit="doublings per year"),
        # 12 / 3.5 = 3.4 doublings per year; a period of 2.5 to 5 months still counts as "about" that.
        holds_if=Between(2.4, 4.8),
        matters_because="If it holds, next year's small model does what this year's large one does, and memory is the "
        "wrong thing to buy.",
        does_not_show=(
            "Other skills. The one here is chains of dependent steps.",
            "The best models of each date. The line goes through the models that somebody measured, and whoever picks "
            "them picks the slope.",
        ),
        registered="2026-11-24",
        shows="final_right",
        beside=(
            Beside(
                "right answers gained with a doubling of the weights' bytes", Trend(EXPERIMENT, RIGHT, against="bytes")
            ),
        ),
        charts=("skill-by-date",),
        related=("chains-break-early",),
        models_needed=6,
    ),
)
