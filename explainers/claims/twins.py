"""Claims about dense against sparse models that only twins can settle: same text, same tokens, another architecture."""

from ..schema import AtLeast, AtMost, Beside, Between, Claim, Ladder, Level, Sample

EXPERIMENT = "twin-knowledge"
CARD, QUESTION = {"form": "card"}, {"form": "question"}
KNOWN, ASKED = Sample("known_bits", CARD), Sample("known_bits", QUESTION)
RIGHT, WRONG = Sample("correct", CARD), Sample("sure_and_wrong", CARD)
FORMS, EXACT = "twin-json", Sample("exact")
SKILLS = "twin-skills"
FACT = Sample("correct", {"skill": "fact"})
STEPS, STORY = (Sample("correct", {"skill": skill}) for skill in ("walk", "story"))
PUZZLE = Sample("correct", {"skill": ("walk", "lookup", "first", "lift", "story")})
BITS = "bits per fact"

TOY = (
    "Models of useful size. The twins have a few ten to a few hundred thousand parameters, and nothing here says that "
    "the same ratio holds a thousand times further up."
)
FACTS = "Any skill but recalling facts. Reasoning, retrieval and structure need ladders of their own."
TOLD = "Reasoning in natural language. A puzzle has one form of words, which the twins were trained on."
CEILING = (
    "Puzzles that are harder than these. Where every rung solves a puzzle nothing can be gained on it, and a puzzle "
    "that needs attention more than experts shows no more than that."
)
TRAINING = (
    "Other ways to train. One recipe, one number of tokens, top-2 routing with a balancing loss, no shared expert."
)

MIXTURES = 6
"""As many as the three ladders have, so that no single skill speaks for all."""


def _speed(width: int) -> Level:
    return Level("throughput", Sample("generated_per_second", {"width": width}), unit="tokens/s")


CLAIMS = (
    Claim(
        slug="sqrt-rule",
        nav="Worth the square root",
        group="Dense or sparse",
        title="An MoE is worth the square root of total times active",
        says="A mixture of experts (MoE) does as well as a dense model whose size is the geometric mean of its total "
        "and its active parameters.",
        number="parameters of the dense twin of equal skill, over the square root of the MoE twin's total times "
        "active parameters",
        test=Ladder(EXPERIMENT, KNOWN, "worth"),
        also=(
            Ladder(FORMS, EXACT, "worth"),
            Ladder(SKILLS, FACT, "worth", label="facts"),
            Ladder(SKILLS, PUZZLE, "worth", label="puzzles"),
        ),
        holds_if=Between(0.8, 1.25),
        matters_because=(
            "The rule of thumb decides which download people believe to be the better one for their memory. If the "
            "exponent is off, every comparison made with it is off in the same direction."
        ),
        does_not_show=(TOY, TOLD, TRAINING),
        registered="2026-11-24",
        shows="correct",
        beside=(
            Beside("the same ratio, with facts asked in words", Ladder(EXPERIMENT, ASKED, "worth")),
            Beside("the same ratio, counting right answers and not bits", Ladder(EXPERIMENT, RIGHT, "worth")),
            Beside(
                "bits per fact above the dense twin of equal active parameters",
                Ladder(EXPERIMENT, KNOWN, "same-active", unit=BITS),
            ),
            Beside("bits known of a fact, of 4.8 that there are", Level(EXPERIMENT, KNOWN, unit=BITS)),
        ),
        charts=("twin-worth", "twin-ladder", "twin-forms", "twin-skills", "twin-training"),
        related=("dense-wins-per-gb", "moe-wins-speed", "gates-favour-facts"),
        models_needed=MIXTURES,
    ),
    Claim(
        slug="dense-wins-per-gb",
        nav="Dense wins per gigabyte",
        group="Dense or sparse",
        title="At equal memory, dense beats MoE",
        says="For the same gigabytes, a dense model gives more quality than a mixture of experts (MoE).",
        number="bits per fact that an MoE twin knows, minus those of the dense twin with as many parameters in all",
        test=Ladder(EXPERIMENT, KNOWN, "same-total", unit=BITS),
        holds_if=AtMost(-0.1),
        matters_because="Memory is what people at home run out of first, so quality per gigabyte is what they buy.",
        does_not_show=(
            TOY,
            FACTS,
            TRAINING,
            "Real models at equal bytes: on those, data and recipe differ as well. This is the part of the claim that "
            "twins can show.",
        ),
        registered="2026-11-24",
        shows="correct",
        beside=(
            Beside(
                "share right above the dense twin of equal total parameters",
                Ladder(EXPERIMENT, RIGHT, "same-total", unit="points"),
            ),
            Beside("the same in bits, with facts asked in words", Ladder(EXPERIMENT, ASKED, "same-total", unit=BITS)),
        ),
        charts=("twin-ladder", "skill-per-gb", "twin-popularity"),
        related=("sqrt-rule", "moe-wins-speed"),
        models_needed=MIXTURES,
    ),
    Claim(
        slug="moe-wins-speed",
        nav="MoE wins on cost",
        group="Dense or sparse",
        title="MoE wins on cost",
        says="For the same quality, a mixture of experts (MoE) is cheaper to train and faster to run than a dense "
        "model.",
        number="training FLOPs of an MoE twin over those of the dense twin of equal skill",
        test=Ladder(EXPERIMENT, KNOWN, "compute"),
        also=(
            Ladder(FORMS, EXACT, "compute"),
            Ladder(SKILLS, FACT, "compute", label="facts"),
            Ladder(SKILLS, PUZZLE, "compute", label="puzzles"),
        ),
        holds_if=AtMost(0.8),
        matters_because="Cheaper training decides what labs release, and so what anyone can download at all.",
        does_not_show=(
            TOY,
            TOLD,
            TRAINING,
            "Seconds. FLOPs are counted from the architecture; a model this small spends its time on overhead, so its "
            "tokens per second say nothing about larger ones.",
        ),
        registered="2026-11-24",
        shows="correct",
        beside=(
            Beside("the same ratio, with facts asked in words", Ladder(EXPERIMENT, ASKED, "compute")),
            Beside("speed of a real model, one reply at a time", _speed(1)),
            Beside("speed of a real model, eight replies at once", _speed(8)),
        ),
        charts=("twin-training", "twin-ladder", "twin-forms", "twin-skills", "throughput"),
        related=("sqrt-rule", "dense-wins-per-gb"),
        models_needed=MIXTURES,
    ),
    Claim(
        slug="sparse-hallucinates-more",
        nav="Confidently wrong",
        group="Dense or sparse",
        title="MoE models are confidently wrong more often",
        says="A mixture of experts (MoE) makes things up more often than a dense model that knows as much.",
        number="share of facts on which an MoE twin is wrong with nearly all of its probability, minus the share of "
        "the dense twin that knows as much",
        test=Ladder(EXPERIMENT, KNOWN, "same-skill", WRONG, unit="points"),
        holds_if=AtLeast(0.01),
        matters_because="A confident wrong answer costs more than an honest gap: nobody checks it.",
        does_not_show=(
            TOY,
            "Made-up text. The twins choose among the words that an attribute may have; a hallucination here is a "
            "wrong word given more than nine tenths of the probability.",
            TRAINING,
        ),
        registered="2026-11-24",
        shows="correct",
        beside=(
            Beside(
                "the same difference, with facts asked in words",
                Ladder(EXPERIMENT, ASKED, "same-skill", Sample("sure_and_wrong", QUESTION), unit="points"),
            ),
            Beside("confidently wrong", Level(EXPERIMENT, WRONG)),
            Beside("confident, right or wrong", Level(EXPERIMENT, Sample("sure", CARD))),
        ),
        charts=("twin-popularity", "twin-ladder"),
        related=("sqrt-rule",),
        models_needed=MIXTURES,
    ),
    Claim(
        slug="gates-favour-facts",
        nav="Routing favours facts",
        group="Dense or sparse",
        title="Routing serves facts better than reasoning",
        says="The experts of a mixture-of-experts (MoE) model hold memorised facts well and general methods poorly: "
        "sparsity buys knowledge, not thought.",
        number="gain of an MoE twin over the dense twin of equal active parameters: in the share of facts that are "
        "right, minus in the share of puzzles",
        test=Ladder(SKILLS, FACT, "favours", PUZZLE, unit="points"),
        holds_if=AtLeast(0.05),
        matters_because="If so, an MoE is the right buy for looking things up and the wrong one for working them out.",
        does_not_show=(TOY, TOLD, CEILING, TRAINING),
        registered="2026-11-24",
        shows="correct",
        beside=(
            Beside("gain in facts alone", Ladder(SKILLS, FACT, "same-active", unit="points")),
            Beside("gain in puzzles alone", Ladder(SKILLS, PUZZLE, "same-active", unit="points")),
            Beside("gain in facts minus in stories", Ladder(SKILLS, FACT, "favours", STORY, unit="points")),
            Beside("gain in facts minus in walks", Ladder(SKILLS, FACT, "favours", STEPS, unit="points")),
        ),
        charts=("twin-gains", "twin-skills"),
        related=("sqrt-rule", "distillation-moves-skill"),
        models_needed=MIXTURES,
    ),
    Claim(
        slug="distillation-moves-skill",
        nav="Distillation moves skill",
        group="Dense or sparse",
        title="Distillation passes on skill, not facts",
        says="A student trained on a teacher's output takes over how it reasons and not what it knows.",
        number="gain of a student over the twin of the same size that read as many tokens of text: in the share of "
        "puzzles that are right, minus in the share of facts",
        test=Ladder(SKILLS, PUZZLE, "favours", FACT, unit="points", of="student"),
        holds_if=AtLeast(0.05),
        matters_because="Most small models on offer are distilled; the claim says what to expect of them and what not.",
        does_not_show=(
            TOY,
            TOLD,
            CEILING,
            "Teachers that know much more than the text at hand. The teacher here read the same documents as its "
            "students, and no more of them.",
        ),
        registered="2026-11-24",
        shows="correct",
        beside=(
            Beside("gain in puzzles alone", Ladder(SKILLS, PUZZLE, "same-active", unit="points", of="student")),
            Beside("gain in facts alone", Ladder(SKILLS, FACT, "same-active", unit="points", of="student")),
            Beside(
                "gain in stories minus in facts",
                Ladder(SKILLS, STORY, "favours", FACT, unit="points", of="student"),
            ),
        ),
        charts=("twin-students", "twin-skills"),
        related=("gates-favour-facts",),
        models_needed=MIXTURES,
    ),
)
