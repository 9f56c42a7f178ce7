"""A model's own chat template, which comes with the weights and so is nobody's trusted code.

It runs in jinja2's immutable sandbox, inside the engine's child process, under an alarm; what outlasts the alarm (one
long call into C) falls to the parent's time limit.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

SECONDS = 5.0
Message = dict[str, str]


class TemplateError(ValueError):
    """The chat template cannot be used; says why."""


def plain(messages: Sequence[Message]) -> str:
    """How a base model, which has no template, is asked: the turns as paragraphs."""
    return "\n\n".join(message["content"] for message in messages if message["content"]) + "\n\n"


def render(source: str, messages: Sequence[Message], bos: str, eos: str) -> str:
    """The prompt text that the template makes of a conversation, ready for the assistant's turn.

    Raises `TemplateError` when the template is broken, refuses the conversation, reaches outside its sandbox or takes
    more than `SECONDS`.
    """
    from jinja2 import TemplateError as JinjaError

    try:
        with _alarm(SECONDS):
            return _compiled(source).render(
                messages=list(messages), add_generation_prompt=True, bos_token=bos, eos_token=eos, tools=None
            )
    except (JinjaError, TypeError, ValueError, ArithmeticError, LookupError, RecursionError, MemoryError) as fault:
        raise TemplateError(f"the model's chat template failed: {fault.__class__.__name__}: {fault}"[:500]) from fault


def _compiled(source: str):
    from jinja2.ext import loopcontrols
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    # The settings that templates on the hub are written for (transformers' apply_chat_template).
    world = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
    world.intercepted_binops = frozenset(["**", "*"])
    world.call_binop = _bounded_binop
    world.filters["tojson"] = lambda value, indent=None: json.dumps(value, ensure_ascii=False, indent=indent)
    world.globals["raise_exception"] = _refuse
    world.globals["strftime_now"] = lambda form: datetime(2026, 1, 1).strftime(form)  # a prompt must not change by day
    return world.from_string(source)


def _bounded_binop(context, operator, left, right):
    """Keep `9 ** 9 ** 9` and `"a" * 10 ** 10` from hanging the process inside one uninterruptible C call."""
    numbers = [abs(value) for value in (left, right) if isinstance(value, int)]
    if (len(numbers) < 2 and max(numbers, default=0) > 100_000) or (
        operator == "**" and max(numbers, default=0) > 1_000
    ):
        raise TemplateError(f"refused to compute with numbers this large ({operator})")
    return left**right if operator == "**" else left * right


def _refuse(message: str) -> None:
    raise TemplateError(str(message))


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Raise `TemplateError` after some seconds, where the system has alarms (not on Windows)."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def late(signum, frame):
        raise TemplateError(f"gave no prompt within {seconds:g} seconds")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
