"""64 JSON questions answered in one batch of eight sequences, against llama-cpp-python asked one question at a time.

The baseline is `llama_cpp.Llama` as its users call it: all cores, its own reuse of the last prompt's prefix, questions
in the same order. Prints both times and their ratio; the goal is 1.4 or more on two cores.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

import llama_cpp

from runners.engine.child import ChildEngine
from runners.engine.context import usable_cores
from runners.engine.protocol import Load
from runners.experiments.json_fidelity import EXPERIMENT
from runners.models import resolve

QUESTIONS, TOKENS, CONTEXT = 64, 160, 2048


def main() -> None:
    path = str(resolve(sys.argv[1] if len(sys.argv) > 1 else "smollm2-135m", home=Path.cwd()).path)
    items = [item for item in EXPERIMENT.items if item.tags["depth"] <= 4][: 4 * QUESTIONS : 2][:QUESTIONS]
    asked = [replace(EXPERIMENT.ask(item, {"held": "asked"}), max_tokens=TOKENS) for item in items]
    batched, tokens = together(path, asked)
    alone, tokens_alone = one_by_one(path, asked)
    print(f"{len(asked)} questions of at most {TOKENS} tokens on {usable_cores()} cores, {Path(path).name}")
    print(f"in batches of 8   {batched:7.1f} s   {tokens} tokens generated")
    print(f"one at a time     {alone:7.1f} s   {tokens_alone} tokens generated")
    print(f"ratio             {alone / batched:7.2f}")


def together(path: str, asked: list) -> tuple[float, int]:
    with ChildEngine(Load(path, context=CONTEXT, width=8)) as engine:
        began = time.perf_counter()
        replies = [reply for _, reply in engine.answer(asked)]
        return time.perf_counter() - began, sum(len(reply.tokens) for reply in replies)


def one_by_one(path: str, asked: list) -> tuple[float, int]:
    cores = usable_cores()
    model = llama_cpp.Llama(path, n_ctx=CONTEXT, n_threads=cores, n_threads_batch=cores, verbose=False)
    began, tokens = time.perf_counter(), 0
    for request in sorted(asked, key=lambda request: request.prompt):
        message = {"role": "user", "content": request.prompt}
        answer = model.create_chat_completion([message], temperature=0.0, max_tokens=TOKENS)
        tokens += answer["usage"]["completion_tokens"]
    return time.perf_counter() - began, tokens


if __name__ == "__main__":
    main()
