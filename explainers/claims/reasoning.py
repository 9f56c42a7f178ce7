"""Claims about working things out step by step."""

from ..schema import AtMost, Beside, Claim, Contrast, Level, Sample

EXPERIMENT = "reasoning-chain"
STEPS, DIRECT, WRONG = {"asked": "steps"}, {"asked": "direct"}, {"asked": "wrong"}
LONGER = {"steps": tuple(range(4, 11))}
RIGHT = Sample("final_right", {**STEPS, **LONGER})

CLAIMS = (
    Claim(
        slug="chains-break-early",
        nav="Chains break early",
        group="Reasoning",
        title="Small models lose a chain of steps by the third",
        says="A small model loses its way in a chain of dependent steps by about the third, and is sure of itself when "
        "it does.",
        number="share of chains of four to ten steps that are right up to the third, of those whose first step is "
        "right, when every step is written down",
        test=Level(EXPERIMENT, Sample("kept_third", {**STEPS, **LONGER})),
        holds_if=AtMost(0.5),
        matters_because="Most work with a model is a chain: a plan, a bug hunt, a calculation. A model that breaks at "
        "the third link cannot be trusted with any of it, however well it writes.",
        does_not_show=(
            "Chains whose order the model has to find. Here the next step is always given.",
            "Other wordings. One worked example, greedy decoding, one line for each step.",
            "Whether a larger model would do better. That takes models of several sizes on this page.",
        ),
        registered="2026-11-24",
        shows="whole",
        beside=(
            Beside("chains whose first step is right", Level(EXPERIMENT, Sample("begun", {**STEPS, **LONGER}))),
            Beside(
                "first wrong steps that were more than 90% certain", Level(EXPERIMENT, Sample("sure_when_wrong", STEPS))
            ),
            Beside("right answers, every step written down", Level(EXPERIMENT, RIGHT)),
            Beside(
                "right answers, the end alone asked for", Level(EXPERIMENT, Sample("final_right", {**DIRECT, **LONGER}))
            ),
            Beside(
                "right answers after a wrong line in the middle, minus without it",
                Contrast(EXPERIMENT, Sample("final_right", {**WRONG, **LONGER}), RIGHT),
            ),
        ),
        charts=("chain-length",),
        related=("gates-favour-facts",),
        restated="at first every chain counted, and the claim would have held for a model that writes no steps at all; "
        "now only chains whose first step is right can be lost by the third.",
    ),
)
