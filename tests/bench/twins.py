"""Tokens a second of every rung of a ladder of twins: what sparsity buys in speed at a size where overhead rules.

Each rung's first seed goes on with the same openings, rungs taking turns for several rounds, so that a busy minute of
the machine falls on all. Prints the median of the rounds, and the range.
"""

from __future__ import annotations

import sys
from pathlib import Path
from statistics import median

from runners.catalogue import known
from runners.engine.child import ChildEngine
from runners.engine.protocol import Load
from runners.experiments.twin_json import EXPERIMENT as FORMS
from runners.experiments.twin_skills import EXPERIMENT as SKILLS
from runners.items.people import facts
from runners.models import resolve
from runners.schema import Generate
from runners.weights import inspect

ROUNDS, TOKENS = 5, 48
OPENINGS = {
    "knowledge": lambda: [fact.target["opening"] for fact in facts(40, held=0)],
    "json": lambda: [item.prompt for item in FORMS.items],
    "skills": lambda: [item.prompt for item in SKILLS.items],
}


def main() -> None:
    ladder = sys.argv[1] if len(sys.argv) > 1 else "json"
    home = Path.cwd()
    asked = [Generate(prompt, chat=False, max_tokens=TOKENS) for prompt in OPENINGS[ladder]()[:160]]
    rungs = [one for one in known(home).values() if one.twin.get("ladder") == ladder and one.twin["seed"] == 1]
    paths = {one.slug: str(resolve(one.slug, home).path) for one in rungs}
    rounds = [{slug: speeds(path, asked) for slug, path in paths.items()} for _ in range(ROUNDS)]
    print(f"{len(asked)} openings, up to {TOKENS} tokens each, width 8; medians of {ROUNDS} rounds")
    for one in rungs:
        told = [
            f"{kind} {said([found[one.slug][place] for found in rounds])}"
            for place, kind in enumerate(("read", "generated"))
        ]
        active = inspect(Path(paths[one.slug])).active_parameters
        print(f"{one.slug:24} {active:8,} active parameters   {'   '.join(told)} tokens/s")


def speeds(path: str, asked: list[Generate]) -> tuple[float, float]:
    """Tokens a second, reading and generating."""
    with ChildEngine(Load(path, context=192, width=8)) as engine:
        replies = [reply for _, reply in engine.answer(asked)]
    read = sum(reply.prompt_tokens - reply.cached_tokens for reply in replies) / sum(
        one.prompt_seconds for one in replies
    )
    return read, sum(len(reply.tokens) for reply in replies) / sum(reply.seconds for reply in replies)


def said(values: list[float]) -> str:
    return f"{median(values):7,.0f} ({min(values):,.0f} to {max(values):,.0f})"


if __name__ == "__main__":
    main()
