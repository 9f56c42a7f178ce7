"""A model's own chat template, rendered in a sandbox: it comes with the weights and is not trusted code.

It runs in jinja2's immutable sandbox, inside the engine's child process, under an alarm and (on Linux) a limit on
memory. Single calls into C that would outlast the alarm are refused beforehand; should one get through, it falls to
the parent's time limit.
"""

from __future__ import annotations

import json
import re
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2.ext import Extension, loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

SECONDS = 5.0
"""Seconds that a template may take."""

MEMORY = 256_000_000
"""Bytes that the process may grow by while a template runs."""

LONGEST = 10_000_000
"""Characters that a prompt may have; no model reads as many."""

LARGE = 100_000
"""The largest number that a template may repeat, pad or call with."""

USELESS = ("batch", "center", "filesizeformat", "random", "slice", "striptags", "urlize", "wordwrap", "xmlattr")
"""Filters that no chat template needs. They fill memory in one call, or give another prompt each time."""

Message = dict[str, str]


class TemplateError(ValueError):
    """The chat template cannot be used; says why."""


def join_as_paragraphs(messages: Sequence[Message]) -> str:
    """The prompt text for a base model, which has no template: the turns as paragraphs."""
    return "\n\n".join(message["content"] for message in messages if message["content"]) + "\n\n"


def render(source: str, messages: Sequence[Message], bos: str, eos: str) -> str:
    """The prompt text that the template makes of a conversation, ready for the assistant's turn.

    Raises `TemplateError` when the template is broken, refuses the conversation, reaches outside its sandbox, takes
    more than `SECONDS` or `MEMORY`, or makes a prompt of more than `LONGEST` characters.
    """
    try:
        with _alarm(SECONDS), _memory(MEMORY):
            parts = (
                TemplateEnvironment()
                .from_string(source)
                .generate(
                    messages=[dict(message) for message in messages],
                    add_generation_prompt=True,
                    bos_token=bos,
                    eos_token=eos,
                    tools=None,
                )
            )
            return "".join(_limit_length(parts))
    except TemplateError:
        raise
    except Exception as fault:  # a template can make anything go wrong
        raise TemplateError(f"the model's chat template failed: {fault.__class__.__name__}: {fault}"[:500]) from fault


class Generation(Extension):
    """`{% generation %}` marks the assistant's words for training; here it is only looked through."""

    tags = {"generation"}  # noqa: RUF012 - jinja2 declares a set

    def parse(self, parser):
        """The statements inside, as if the tag were not there."""
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


class TemplateEnvironment(ImmutableSandboxedEnvironment):
    """What a template sees: the settings that templates on the hub are written for (transformers'
    apply_chat_template), without what could hang the process in one call or change a prompt from day to day."""

    intercepted_binops = frozenset(["+", "-", "*", "/", "//", "**", "%"])

    def __init__(self) -> None:
        super().__init__(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols, Generation])
        for name in USELESS:
            del self.filters[name]
        del self.globals["lipsum"]
        self.filters |= {"tojson": _json, "format": lambda form, *values: self.call_binop(None, "%", form, values)}
        self.globals |= {"raise_exception": _refuse, "strftime_now": _format_fixed_date}

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Refuse arithmetic that runs away: `9 ** 9 ** 9`, `"a" * 10 ** 10`, `"%999999999d" % 1`."""
        numbers = [value for value in (left, right) if isinstance(value, int)]
        repeats = operator == "*" and len(numbers) == 1 and not isinstance(left, float) and not isinstance(right, float)
        if (
            any(number.bit_length() > 1_000 for number in numbers)
            or (operator == "**" and any(abs(number) > 1_000 for number in numbers))
            or (repeats and numbers[0] > LARGE)
            or (operator == "%" and isinstance(left, str) and _is_wide(left))
        ):
            raise TemplateError(f"the model's chat template computes with numbers too large ({operator})")
        return super().call_binop(context, operator, left, right)

    def wrap_str_format(self, value: Any) -> Any:
        """As in jinja2, but `"{:>999999999}".format(1)` is refused."""
        wrapped = super().wrap_str_format(value)
        if wrapped and _is_wide(value.__self__):
            raise TemplateError("the model's chat template pads a text too far (format)")
        return wrapped

    def call(self, context: Any, function: Any, *values: Any, **named: Any) -> Any:
        """As in jinja2, but `"x".center(999999999)` is refused."""
        if any(isinstance(value, int) and value > LARGE for value in (*values, *named.values())):
            raise TemplateError("the model's chat template calls a function with a number too large")
        return super().call(context, function, *values, **named)


def _is_wide(form: str) -> bool:
    return re.search(r"\d{5}", form) is not None


def _json(value: Any, ensure_ascii: bool = False, indent: int | None = None, **more: Any) -> str:
    if isinstance(indent, int) and indent > 100:
        raise TemplateError("the model's chat template indents JSON too far")
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, **more)


def _format_fixed_date(form: str) -> str:
    """What templates get for today: a prompt must not change by day."""
    if _is_wide(form):
        raise TemplateError("the model's chat template pads a date too far")
    return datetime(2026, 1, 1).strftime(form)


def _refuse(message: str) -> None:
    raise TemplateError(f"the model's chat template refuses this conversation: {message}"[:500])


def _limit_length(parts: Iterator[str]) -> Iterator[str]:
    total = 0
    for part in parts:
        total += len(part)
        if total > LONGEST:
            raise TemplateError(f"the model's chat template makes a prompt of more than {LONGEST:,} characters")
        yield part


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Raise `TemplateError` after some seconds, where the system has alarms (not on Windows, nor in a thread)."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def late(signum, frame):
        raise TemplateError(f"the model's chat template gave no prompt within {seconds:g} seconds")

    before = signal.signal(signal.SIGALRM, late)
    # Again and again, because an error that is raised while a generator is being closed is lost.
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.5)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def _memory(more: int) -> Iterator[None]:
    """Let the process grow by so many bytes only. Where /proc does not say how large it is, nothing is limited."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        yield
        return
    import resource

    before = resource.getrlimit(resource.RLIMIT_AS)
    now = int(statm.read_text().split()[0]) * resource.getpagesize()
    limit = min([now + more, *(bound for bound in before if bound != resource.RLIM_INFINITY)])
    resource.setrlimit(resource.RLIMIT_AS, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
