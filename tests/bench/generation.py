"""Questions answered by this engine against `llama-batched-bench`: same weights, threads, batch and number of tokens.

    python -m tests.bench.generation [MODEL ...]

Tokens per second, prompts and replies together, over whole batches. Ours counts everything from the question to the
reply that lies in the parent process: tokens of the text, the pipe, greedy choice, log-probabilities, text.
llama-batched-bench feeds random tokens and chooses none. A prompt is shared by nobody, as there.
"""

from __future__ import annotations

import json
import time

from runners.engine.protocol import Load
from runners.engine.subprocess_engine import ChildEngine
from runners.host.cgroups import usable_cores
from runners.models.model import Model
from runners.models.resolve import resolve
from runners.schema import Generate, Trace
from tests.bench.rows import HOUSE, Row, in_turn, show, words
from tests.bench.tools import REPACK, told, tool

MODELS = ("smollm2-135m", "gemma-3-270m")
PROMPT, REPLY, WIDTH, TIMES = 128, 64, 8, 4


def rows():
    for name in words() or MODELS:
        yield compared(resolve(name, home=HOUSE))


def compared(model: Model) -> Row:
    path = str(model.path)
    with ChildEngine(Load(path, context=PROMPT + REPLY, width=WIDTH, share_prefix=False)) as engine:
        asked = questions(engine, PROMPT, WIDTH)
        ours, theirs = in_turn(lambda: rate(engine, asked), lambda: batched_bench(path), times=TIMES)
    what = f"{len(asked)} replies of {REPLY} tokens to prompts of {PROMPT}, {WIDTH} at once, {model.name}"
    return Row(what, max(ours), "tokens/s", max(theirs), "llama-batched-bench", least=0.9)


def questions(engine: ChildEngine, length: int, many: int) -> list[Generate]:
    """Prompts of exactly so many tokens with nothing in common, each answered to its full length."""
    text = (HOUSE / "data" / "items" / "text.txt").read_text(encoding="utf-8")
    ((_, read),) = engine.answer([Trace(text[: length * many * 6], window=length)])
    pieces = read.tokens
    prompts = ["".join(pieces[start : start + length - 1]) for start in range(0, len(pieces), length)]
    asked = [Generate(prompt, chat=False, max_tokens=REPLY) for prompt in prompts]
    replies = dict(engine.answer(asked))
    fit = [one for at, one in enumerate(asked) if _whole(replies[at], length)]
    assert len(fit) >= many, f"only {len(fit)} of {len(asked)} questions are of the shape wanted"
    return fit[:many]


def _whole(reply, length: int) -> bool:
    return abs(reply.prompt_tokens - length) <= 2 and len(reply.tokens) == REPLY


def rate(engine: ChildEngine, asked: list[Generate]) -> float:
    began = time.perf_counter()
    replies = [reply for _, reply in engine.answer(asked)]
    spent = time.perf_counter() - began
    return sum(reply.prompt_tokens - reply.cached_tokens + len(reply.tokens) for reply in replies) / spent


def batched_bench(path: str) -> float:
    """Tokens per second, prompts and replies together, as llama-batched-bench says."""
    size, cores = str(WIDTH * (PROMPT + REPLY)), str(usable_cores())
    shape = ["-npp", str(PROMPT), "-ntg", str(REPLY), "-npl", str(WIDTH), "-c", size]
    same = [
        "-b",
        "512",
        "-ub",
        "512",
        "-t",
        cores,
        "-tb",
        cores,
        "-fa",
        "off",
        "-ngl",
        "0",
        "--repack" if REPACK else "--no-repack",
    ]
    said = told(tool("llama-batched-bench"), "-m", path, *shape, *same, "--output-format", "jsonl")
    return next(json.loads(line)["speed"] for line in said.splitlines() if line.startswith("{"))


if __name__ == "__main__":
    show(__file__, rows())
