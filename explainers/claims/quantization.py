"""Claims about what quantizing the weights does to dense and to sparse models."""

from ..schema import AtLeast, AtMost, Beside, Claim, Ladder, Sample
from .twins import BITS, MIXTURES, TOY, TRAINING

EXPERIMENT = "twin-quantization"
PLAIN = Sample("known_bits", {"weights": ""})
NATS = "nats per token"

KQUANTS = "k-quants and importance matrices. Their blocks of 256 weights do not fit the rows of models this small."
MIXES = (
    "The files that people download. llama.cpp's mixes keep some tensors at more bits and do so by rules that look at "
    "the number of experts; here every tensor gets the same type."
)


def known(weights: str) -> Sample:
    """Bits per fact that a twin knows with its weights quantized so."""
    return Sample("known_bits", {"weights": weights})


def _apart(weights: str) -> Sample:
    return Sample("divergence", {"weights": weights})


def _more(weights: str, figure: str, label: str = "") -> Ladder:
    """Bits per fact that an MoE twin loses to quantization beyond what the dense twin loses, as a negative number."""
    return Ladder(EXPERIMENT, known(weights), figure, PLAIN, unit=BITS, label=label)


CLAIMS = (
    Claim(
        slug="quant-hurts-moe-more",
        nav="Quantization hurts MoE more",
        group="Quantization and routing",
        title="Quantization hurts MoE more",
        says="The same quantization costs a mixture-of-experts (MoE) model more than a dense one, because so few of "
        "its weights are at work at a time.",
        number="change, from F16 to Q4_0, of the bits per fact that an MoE twin knows, minus the change of the dense "
        "twin: once of equal total and once of equal active parameters",
        test=_more("Q4_0", "favours-at-total", "equal total"),
        also=(_more("Q4_0", "favours", "equal active"),),
        holds_if=AtMost(-0.1),
        matters_because="Nearly everyone at home runs quantized weights. If MoE suffers more from them, benchmarks of "
        "full-precision models mislead most about the models that home users are told to run.",
        does_not_show=(TOY, KQUANTS, MIXES, TRAINING),
        registered="2026-11-24",
        shows="correct",
        beside=(
            Beside(
                "KL divergence at Q4_0 above the dense twin of equal total parameters",
                Ladder(EXPERIMENT, _apart("Q4_0"), "same-total", unit=NATS),
            ),
            Beside(
                "KL divergence at Q4_0 above the dense twin of equal active parameters",
                Ladder(EXPERIMENT, _apart("Q4_0"), "same-active", unit=NATS),
            ),
            Beside(
                "KL divergence with the experts alone at Q4_0",
                Ladder(EXPERIMENT, _apart("Q4_0 feed-forward experts"), "own", unit=NATS),
            ),
            Beside(
                "KL divergence with the attention alone at Q4_0",
                Ladder(EXPERIMENT, _apart("Q4_0 attention"), "own", unit=NATS),
            ),
        ),
        charts=("twin-quantization", "quant-flips", "twin-drift"),
        related=("q8-is-not-q8", "gate-drifts-when-quantized"),
        models_needed=MIXTURES,
    ),
    Claim(
        slug="q8-is-not-q8",
        nav="Q8 is not Q8",
        group="Quantization and routing",
        title="Q8 on an MoE is another trade than Q8 on a dense model",
        says="Eight bits, which a dense model does not notice, cost a mixture-of-experts (MoE) model something.",
        number="change, from F16 to Q8_0, of the bits per fact that an MoE twin knows, minus the change of the dense "
        "twin: once of equal total and once of equal active parameters",
        test=_more("Q8_0", "favours-at-total", "equal total"),
        also=(_more("Q8_0", "favours", "equal active"),),
        holds_if=AtMost(-0.05),
        matters_because="Q8_0 is what careful people use when they want no loss at all.",
        does_not_show=(TOY, MIXES, TRAINING),
        registered="2026-11-24",
        shows="correct",
        beside=(
            Beside("KL divergence at Q8_0", Ladder(EXPERIMENT, _apart("Q8_0"), "own", unit=NATS)),
            Beside(
                "KL divergence at Q8_0 above the dense twin of equal total parameters",
                Ladder(EXPERIMENT, _apart("Q8_0"), "same-total", unit=NATS),
            ),
        ),
        charts=("twin-quantization", "quant-flips"),
        related=("quant-hurts-moe-more",),
        models_needed=MIXTURES,
    ),
    Claim(
        slug="gate-drifts-when-quantized",
        nav="Q4_0 moves the router",
        group="Quantization and routing",
        title="Quantizing to Q4_0 changes which experts the router picks",
        says="Quantized weights make the router send tokens to other experts than it would have.",
        number="share of tokens and layers where, with all weights but the router's at Q4_0, another set of experts is "
        "chosen",
        test=Ladder(EXPERIMENT, Sample("moved", {"weights": "Q4_0"}), "own", unit="share"),
        holds_if=AtLeast(0.05),
        matters_because="A token at the wrong expert is a loss that no count of bits per weight would show.",
        does_not_show=(TOY, KQUANTS, MIXES, TRAINING),
        registered="2026-11-24",
        shows="same_top",
        beside=tuple(
            Beside(f"the same at {said}", Ladder(EXPERIMENT, Sample("moved", {"weights": arm}), "own", unit="share"))
            for arm, said in (
                ("Q8_0", "Q8_0"),
                ("Q5_0", "Q5_0"),
                ("Q4_0 attention", "Q4_0, attention alone"),
                ("Q4_0 feed-forward experts", "Q4_0, experts alone"),
            )
        ),
        charts=("twin-drift",),
        related=("quant-hurts-moe-more",),
        models_needed=MIXTURES,
    ),
)
