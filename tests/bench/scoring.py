"""Scoring against `llama-bench`'s prompt processing: same weights, threads, batch and number of tokens.

    python -m tests.bench.scoring [MODEL ...]

choices   prompts of some 512 tokens with two options, as multiple-choice questions are asked. Only the options' logits
          are worked out, as llama-bench works out those of the last token alone
texts     every token of texts of 512 is scored. That takes the logits of every token: for a small model with a large
          vocabulary a good part of all arithmetic, which llama-bench does not do. What llama.cpp alone takes for it,
          with nothing scored, stands beside it

No prefix is shared, or every round after the first would find its prompts read.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

from runners.engine.context import BatchRow as Token
from runners.engine.context import Context
from runners.engine.protocol import Load
from runners.engine.subprocess_engine import ChildEngine
from runners.host.cgroups import usable_cores
from runners.models.model import Model
from runners.models.resolve import resolve
from runners.schema import Choose, Reply, Request, Trace
from tests.bench.rows import HOUSE, Row, in_turn, show, words
from tests.bench.tools import REPACK, told, tool

MODELS = ("smollm2-135m", "gemma-3-270m")
LENGTH, MANY, TIMES = 512, 5, 3
OPTIONS = (" yes", " no")


def rows():
    for name in words() or MODELS:
        yield from compared(resolve(name, home=HOUSE))


def compared(model: Model) -> Iterator[Row]:
    """Both ways of scoring, and what the second would take if nothing were scored."""
    path = str(model.path)
    with ChildEngine(Load(path, context=LENGTH + 16, width=8, share_prefix=False)) as engine:
        text = cut(engine, MANY * LENGTH)
        prompts = ["".join(text[at : at + LENGTH - 2]) for at in range(0, len(text), LENGTH)]
        choices = [Choose(prompt, OPTIONS, chat=False) for prompt in prompts]
        traces = [Trace("".join(text), window=LENGTH)]
        ours = (lambda: answer(engine, choices), lambda: answer(engine, traces))
        found = in_turn(*ours, lambda: prompt_processing(path), lambda: bare(path), times=TIMES)
    chosen, traced, read, decoded = map(max, found)
    yield Row(f"{MANY} choices after {LENGTH} tokens, {model.name}", chosen, "tokens/s", read, "llama-bench", least=0.9)
    yield Row(f"{MANY} texts of {LENGTH} tokens, {model.name}", traced, "tokens/s", read, "llama-bench", least=0.9)
    yield Row(f"the same logits without scoring any, {model.name}", decoded, "tokens/s", read, "llama-bench")


def cut(engine: ChildEngine, many: int) -> tuple[str, ...]:
    """The pieces of so many tokens of a text."""
    text = (HOUSE / "data" / "items" / "text.txt").read_text(encoding="utf-8")
    ((_, read),) = engine.answer([Trace(text[: many * 6], window=LENGTH)])
    assert len(read.tokens) >= many, "the text is too short"
    return read.tokens[:many]


def answer(engine: ChildEngine, asked: list[Request]) -> float:
    """Tokens read per second."""
    began = time.perf_counter()
    replies: list[Reply] = [reply for _, reply in engine.answer(asked)]
    spent = time.perf_counter() - began
    return sum(reply.prompt_tokens - reply.cached_tokens for reply in replies) / spent


def prompt_processing(path: str) -> float:
    """Tokens per second, as llama-bench says of prompts of the same length."""
    shape = ["-p", str(LENGTH), "-n", "0", "-r", str(MANY)]
    same = ["-t", str(usable_cores()), "-b", "512", "-ub", "512", "-fa", "0", "-ngl", "0", "--repack", str(int(REPACK))]
    said = told(tool("llama-bench"), "-m", path, *shape, *same, "-o", "jsonl")
    return next(json.loads(line)["avg_ts"] for line in said.splitlines() if line.startswith("{"))


def bare(path: str) -> float:
    """Tokens per second of llama_decode alone, asked for the logits of every token."""
    context = Context(Load(path, context=LENGTH, width=1, gpu_layers=0))
    rows = [Token(1000 + place, place, 0, True) for place in range(LENGTH)]
    spent = 0.0
    for _ in range(MANY):
        context.keep(0, 0)
        began = time.perf_counter()
        context.decode(rows)
        spent += time.perf_counter() - began
    context.close()
    return MANY * LENGTH / spent


if __name__ == "__main__":
    show(__file__, rows())
