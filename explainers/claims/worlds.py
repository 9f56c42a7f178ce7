"""Claims about the everyday world that nobody spells out."""

from ..schema import AtMost, Beside, Claim, Contrast, Level, Sample

EXPERIMENT = "world-model"


def pairs(asked: str) -> Sample:
    """Matched pairs with both members right, asked in one way."""
    return Sample("right", {"asked": asked}, together="pair")


def leaning(answer: str) -> Sample:
    """How far the model leans to yes over no, in the scenes of which this is the right answer."""
    return Sample("leaning", {"asked": "choice", "answer": answer})


CLAIMS = (
    Claim(
        slug="shoes-before-socks",
        nav="Shoes before socks",
        group="Reasoning",
        title="Small models do not know that shoes come off before socks",
        says="What has to come first in the physical world, without being said, is known to large models only.",
        number="share of matched pairs of scenes of which a model gets both right: the one where the thing can be done "
        "and the one where something is still in the way",
        test=Level(EXPERIMENT, pairs("choice")),
        holds_if=AtMost(0.5),
        matters_because="Plans, recipes, repairs and stories are full of steps that nobody states because everybody "
        "knows them. A model that does not know them writes plans that cannot be carried out.",
        does_not_show=(
            "Whether this goes with stored facts or with reasoning. That takes models of several sizes on this page.",
            "What a model knows and does not use when it is asked for yes or no.",
            "That large models do know it. A verdict speaks of the models on this page; it takes large ones there to "
            "show that size is what was missing.",
            "Other wordings. Two worked examples, greedy decoding.",
        ),
        registered="2026-11-24",
        shows="right",
        beside=(
            Beside("pairs right, answered in words", Level(EXPERIMENT, pairs("free"))),
            Beside("pairs right, with the rule stated first", Level(EXPERIMENT, pairs("told"))),
            Beside(
                "pairs right with the rule stated, minus without it", Contrast(EXPERIMENT, pairs("told"), pairs("free"))
            ),
            Beside(
                "how much further the model leans to yes where the thing can be done than where it cannot",
                Contrast(EXPERIMENT, leaning("yes"), leaning("no"), unit="nats", paired="cluster"),
            ),
            Beside("pairs right by the question alone, without its scene", Level(EXPERIMENT, pairs("bare"))),
            Beside("single questions right", Level(EXPERIMENT, Sample("right", {"asked": "choice"}))),
            Beside(
                "answers that are yes, of which half should be",
                Level(EXPERIMENT, Sample("said_yes", {"asked": "choice"})),
            ),
        ),
        charts=("world-pairs",),
        related=("facts-fit-in-7b", "chains-break-early"),
    ),
)
