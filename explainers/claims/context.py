"""Claims about how much of a long text a model can use."""

from ..schema import AtMost, Beside, Claim, Contrast, Level, Sample

EXPERIMENT = "context-gap"
SHORT, LONG, LONGEST = 256, 2048, 4096


def right(length: int, **where: str) -> Sample:
    """Right answers about texts of one length."""
    return Sample("right", {"length": length, **where})


def kept(length: int, **where: str) -> Contrast:
    """The share of the score on short texts that is left at another length."""
    return Contrast(EXPERIMENT, right(length, **where), right(SHORT, **where), unit="times", ratio=True)


MIDDLE, ENDS = Sample("right", {"part": "middle"}), Sample("right", {"part": "ends"})

CLAIMS = (
    Claim(
        slug="context-is-marketing",
        nav="Context is marketing",
        group="Context",
        title="Usable context is far below the advertised window",
        says="The window that a small model is sold with says little about the length of text that it can use.",
        number=f"right answers about texts of {LONG} tokens over those about the same needles in {SHORT} tokens",
        test=kept(LONG),
        # The rule of NoLiMa (arXiv:2502.05167): a length is effective while 85 % of the score on short texts is left.
        holds_if=AtMost(0.85),
        matters_because="People choose a model for its window, fill it with documents, and get answers from a part.",
        does_not_show=(
            "Models whose window is shorter than this: here the claim holds where a quarter of the window, or less, is "
            "already more than the model can use.",
            "Whether the model finds much at all: one that finds next to nothing in the shortest texts may keep its "
            "share of that. The score on them is read beside the verdict.",
            "Longer texts, where more may be lost.",
            "Hay that means something: here it is everyday sentences that have nothing to do with what is asked.",
        ),
        registered="2026-11-24",
        shows="right",
        beside=(
            Beside(f"the same at {LONGEST} tokens", kept(LONGEST)),
            Beside(f"right about texts of {SHORT} tokens", Level(EXPERIMENT, right(SHORT))),
            Beside(f"right about texts of {LONG} tokens", Level(EXPERIMENT, right(LONG))),
            *(
                Beside(f"left at {LONG} tokens, {said} alone", kept(LONG, kind=kind))
                for kind, said in (
                    ("literal", "needles asked for in their own words"),
                    ("association", "needles asked for in other words"),
                )
            ),
        ),
        charts=("context-effective", "context-length", "context-map"),
        related=("lost-in-the-middle", "chains-break-early"),
    ),
    Claim(
        slug="lost-in-the-middle",
        nav="Lost in the middle",
        group="Context",
        title="The middle of a text is lost",
        says="What stands in the middle of a long text is found less often than what stands at its ends, in small, "
        "dense and sparse models alike.",
        number="share of answers found that stand in the middle three fifths of a text, minus of those in the first or "
        f"last fifth, at {LONG} and {LONGEST} tokens",
        test=Contrast(
            EXPERIMENT,
            Sample("right", {"part": "middle", "length": (LONG, LONGEST)}),
            Sample("right", {"part": "ends", "length": (LONG, LONGEST)}),
            paired="cluster",
        ),
        holds_if=AtMost(-0.05),
        matters_because="If so, what matters belongs at the start or the end of a prompt, whatever the window.",
        does_not_show=(
            "Sparse against dense models, unless models of both kinds stand on this page.",
            "Each fifth by itself; the chart does, with wider intervals.",
        ),
        registered="2026-11-24",
        shows="right",
        beside=(
            Beside("right in the middle, all lengths", Level(EXPERIMENT, MIDDLE)),
            Beside("right at the ends, all lengths", Level(EXPERIMENT, ENDS)),
            Beside("middle minus ends, all lengths", Contrast(EXPERIMENT, MIDDLE, ENDS, paired="cluster")),
        ),
        charts=("context-places", "context-map", "context-length"),
        related=("context-is-marketing",),
    ),
)
