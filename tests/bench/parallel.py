"""64 JSON questions answered in batches of eight sequences, against the same questions one at a time.

Two baselines: this engine with one sequence (it pairs every generated token with a spare one, see `Context.decode`, and
so pays for being exact), and `llama_cpp.Llama` as its users call it: all cores, its own reuse of the last prompt's
prefix. Questions come in the same order. Prints the times and both ratios; the goal is 1.4 or more on two cores.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

import llama_cpp

from runners.cgroups import usable_cores
from runners.engine.child import ChildEngine
from runners.engine.protocol import Load
from runners.experiments.json_fidelity import EXPERIMENT
from runners.models import resolve

QUESTIONS, TOKENS, CONTEXT, DEPTHS = 64, 96, 1024, (1, 2)


def main() -> None:
    path = str(resolve(sys.argv[1] if len(sys.argv) > 1 else "smollm2-135m", home=Path.cwd()).path)
    items = [item for item in EXPERIMENT.items if item.tags["depth"] in DEPTHS][:QUESTIONS]
    asked = [replace(EXPERIMENT.ask(item, {"held": "asked"}), max_tokens=TOKENS) for item in items]
    batched, tokens = ours(path, asked, width=8)
    print(f"{len(asked)} questions of at most {TOKENS} tokens on {usable_cores()} cores, {Path(path).name}")
    print(f"this engine, width 8      {batched:7.1f} s   {tokens} tokens generated", flush=True)
    for name, (seconds, count) in (
        ("this engine, width 1", ours(path, asked, width=1)),
        ("llama-cpp-python's Llama", theirs(path, asked)),
    ):
        print(f"{name:24}  {seconds:7.1f} s   {count} tokens generated   ratio {seconds / batched:.2f}", flush=True)


def ours(path: str, asked: list, width: int) -> tuple[float, int]:
    with ChildEngine(Load(path, context=CONTEXT, width=width)) as engine:
        began = time.perf_counter()
        replies = [reply for _, reply in engine.answer(asked)]
        seconds = time.perf_counter() - began
    assert not any(reply.failed for reply in replies), [reply.error for reply in replies if reply.failed]
    return seconds, sum(len(reply.tokens) for reply in replies)


def theirs(path: str, asked: list) -> tuple[float, int]:
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
