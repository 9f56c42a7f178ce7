"""What the order of work is worth: each rule of the engine's loop against the same engine without it.

refill    a slot takes the next question as soon as its reply is complete; before: when all replies of its batch are
longest   questions whose replies may become longest come first; before: in the order of their prompts alone
loads     all questions of one way of loading are asked in a row; before: question by question, loaded anew each time

Replies are of 16 to 128 tokens, as many as asked for, and prompts have nothing in common.
"""

from __future__ import annotations

import random
from contextlib import contextmanager
from unittest import mock

from runners.engine import llama_engine
from runners.engine.protocol import Load
from runners.engine.subprocess_engine import ChildEngine
from runners.models.resolve import resolve
from runners.schema import Choose, Generate
from tests.bench.rows import HOUSE, Row, least, show

QUESTIONS, WIDTH, LENGTHS, TIMES = 24, 8, (16, 32, 128), 2
LOADED, CACHES = 8, ("f16", "q8_0")


def rows():
    path = str(resolve("smollm2-135m", home=HOUSE).path)
    asked = questions()
    engine = llama_engine.LlamaEngine(Load(path, context=192, width=WIDTH, gpu_layers=0))
    now, batches, prompts = least(
        lambda: written(engine, asked), lambda: in_batches(engine, asked), lambda: by_prompt(engine, asked), times=TIMES
    )
    engine.close()
    tokens, what = sum(one.max_tokens for one in asked), f"{len(asked)} replies of {LENGTHS[0]} to {LENGTHS[-1]} tokens"
    yield Row(f"slots refilled at once, {what}", tokens / now, "tokens/s", tokens / batches, "batch after batch")
    yield Row(f"longest first, {what}", tokens / now, "tokens/s", tokens / prompts, "in the order of prompts")
    once, anew = least(lambda: loaded(path, together=True), lambda: loaded(path, together=False), times=TIMES)
    yield Row(f"{len(CACHES)} loads, {LOADED} choices each", once, "s", anew, "loaded anew for each question")


def questions() -> list[Generate]:
    """Questions of mixed lengths; which are long has nothing to do with their prompts."""
    draw = random.Random(0)
    lengths = [LENGTHS[place % len(LENGTHS)] for place in range(QUESTIONS)]
    draw.shuffle(lengths)
    return [
        Generate(f"{chr(65 + place)}. Once upon a time", chat=False, max_tokens=one)
        for place, one in enumerate(lengths)
    ]


def written(engine: llama_engine.LlamaEngine, asked: list[Generate]) -> None:
    for _, reply in engine.answer(asked):
        assert reply.stop == "length", reply


def in_batches(engine: llama_engine.LlamaEngine, asked: list[Generate]) -> None:
    """A slot waits until all are free."""
    admit = llama_engine.LlamaEngine._admit
    idle = lambda self, waiting: None if any(slot.job for slot in self._slots) else admit(self, waiting)  # noqa: E731
    with mock.patch.object(llama_engine.LlamaEngine, "_admit", idle):
        written(engine, asked)


def by_prompt(engine: llama_engine.LlamaEngine, asked: list[Generate]) -> None:
    with mock.patch.object(llama_engine, "order", lambda job: job.prompt):
        written(engine, asked)


def loaded(path: str, together: bool) -> None:
    """Ask the same choices of a model loaded in two ways."""
    asked = [Choose(f"Is {n} more than {n * 7 % 11}? Answer:", (" yes", " no"), chat=False) for n in range(LOADED)]
    for cache in CACHES:
        for part in [asked] if together else [[one] for one in asked]:
            with engine_of(path, cache) as engine:
                assert not any(reply.failed for _, reply in engine.answer(part))


@contextmanager
def engine_of(path: str, cache: str):
    flash = cache != "f16"  # a quantized cache of values needs it
    with ChildEngine(Load(path, context=128, width=WIDTH, cache_type=cache, flash_attention=flash)) as engine:
        yield engine


if __name__ == "__main__":
    show(__file__, rows())
