"""200 choices that share a prefix of 400 tokens, with the prefix evaluated once and with it evaluated every time.

Without sharing the questions are slow, so by default every twentieth one is timed; `--all` times them all.
"""

from __future__ import annotations

import time

from runners.engine.protocol import Load
from runners.engine.subprocess_engine import ChildEngine
from runners.models.resolve import resolve
from runners.schema import Choose
from tests.bench.rows import HOUSE, Row, show, words

QUESTIONS, PREFIX_TOKENS, APART = 200, 400, 20


def rows():
    path = str(resolve("smollm2-135m", home=HOUSE).path)
    rules = "Answer each question about a number with yes or no, and think about it well before you say so. "
    prefix = rules * (PREFIX_TOKENS // 20)
    asked = [
        Choose(f"{prefix}\nIs {n} more than {n * 7 % 50}? Answer:", (" yes", " no"), chat=False)
        for n in range(QUESTIONS)
    ]
    few = asked if "--all" in words() else asked[::APART]
    (shared, same), (apart, alone) = timed(path, asked, True), timed(path, few, False)
    picks = {request.prompt: reply.options for request, reply in zip(asked, same, strict=True)}
    agree = sum(picks[request.prompt] == reply.options for request, reply in zip(few, alone, strict=True))
    what = f"{QUESTIONS} choices after a prefix of {PREFIX_TOKENS} tokens"
    yield Row(what, len(asked) / shared, "questions/s", len(few) / apart, "prefix read every time", least=4)
    yield Row("log-likelihoods equal to the last digit", agree, "questions", len(few), "all asked both ways", least=1)


def timed(path: str, asked: list[Choose], share: bool) -> tuple[float, list]:
    with ChildEngine(Load(path, context=1024, width=8, share_prefix=share)) as engine:
        began = time.perf_counter()
        replies = dict(engine.answer(asked))
        return time.perf_counter() - began, [replies[index] for index in range(len(asked))]


if __name__ == "__main__":
    show(__file__, rows())
