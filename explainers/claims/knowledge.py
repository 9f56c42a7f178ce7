"""Claims about what a model knows, and about what it can do with a fact that stands before it."""

from ..schema import AtLeast, Beside, Claim, Contrast, Level, Sample, Trend

EXPERIMENT = "knowledge"
BEST, LEAST, COMMON = {"tier": 1}, {"tier": 5}, {"tier": (1, 2)}
CITIES = {"kind": "city"}

PLACES = "Facts about anything but places. Cities and capitals in English, asked with worked examples in plain text."
SURFACE = "Popularity as such. Tiers go by inhabitants, which is a rough guide to how often a place is written about."


def _right(asked: str, **where) -> Sample:
    return Sample("right", {"asked": asked, **where})


def _share(label: str, sample: Sample) -> Beside:
    return Beside(label, Level(EXPERIMENT, sample))


def _minus(treated: Sample, control: Sample, paired: str = "item") -> Contrast:
    return Contrast(EXPERIMENT, treated, control, paired=paired)


CLAIMS = (
    Claim(
        slug="facts-fit-in-7b",
        nav="Facts fit in 7B",
        group="Knowledge",
        title="Facts fit into a small model",
        says="Knowing facts scales down fine: a small model of some seven billion parameters holds them.",
        number="share of facts that are right closed book, over all five tiers of popularity alike",
        test=Level(EXPERIMENT, _right("closed")),
        holds_if=AtLeast(0.8),
        matters_because="If a small model holds the facts that people ask for, it can be asked alone. If it does not, "
        "a fifth of the answers or more are wrong, and nothing in their wording says which.",
        does_not_show=(
            PLACES,
            SURFACE,
            "That a size is enough. The verdict is on the models named here; what seven billion parameters hold takes "
            "models of that size on this page.",
            "How often people ask for what. Every tier counts the same here, and people ask for the first more often.",
        ),
        registered="2026-11-24",
        shows="right",
        beside=(
            _share("right about the best known places", _right("closed", **BEST)),
            _share("right about the least known", _right("closed", **LEAST)),
            _share("likeliest of four answers is the right one", _right("choice")),
            _share("wrong choices with nearly all of the probability", Sample("sure_and_wrong", {"asked": "choice"})),
        ),
        charts=("knowledge-tiers", "knowledge-calibration"),
        related=("rag-not-optional",),
        against="knowledge-decouples",
    ),
    Claim(
        slug="rag-not-optional",
        nav="Retrieval is needed",
        group="Knowledge",
        title="Small models need the page in front of them",
        says="For work that turns on facts a local model needs retrieval: what it holds itself is not enough.",
        number="share of facts that are right with a text that holds them, minus the share closed book",
        test=_minus(_right("open"), _right("closed")),
        holds_if=AtLeast(0.10),
        matters_because="Retrieval costs an index, a longer prompt and another thing that breaks. It pays where the "
        "model reads facts much better than it recalls them.",
        does_not_show=(
            PLACES,
            "Retrieval itself. The text is short and always the right one; a search that fetches the wrong page is the "
            "arm with a distractor.",
            "Facts that are newer than the model, for which no size helps.",
        ),
        registered="2026-11-24",
        shows="right",
        beside=(
            _share("right with the text", _right("open")),
            _share("right closed book", _right("closed")),
            Beside(
                "the same difference for the least known places",
                _minus(_right("open", **LEAST), _right("closed", **LEAST)),
            ),
            Beside("right with the wrong page, minus closed book", _minus(_right("distractor"), _right("closed"))),
            _share("answers copied from the wrong page", Sample("copied", {"asked": "distractor"})),
        ),
        charts=("knowledge-tiers",),
        related=("facts-fit-in-7b", "knowledge-decouples"),
    ),
    Claim(
        slug="knowledge-decouples",
        nav="Knowledge decouples",
        group="Knowledge",
        title="Skill survives shrinking, common knowledge does not",
        says="Intelligence compresses and stored facts do not: a small model can work with a fact, but does not hold "
        "even common ones reliably.",
        number="share of right facts, closed book, that a doubling of the weights' bytes adds, minus what it adds to "
        "the share of chains of steps that end right",
        test=Trend(
            EXPERIMENT,
            _right("closed"),
            other=Sample("final_right", {"asked": ("direct", "steps")}),
            other_experiment="reasoning-chain",
        ),
        holds_if=AtLeast(0.02),
        matters_because="A model that answers fluently is taken to know. If skill and knowledge shrink apart, how well "
        "it writes says nothing about whether it is right.",
        does_not_show=(
            "Other skills. Chains of dependent steps stand for what the thread calls intelligence.",
            "Models that differ in size alone. The line goes through whatever models were measured, and these differ "
            "in age, data and makers as well.",
            "The size at which common knowledge becomes reliable. No model of hundreds of billions of parameters is "
            "asked here.",
            PLACES,
        ),
        registered="2026-11-24",
        shows="right",
        beside=(
            Beside("right facts that a doubling of bytes adds", Trend(EXPERIMENT, _right("closed"))),
            Beside(
                "right with the text, minus closed book, two best known tiers",
                _minus(_right("open", **COMMON), _right("closed", **COMMON)),
            ),
            _share("right closed book, two best known tiers", _right("closed", **COMMON)),
            Beside(
                "closed book, largest minus smallest cities of the same countries",
                _minus(_right("closed", **CITIES, **BEST), _right("closed", **CITIES, **LEAST), paired="cluster"),
            ),
            Beside(
                "the same with the text",
                _minus(_right("open", **CITIES, **BEST), _right("open", **CITIES, **LEAST), paired="cluster"),
            ),
            _share("wrong answers although it may say unknown", Sample("wrong", {"asked": "unknown"})),
        ),
        charts=("skill-by-size", "knowledge-tiers", "skill-profile"),
        related=("rag-not-optional", "chains-break-early"),
        against="facts-fit-in-7b",
        models_needed=5,
    ),
)
