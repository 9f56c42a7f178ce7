"""Claims about keeping a strict structure through a whole reply."""

from collections.abc import Mapping

from ..schema import AtLeast, AtMost, Beside, Claim, Contrast, Level, Sample

EXPERIMENT = "json-fidelity"
ASKED, GRAMMAR, TWO_PASS = {"held": "asked"}, {"held": "grammar"}, {"held": "two-pass"}
NESTED = {"depth": (3, 4, 5, 6)}
PER_HUNDRED = "violations per 100 tokens"

EARLY = Sample("early_breaks", ASKED, per="early_tokens", times=100)
LATE = Sample("late_breaks", ASKED, per="late_tokens", times=100)


def _valid(**where: object) -> Sample:
    return Sample("schema_valid", where)


def _speed(where: Mapping[str, object]) -> Sample:
    return Sample("tokens_per_second", where)


CLAIMS = (
    Claim(
        slug="json-contracts-break",
        nav="Nested JSON breaks",
        group="Structure",
        title="Small models break nested JSON contracts",
        says="A small model may write a convincing essay, yet it cannot be relied on to fill in a nested JSON schema.",
        number="share of replies valid against their schema, when the schema is shown and only JSON is asked for",
        test=Level(EXPERIMENT, Sample("schema_valid", {**ASKED, **NESTED})),
        holds_if=AtMost(0.90),
        matters_because=(
            "A program that reads a model's reply cannot use most of a contract. If replies often fail to keep it, "
            "every caller needs retries and repair code, and a model is chosen for its format rather than for what it "
            "knows."
        ),
        does_not_show=(
            "Whether the values are right. A reply can keep its schema and be wrong: read the fields right beside it.",
            "Other wordings. One prompt with one worked example was used, and greedy decoding; another may do better.",
            "Real-world schemas. These records are generated, in English, and use few features of JSON Schema.",
        ),
        registered="2026-11-24",
        shows="schema_valid",
        beside=(
            Beside(
                "valid and bare: no fence, no prose around",
                Level(EXPERIMENT, Sample("bare_valid", {**ASKED, **NESTED})),
            ),
            Beside(
                "valid once the brackets that a reply leaves open at its end are closed",
                Level(EXPERIMENT, Sample("closed_valid", {**ASKED, **NESTED})),
            ),
            Beside("fields right in the same replies", Level(EXPERIMENT, Sample("fields_right", {**ASKED, **NESTED}))),
            Beside("valid at the shallow depths, 1 and 2", Level(EXPERIMENT, _valid(held="asked", depth=(1, 2)))),
            Beside("valid when no schema was shown", Level(EXPERIMENT, _valid(held="free", **NESTED))),
        ),
        charts=("json-depth",),
        related=("grammar-fixes-json", "json-forgets-by-200"),
    ),
    Claim(
        slug="json-forgets-by-200",
        nav="Forgotten by token 200",
        group="Structure",
        title="The schema is forgotten by token 200",
        says="The model understands the schema and keeps to it at first, then loses hold of it some 200 tokens in.",
        number="rate of first violations from token 200 on, minus the rate before it",
        test=Contrast(EXPERIMENT, LATE, EARLY, unit=PER_HUNDRED),
        holds_if=AtLeast(0.1),
        matters_because=(
            "If contracts break because the schema fades from working memory, shorter replies mend them. If they break "
            "just as readily at the start, length is not the cause and shortening will not help."
        ),
        does_not_show=(
            "Replies longer than these. Only what is still whole at token 200 speaks for what follows, and the fewer "
            "such replies, the wider the interval.",
            "A cause. A rising rate fits forgetting, and it also fits later fields being harder.",
            "Where a structure was lost. A reply that lacks nothing but its closing brackets breaks at its last token, "
            "so that in a long reply it counts as late.",
            "Deeper against longer. Depth and length grow together in these records; the rate is over all depths.",
        ),
        registered="2026-11-24",
        shows="schema_valid",
        beside=(
            Beside("rate before token 200", Level(EXPERIMENT, EARLY, unit=PER_HUNDRED)),
            Beside("rate from token 200 on", Level(EXPERIMENT, LATE, unit=PER_HUNDRED)),
            Beside("valid replies, over all depths", Level(EXPERIMENT, _valid(**ASKED))),
        ),
        charts=("json-survival",),
        related=("json-contracts-break", "grammar-fixes-json"),
    ),
    Claim(
        slug="grammar-fixes-json",
        nav="Grammar mends it",
        group="Structure",
        title="Constrained decoding mends it",
        says="Broken JSON is a gap in tooling, not a limit of the model: a decoder constrained by a grammar solves it.",
        number="share of replies valid with the decoder constrained by the schema, minus the share when only asked",
        test=Contrast(EXPERIMENT, _valid(**GRAMMAR), _valid(**ASKED)),
        holds_if=AtLeast(0.10),
        matters_because="People buy a larger model for a fault that a flag may mend, and the flag has a cost as well.",
        does_not_show=(
            "That the answer is right. A constrained decoder keeps the schema's form; the values are the model's.",
            "The best of grammars. The one that llama-cpp-python makes of a schema lets a raw line break into a "
            "string, where llama.cpp's own forbids it; such a reply is no JSON, and counts as broken.",
            "Every schema. Engines differ in which features of JSON Schema they can constrain a decoder by.",
            "Other engines. The cost in speed is that of one build of llama.cpp on the machines named here.",
        ),
        registered="2026-11-24",
        shows="schema_valid",
        beside=(
            Beside(
                "fields right, grammar minus asked",
                Contrast(EXPERIMENT, Sample("fields_right", GRAMMAR), Sample("fields_right", ASKED)),
            ),
            Beside(
                "fields right, two-pass minus grammar",
                Contrast(EXPERIMENT, Sample("fields_right", TWO_PASS), Sample("fields_right", GRAMMAR)),
            ),
            Beside(
                "speed in tokens per second, grammar over asked",
                Contrast(EXPERIMENT, _speed(GRAMMAR), _speed(ASKED), unit="times", ratio=True),
            ),
            Beside(
                "valid with constrained decoding, minus valid when only asked and open brackets are closed afterwards",
                Contrast(EXPERIMENT, _valid(**GRAMMAR), Sample("closed_valid", ASKED)),
            ),
            Beside("valid with constrained decoding", Level(EXPERIMENT, _valid(**GRAMMAR))),
        ),
        charts=("json-depth", "json-survival"),
        related=("json-contracts-break", "json-forgets-by-200"),
    ),
)
