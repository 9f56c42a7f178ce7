"""Claims about the experts of an MoE: which are chosen, how many, and what becomes of a token that gets others."""

from ..schema import AtLeast, Beside, Claim, Ladder, Sample
from .twins import BITS, MIXTURES, TOY, TRAINING

SPARSITY, MISROUTE = "twin-sparsity", "twin-misroute"
NEIGHBOURS, NARROW = "twin-neighbours", "twin-narrow"
RECOVERED = Sample("recovered")
SMALL = "MoE models of many small experts, of which a token uses eight or more: there one expert carries less."


def _known(used: int) -> Sample:
    return Sample("known_bits", {"experts_used": used})


def _kept(domain: str | tuple[str, ...]) -> Sample:
    return Sample("kept", {"domain": domain})


def _lost(route: str) -> Sample:
    return Sample("lost", {"route": route})


CLAIMS = (
    Claim(
        slug="tunable-sparsity",
        nav="Sparsity to tune",
        group="Quantization and routing",
        title="Sparsity that can be tuned when a model runs would be worth having",
        says="A mixture-of-experts (MoE) model gives more when it may use more experts than it was trained with, and "
        "nobody ships that.",
        number="bits per fact that an MoE twin knows with four experts per token, minus with the two it was "
        "trained with",
        test=Ladder(SPARSITY, _known(4), "change", _known(2), unit=BITS),
        holds_if=AtLeast(0.05),
        matters_because="llama.cpp can change the number with one flag, so quality could be had for tokens per second, "
        "or the other way round, without another download.",
        does_not_show=(
            TOY,
            TRAINING,
            "Models that are trained to be used with more or fewer experts, or tuned a little after the change.",
            "Tokens per second. These models are too small for their speed to mean anything.",
        ),
        registered="2026-11-24",
        shows="correct",
        beside=tuple(
            Beside(said, Ladder(SPARSITY, _known(used), "change", _known(2), unit=BITS))
            for used, said in (
                (1, "bits per fact with one expert per token, minus with two"),
                (3, "with three, minus with two"),
                (8, "with eight, minus with two"),
            )
        ),
        charts=("twin-sparsity",),
        related=("one-misroute-hurts",),
        models_needed=MIXTURES,
    ),
    Claim(
        slug="one-misroute-hurts",
        nav="One wrong expert",
        group="Quantization and routing",
        title="One wrong expert loses the skill",
        says="When a token of a mixture-of-experts (MoE) model is sent to one or two wrong experts, the model loses "
        "what it could do there outright.",
        number="share of facts that an MoE twin knew, with more than half of the probability, and gives less than "
        "a tenth after one of its two experts is replaced by any other, in every layer, at the deciding token",
        test=Ladder(MISROUTE, _lost("1 random"), "own", unit="share"),
        holds_if=AtLeast(0.1),
        matters_because="It is the fear behind every warning about routers: that what an MoE model knows hangs by "
        "one thread.",
        does_not_show=(TOY, TRAINING, SMALL),
        registered="2026-11-24",
        shows="kept",
        beside=(
            Beside("the same, one replaced by the next best", Ladder(MISROUTE, _lost("1 next"), "own", unit="share")),
            Beside("the same, one by the least likely", Ladder(MISROUTE, _lost("1 least"), "own", unit="share")),
            Beside("the same, both by the next best", Ladder(MISROUTE, _lost("2 next"), "own", unit="share")),
            Beside("the same, both by any others", Ladder(MISROUTE, _lost("2 random"), "own", unit="share")),
            Beside(
                "nats that a known fact loses, one replaced by any other",
                Ladder(MISROUTE, Sample("lost_nats_known", {"route": "1 random"}), "own", unit="nats"),
            ),
        ),
        charts=("twin-misroute",),
        related=("tunable-sparsity", "gate-drifts-when-quantized", "near-neighbour-facts"),
        models_needed=MIXTURES,
    ),
    Claim(
        slug="near-neighbour-facts",
        nav="Neighbours of what is known",
        group="Quantization and routing",
        title="The router picks neighbours of the experts that know",
        says="A fact is spread over many experts, and a mixture-of-experts (MoE) model gets it wrong because its "
        "router picks experts that know something close to it.",
        number="share of wrong facts whose right word is said by more of all other sets of experts, reading the token "
        "that decides in one layer, than a wrong word that was about as likely (ties count half)",
        test=Ladder(NEIGHBOURS, Sample("ahead"), "own", unit="share"),
        # Luck gives a half. Six tenths are what would come of one fact in five being there, and luck in all others.
        holds_if=AtLeast(0.6),
        matters_because="If the knowledge is there and the router misses it, a better router would mend what an MoE "
        "model makes up. If it is not there, only more parameters or a source to look it up will.",
        does_not_show=(
            TOY,
            TRAINING,
            SMALL,
            "Sets that differ in several layers at once, and facts whose experts are missed at an earlier token.",
            "That a router could be trained to pick the better set. Here it is found by trying all of them.",
        ),
        registered="2026-11-24",
        shows="recovered",
        beside=(
            Beside("wrong facts that some other set gets right", Ladder(NEIGHBOURS, RECOVERED, "own", unit="share")),
            Beside(
                "the same, minus the share of wrong words, about as likely, that some other set says",
                Ladder(NEIGHBOURS, RECOVERED, "change", Sample("alike"), unit="points"),
            ),
            Beside(
                "minus the share of all other wrong words",
                Ladder(NEIGHBOURS, RECOVERED, "change", Sample("any_wrong"), unit="points"),
            ),
            Beside(
                "other sets that get a right fact right as well",
                Ladder(NEIGHBOURS, Sample("still_right"), "own", unit="share"),
            ),
            Beside(
                "probability by which the router's last choice leads the best it left out, where the fact is right "
                "minus where it is wrong",
                Ladder(NEIGHBOURS, Sample("margin_right"), "change", Sample("margin_wrong"), unit="points"),
            ),
        ),
        charts=("twin-neighbours",),
        related=("one-misroute-hurts", "sparse-hallucinates-more", "gates-favour-facts"),
        models_needed=MIXTURES,
    ),
    Claim(
        slug="narrow-is-safe",
        nav="Narrow is safe",
        group="Quantization and routing",
        title="Few experts do for what is common, not for the long tail",
        says="High sparsity is fine on narrow tasks that training was full of, and breaks on rare knowledge, physical "
        "reasoning and work across domains.",
        number="share of known facts that an MoE twin keeps with one expert per token instead of two: about the "
        "best-known fifth of the people, minus about the least-known two fifths",
        test=Ladder(NARROW, _kept("common fact"), "change", _kept("rare fact"), unit="points"),
        holds_if=AtLeast(0.1),
        matters_because="If so, a sparse model can be judged by a benchmark of common questions and still fail on the "
        "ones that nobody thought to test.",
        does_not_show=(
            TOY,
            TRAINING,
            "Models that were trained to be sparser. Here the second expert is taken away when the model runs.",
            "Why. What was read often is known with more to spare, and outlasts any damage for longer.",
        ),
        registered="2026-11-24",
        shows="kept",
        beside=tuple(
            Beside(f"{said} that are kept", Ladder(NARROW, _kept(domain), "own", unit="share"))
            for domain, said in (
                ("common fact", "known facts about the best-known fifth"),
                ("rare fact", "known facts about the least-known two fifths"),
                (("first", "lift"), "right answers about piles, which are as near to physics as the twins come,"),
                ("story", "right answers about stories, where several things have to be followed at once,"),
                (("walk", "lookup"), "right answers in walks and lookups"),
            )
        ),
        charts=("twin-narrow",),
        related=("tunable-sparsity", "near-neighbour-facts", "gates-favour-facts"),
        models_needed=MIXTURES,
    ),
)
