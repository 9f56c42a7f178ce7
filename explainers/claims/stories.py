"""Claims about keeping a story's world in order."""

from ..schema import AtMost, Beside, Claim, Contrast, Level, Sample

EXPERIMENT = "story-state"
QUESTIONS = {"asks": ("thing", "holder", "person")}
FREE, CHOICE = {"asked": "free"}, {"asked": "choice"}
LONG, SHORT = {"events": (16, 32)}, {"events": (2, 4)}
OWN = {**FREE, **LONG, "asks": "next"}


def _right(*where: dict) -> Sample:
    """Free answers that name something are right; a choice always does."""
    wanted = {name: value for part in where for name, value in part.items()}
    return Sample("right_named" if wanted["asked"] == "free" else "right", {**QUESTIONS, **wanted})


CLAIMS = (
    Claim(
        slug="world-coherence",
        nav="Stories lose their world",
        group="Reasoning",
        title="A small or sparse model loses track of a story's world",
        says="Small and sparse models are to be kept from stories that need a coherent world: they lose track of who "
        "has what, and where.",
        number="share of answers that are right after 16 or more events, of the free answers that name what was "
        "asked for at all, a room or a person",
        test=Level(EXPERIMENT, _right(FREE, LONG)),
        holds_if=AtMost(0.5),
        matters_because="Fiction, games and long chats live in a world that the text builds up. A model that no longer "
        "knows who holds the key writes sentences that are good one by one and cannot all be true.",
        does_not_show=(
            "Style, or whether a story is worth reading. Only what can be checked is asked for.",
            "Worlds whose rules go without saying. Everything here is told, once and in plain sentences.",
            "Tracking alone. In a short tale the answer mostly stands beside the name that is asked for; in a long one "
            "less often, so that length and the need to follow what happens grow together.",
            "Sparsity by itself. Real models differ in more than that; models of several kinds on this page, and the "
            "twins' stories, come closer.",
        ),
        registered="2026-11-24",
        shows="right",
        beside=(
            Beside("the same after two or four events", Level(EXPERIMENT, _right(FREE, SHORT))),
            Beside(
                "free answers that name what was asked for, a room or a person, after 16 or more",
                Level(EXPERIMENT, Sample("named", {**QUESTIONS, **FREE, **LONG})),
            ),
            Beside("right among four answers, after 16 or more", Level(EXPERIMENT, _right(CHOICE, LONG))),
            Beside("right among four answers, after two or four", Level(EXPERIMENT, _right(CHOICE, SHORT))),
            Beside(
                "events of the model's own that are possible, after 16 or more",
                Level(EXPERIMENT, Sample("possible", OWN)),
            ),
            Beside(
                "the same, minus the share of all such events that are",
                Contrast(EXPERIMENT, Sample("possible", OWN), Sample("possible_by_chance", OWN)),
            ),
            Beside(
                "possible event found among four, after 16 or more",
                Level(EXPERIMENT, Sample("possible", {**CHOICE, **LONG, "asks": "next"})),
            ),
        ),
        charts=("story-length",),
        related=("chains-break-early", "gates-favour-facts"),
    ),
)
