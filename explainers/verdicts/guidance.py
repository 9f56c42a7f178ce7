"""Guidance cards: short advice, each line of it carried by a verdict.

No line is typed as true: each stands, is struck through or waits by its verdict, and shows the number that decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from ..claims import quantization, twins
from ..schema import AtMost, Card, CardLine, Claim, Ladder, Outcome, Verdict


def _per_gb(kind: str) -> CardLine:
    """Facts of an MoE against the dense twin of as many parameters, both quantized alike."""
    return CardLine(
        f"more facts for the same memory, both at {kind}",
        "dense-wins-per-gb",
        Ladder(quantization.EXPERIMENT, quantization.known(kind), "same-total", unit=twins.BITS),
        AtMost(-0.1),
        late=True,
    )


CARDS = (
    Card(
        slug="sparse",
        title="Sparse models: mixtures of experts (MoE)",
        lead="Avoid for",
        lines=(
            CardLine(
                "precise structured output",
                "json-contracts-break",
                Ladder(twins.FORMS, twins.EXACT, "same-total", unit="points"),
                AtMost(-0.05),
                late=True,
            ),
            CardLine(
                "hard reasoning in several steps",
                "gates-favour-facts",
                Ladder(twins.SKILLS, twins.PUZZLE, "same-total", unit="points"),
                AtMost(-0.05),
                late=True,
            ),
            CardLine("heavy quantization", "quant-hurts-moe-more"),
        ),
    ),
    Card(
        slug="small",
        title="Small models, or few active parameters",
        lead="Avoid for",
        lines=(
            CardLine("reasoning in many steps", "chains-break-early"),
            CardLine("finding things in long texts", "context-is-marketing"),
            CardLine("stories that need a coherent world", "world-coherence"),
        ),
    ),
    Card(
        slug="dense",
        title="Dense models of the same quality",
        lead="Trade-off",
        lines=(
            CardLine("costs more compute to train", "moe-wins-speed"),
            CardLine(
                "more memory traffic and fewer tokens per second",
                "moe-wins-speed",
                waits_for="The twins are too small to show it, and no dense and sparse model of useful size and equal "
                "skill was measured here.",
            ),
            _per_gb("Q4_0"),
            _per_gb("Q8_0"),
        ),
    ),
)


@dataclass(frozen=True)
class JudgedLine:
    """A line with the verdict it rests on; the verdict's claim is asked the line's own question."""

    line: CardLine
    verdict: Verdict

    @property
    def outcome(self) -> Outcome:
        """How the line stands on the models measured."""
        return Outcome.NOT_MEASURED if self.line.waits_for else self.verdict.measured


JudgedCard = tuple[Card, dict[Outcome, list[JudgedLine]]]
"""A card with its lines by outcome: what stands, what is contradicted, what is open."""


def judge_cards(verdicts: Mapping[str, Verdict], judge: Callable[[Claim], Verdict]) -> list[JudgedCard]:
    """Every card. `verdicts` are those on all claims by slug; `judge` judges a claim like one of these, asked a line's
    own question."""
    cards = []
    for card in CARDS:
        lines: dict[Outcome, list[JudgedLine]] = {outcome: [] for outcome in Outcome}
        for line in card.lines:
            judged = JudgedLine(line, _verdict(line, verdicts, judge))
            lines[judged.outcome].append(judged)
        cards.append((card, lines))
    return cards


def _verdict(line: CardLine, verdicts: Mapping[str, Verdict], judge: Callable[[Claim], Verdict]) -> Verdict:
    verdict = verdicts[line.claim]
    if line.test is None or line.holds_if is None:
        return verdict
    return judge(replace(verdict.claim, test=line.test, holds_if=line.holds_if, also=()))
