"""200 choices that share a prefix of 400 tokens, with the prefix evaluated once and with it evaluated every time.

Without sharing the questions are slow, so by default every tenth one is timed and the rest is inferred from the mean;
`--all` times them all. Prints seconds a question and the ratio; the goal is 4 or more.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from runners.engine.child import ChildEngine
from runners.engine.protocol import Load
from runners.models import resolve
from runners.schema import Choose

QUESTIONS, PREFIX_TOKENS = 200, 400


def main() -> None:
    path = str(resolve("smollm2-135m", home=Path.cwd()).path)
    rules = "Answer each question about a number with yes or no, and think about it well before you say so. "
    prefix = rules * (PREFIX_TOKENS // 20)
    asked = [
        Choose(f"{prefix}\nIs {n} more than {n * 7 % 50}? Answer:", (" yes", " no"), chat=False)
        for n in range(QUESTIONS)
    ]
    few = asked if "--all" in sys.argv else asked[::10]
    (shared, same), (apart, alone) = timed(path, asked, True), timed(path, few, False)
    picks = {request.prompt: reply.options for request, reply in zip(asked, same, strict=True)}
    agree = sum(picks[request.prompt] == reply.options for request, reply in zip(few, alone, strict=True))
    print(f"{QUESTIONS} questions, 2 options each, prompt of {same[0].prompt_tokens} tokens, {Path(path).name}")
    print(f"prefix shared     {shared / len(asked):8.3f} s a question   ({len(asked)} timed)")
    print(f"nothing shared    {apart / len(few):8.3f} s a question   ({len(few)} timed)")
    print(f"ratio             {apart / len(few) / (shared / len(asked)):8.1f}")
    print(f"log-likelihoods equal to the last digit: {agree} of {len(few)}")


def timed(path: str, asked: list[Choose], share: bool) -> tuple[float, list]:
    with ChildEngine(Load(path, context=1024, width=8, share_prefix=share)) as engine:
        began = time.perf_counter()
        replies = dict(engine.answer(asked))
        return time.perf_counter() - began, [replies[index] for index in range(len(asked))]


if __name__ == "__main__":
    main()
