"""32 JSON questions answered in batches of eight sequences, against the same questions one at a time.

Two baselines: this engine with one sequence (it pairs every generated token with a spare one, see `Context.decode`, and
so pays for being exact), and `llama_cpp.Llama` as its users call it: all cores, its own reuse of the last prompt's
prefix. Questions come in the same order. The goal is 1.4 or more on two cores.
"""

from __future__ import annotations

import time
from dataclasses import replace

import llama_cpp

from runners.engine.protocol import Load
from runners.engine.subprocess_engine import ChildEngine
from runners.experiments.json_fidelity import EXPERIMENT
from runners.host.cgroups import usable_cores
from runners.models.resolve import resolve
from tests.bench.rows import HOUSE, Row, show, words
from tests.bench.tools import spared

QUESTIONS, TOKENS, CONTEXT, DEPTHS = 32, 96, 1024, (1, 2)


def rows():
    path = str(resolve(words()[0] if words() else "smollm2-135m", home=HOUSE).path)
    items = [item for item in EXPERIMENT.items if item.tags["depth"] in DEPTHS][:QUESTIONS]
    asked = [replace(EXPERIMENT.ask(item, {"held": "asked"}), max_tokens=TOKENS) for item in items]
    what = f"{len(asked)} JSON questions of at most {TOKENS} tokens, 8 at once"
    eight = ours(path, asked, width=8)
    yield Row(what, eight, "tokens/s", ours(path, asked, width=1), "this engine, one at a time", least=1.4)
    yield Row(what, eight, "tokens/s", theirs(path, asked), "llama-cpp-python's Llama, one at a time", least=1.4)


def ours(path: str, asked: list, width: int) -> float:
    with ChildEngine(Load(path, context=CONTEXT, width=width)) as engine:
        began = time.perf_counter()
        replies = [reply for _, reply in engine.answer(asked)]
        seconds = time.perf_counter() - began
    assert not any(reply.failed for reply in replies), [reply.error for reply in replies if reply.failed]
    return sum(len(reply.tokens) for reply in replies) / seconds


def theirs(path: str, asked: list) -> float:
    spared()
    cores = usable_cores()
    model = llama_cpp.Llama(path, n_ctx=CONTEXT, n_threads=cores, n_threads_batch=cores, verbose=False)
    began, tokens = time.perf_counter(), 0
    for request in sorted(asked, key=lambda request: request.prompt):
        message = {"role": "user", "content": request.prompt}
        answer = model.create_chat_completion([message], temperature=0.0, max_tokens=TOKENS)
        tokens += answer["usage"]["completion_tokens"]
    return tokens / (time.perf_counter() - began)


if __name__ == "__main__":
    show(__file__, rows())
