"""Throughput: how fast are prompts read and replies written, one at a time and eight at once?

Varies    sequences decoded in one batch (each number is a load of its own); length of the prompt.
Holds     prompts, sent as they stand and different from the first word on, so that none is read for another; 64 tokens
          of reply, greedy; threads, GPU layers and cache as the user set them.
Does not show   what else the machine was doing: only a quiet one gives its own speed. Seconds are those of the engine,
          each reply's share of a batch, so that rates at a width of eight are those of all eight together.
"""

from __future__ import annotations

from math import nan

from ..items.story_tracking import passages
from ..schema import Arm, Experiment, Generate, Item, Kind, Later, Metric, Reply

EVENTS = {"short": 10, "long": 46}
"""Events told in a prompt: about 120 and 400 tokens."""


def ask(item: Item, arm: Arm) -> Generate:
    """The passage as it stands: a chat template would put the same words before all of them."""
    return Generate(item.prompt, chat=False, max_tokens=64)


def score(item: Item, arm: Arm, reply: Reply) -> dict[str, float]:
    """Rates of a stored reply. A token that ends it was computed and is not in it; the first came with the prompt."""
    steps = len(reply.tokens) - (reply.stop == "length")
    fresh = reply.prompt_tokens - reply.cached_tokens
    return {
        "prompt_per_second": fresh / reply.prompt_seconds if reply.prompt_seconds > 0 else nan,
        "generated_per_second": steps / reply.seconds if steps > 0 and reply.seconds > 0 else nan,
        "first_token": reply.prompt_seconds if arm["width"] == 1 and reply.prompt_seconds > 0 else nan,
        "generated": float(len(reply.tokens)),
    }


EXPERIMENT = Experiment(
    slug="throughput",
    version=1,
    question="How many tokens per second does a model read and write, one reply at a time and eight at once?",
    items=Later(lambda: passages(EVENTS, per_length=12, seed=23)),
    loads={"width": (1, 8)},
    varies={},
    ask=ask,
    score=score,
    metrics=(
        Metric("prompt_per_second", Kind.RATE, "prompt tokens/s"),
        Metric("generated_per_second", Kind.RATE, "generated tokens/s"),
        Metric("first_token", Kind.SECONDS, "seconds to the first token, one reply at a time", better="lower"),
        Metric("generated", Kind.COUNT, "tokens of the reply"),
    ),
    strata=("length",),
    quick=4,
    context=1024,
    labels={
        "width": {1: "one reply at a time", 8: "eight replies at once"},
    },
)
