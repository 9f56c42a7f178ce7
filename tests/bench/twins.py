"""Tokens per second of every rung of a ladder of twins: what sparsity buys in speed at a size where overhead rules.

Each rung's first seed goes on with the same openings, rungs taking turns for several rounds, so that a busy minute of
the machine falls on all. Medians of the rounds.
"""

from __future__ import annotations

from pathlib import Path
from statistics import median

from runners.engine.protocol import Load
from runners.engine.subprocess_engine import ChildEngine
from runners.experiments.twin_json import EXPERIMENT as FORMS
from runners.experiments.twin_skills import EXPERIMENT as SKILLS
from runners.items.twin_people import facts
from runners.models.catalog import read_catalog
from runners.models.gguf_facts import inspect
from runners.models.resolve import resolve
from runners.schema import Generate
from tests.bench.rows import HOUSE, Row, show, words

ROUNDS, TOKENS = 5, 48
OPENINGS = {
    "knowledge": lambda: [fact.target["opening"] for fact in facts(40, held=0)],
    "json": lambda: [item.prompt for item in FORMS.items],
    "skills": lambda: [item.prompt for item in SKILLS.items],
}


def rows():
    ladder = words()[0] if words() else "json"
    asked = [Generate(prompt, chat=False, max_tokens=TOKENS) for prompt in OPENINGS[ladder]()[:160]]
    rungs = [one for one in read_catalog(HOUSE).values() if one.twin.get("ladder") == ladder and one.twin["seed"] == 1]
    paths = {one.slug: str(resolve(one.slug, HOUSE).path) for one in rungs}
    rounds = [{slug: speeds(path, asked) for slug, path in paths.items()} for _ in range(ROUNDS)]
    for one in rungs:
        active = inspect(Path(paths[one.slug])).active_parameters
        for place, kind in enumerate(("read", "written")):
            rate = median(found[one.slug][place] for found in rounds)
            yield Row(f"{kind} by {one.slug}, {active:,} active parameters", rate, "tokens/s")


def speeds(path: str, asked: list[Generate]) -> tuple[float, float]:
    """Tokens per second, reading and generating."""
    with ChildEngine(Load(path, context=192, width=8)) as engine:
        replies = [reply for _, reply in engine.answer(asked)]
    read = sum(reply.prompt_tokens - reply.cached_tokens for reply in replies) / sum(
        one.prompt_seconds for one in replies
    )
    return read, sum(len(reply.tokens) for reply in replies) / sum(reply.seconds for reply in replies)


if __name__ == "__main__":
    show(__file__, rows())
