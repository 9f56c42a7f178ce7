"""Engine for any OpenAI-compatible server: llama-server, llama-cpp-python, Ollama, LM Studio, vLLM.

A server is believed only as far as it was tested here: one that takes a schema and ignores it must not pass for one
that keeps to it, and one whose echoed log-probabilities are off by a token must not score a choice. Both are tried
out once, before the first request that depends on it.
"""

from __future__ import annotations

import contextlib
import json
import queue
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import httpx

from ..schema import Choose, Detour, Generate, Reply, Request, Trace, failed_reply
from .openai_responses import Refused, as_json, read_echo, read_reply
from .prefix import common_prefix_length
from .protocol import EngineError

PROBE = "xq7-held"
"""What a constrained decoder has to say and a free one never would."""

LARGEST = 64_000_000
"""Bytes that one answer may have."""


Form = Callable[[Generate], dict[str, Any]]
"""A way to tell a server of a constraint: what to add to a request's body."""


class ServerEngine:
    """`protocol.Engine` over HTTP, `width` requests at a time. `url` ends in /v1; `seconds` is what one request may
    take. Raises `EngineError` when nobody answers there, also when the server is gone in the midst of it: what is left
    can then be asked another time."""

    def __init__(self, url: str, model: str, width: int = 8, seconds: float = 300.0) -> None:
        self._url, self._model, self._width, self._seconds = url, model, width, seconds
        self._client = httpx.Client(
            base_url=url,
            timeout=httpx.Timeout(seconds, connect=min(10.0, seconds)),
            limits=httpx.Limits(max_connections=None),
            trust_env=not re.match(r"https?://(127\.|localhost\b|\[::1\])", url),  # no proxy knows our own machine
        )
        self._probing = threading.Lock()
        self._probed: dict[str, Any] = {}
        self.facts: Mapping[str, Any] = {"server": url, "models": self._models()}

    def __enter__(self) -> ServerEngine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections. May be called twice."""
        self._client.close()

    def answer(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Yield (index, reply) as replies come in; see `protocol.Engine`."""
        waiting: queue.SimpleQueue[tuple[int, Request]] = queue.SimpleQueue()
        done: queue.SimpleQueue[tuple[int, Reply | EngineError]] = queue.SimpleQueue()
        for pair in enumerate(requests):
            waiting.put(pair)
        for _ in range(min(self._width, len(requests))):
            # Not a pool, which would wait for slow answers when a run is interrupted.
            threading.Thread(target=self._work, args=(waiting, done), daemon=True).start()
        try:
            for _ in requests:
                index, reply = done.get()
                if isinstance(reply, EngineError):
                    raise reply
                yield index, reply
        finally:
            with contextlib.suppress(queue.Empty):
                while True:
                    waiting.get_nowait()

    def _work(self, waiting: queue.SimpleQueue, done: queue.SimpleQueue) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                index, request = waiting.get_nowait()
                done.put((index, self._reply(request)))

    def _models(self) -> list[str]:
        try:
            listed = self._client.get("/models").raise_for_status().json().get("data") or []
            return [_public_name(entry["id"]) for entry in listed[:50]]
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, AttributeError, KeyError, TypeError) as fault:
            raise EngineError(
                f"{self._url} does not answer as an OpenAI-compatible server ({fault}); is it running? Start it, and "
                "check that the address after openai: ends in /v1"
            ) from fault

    def _reply(self, request: Request) -> Reply | EngineError:
        try:
            if isinstance(request, Trace):
                raise Refused("a server does not say how likely it finds every token of a text; trace it in process")
            if isinstance(request, Detour):
                raise Refused("a server does not let its experts be chosen; take a detour in process")
            return self._choose(request) if isinstance(request, Choose) else self._converse(request)
        except httpx.ConnectError as fault:
            return EngineError(f"{self._url} is gone ({fault}); start it again, and the same command asks the rest")
        except Exception as fault:  # whatever a foreign server makes our reader raise
            return failed_reply(_reason(fault, self._seconds))

    # -- generating ---------------------------------------------------------------------------------------------

    def _converse(self, request: Generate) -> Reply:
        messages = [{"role": "system", "content": request.system}] if request.system else []
        earlier: tuple[Reply, ...] = ()
        turn: Generate | None = request
        while turn is not None:
            messages = [*messages, {"role": "user", "content": turn.prompt}]
            try:
                reply = self._generate(turn, messages, earlier)
            except httpx.ConnectError:
                raise
            except Exception as fault:  # as in `_reply`, but the turns before this one are kept
                return failed_reply(_reason(fault, self._seconds), earlier)
            messages = [*messages, {"role": "assistant", "content": reply.text}]
            earlier, turn = (*earlier, reply), turn.then
        return reply

    def _generate(self, request: Generate, messages: list[dict[str, str]], earlier: tuple[Reply, ...]) -> Reply:
        form = self._form(request)
        body = self._sampling(request) | (form(request) if form else {})
        began = time.perf_counter()
        answer = self._ask(request.chat, body, messages, logprobs=True)
        return read_reply(answer, request, time.perf_counter() - began, earlier)

    def _ask(self, chat: bool, body: Mapping[str, Any], messages: Sequence[Mapping[str, str]], logprobs: bool) -> Any:
        if chat:
            more = {"logprobs": True, "top_logprobs": 1} if logprobs else {}
            return self._post("/chat/completions", {**body, **more, "messages": messages})
        prompt = "\n\n".join(message["content"] for message in messages)  # as the engine in process joins raw turns
        return self._post("/completions", {**body, **({"logprobs": 1} if logprobs else {}), "prompt": prompt})

    def _sampling(self, request: Generate) -> dict[str, Any]:
        """Every knob by name: what is left out is not off, but whatever this server likes best (llama-cpp-python
        punishes repetition by 1.1, which changes even greedy text)."""
        return {
            "model": self._model,
            "max_tokens": request.max_tokens,
            "seed": request.seed,
            "temperature": max(request.temperature, 0.0),
            "top_p": request.top_p,
            "top_k": request.top_k,
            "min_p": request.min_p,
            "repeat_penalty": 1.0,
            **({"stop": list(request.stop)} if request.stop else {}),
        }

    def _form(self, request: Generate) -> Form | None:
        """How this server is to be told of a request's constraint. Raises `Refused` when it keeps to none."""
        if request.schema is None and request.grammar is None:
            return None
        form = self._once((request.chat, request.grammar is not None), self._find_form)
        if form is None:
            what = "a grammar" if request.grammar is not None else "a JSON schema"
            where = "in a chat" if request.chat else "without a chat"
            raise Refused(
                f"this server ignores {what} {where}: asked for what only one text satisfies, it gave another"
            )
        return form

    def _find_form(self, kind: tuple[bool, bool]) -> Form | None:
        """The form of a constraint that the server keeps to, or None. Raises `Refused` when each form is an error."""
        chat, by_grammar = kind
        forms: tuple[Form, ...] = (_grammar,) if by_grammar else (_json_schema, _json_object)
        faults = []
        for form in forms:
            try:
                if self._keeps_constraint(form, chat, by_grammar):
                    return form
            except Refused as fault:  # llama-cpp-python answers 500 to a form it does not know
                faults.append(fault)
        if len(faults) == len(forms):
            raise faults[0]
        return None

    def _keeps_constraint(self, form: Form, chat: bool, by_grammar: bool) -> bool:
        """Whether the server answers `PROBE` to a question that nobody would answer so, under this constraint."""
        schema = {"type": "object", "properties": {"say": {"type": "string", "enum": [PROBE]}}, "required": ["say"]}
        constraint = {"grammar": f'root ::= "{PROBE}"'} if by_grammar else {"schema": schema}
        probe = Generate("Say hello.", chat=chat, max_tokens=64, **constraint)
        messages = [{"role": "user", "content": probe.prompt}]
        choice = self._ask(chat, self._sampling(probe) | form(probe), messages, logprobs=False)["choices"][0]
        text = (choice["message"]["content"] if chat else choice["text"]) or ""
        return text.strip() == PROBE if by_grammar else as_json(text) == {"say": PROBE}

    def _once(self, kind: Any, probe: Callable[[Any], Any]) -> Any:
        """`probe(kind)`, a fact about the server: asked for at the first need, by one thread alone, and remembered."""
        with self._probing:
            if kind not in self._probed:
                self._probed[kind] = probe(kind)
            return self._probed[kind]

    # -- choosing -----------------------------------------------------------------------------------------------

    def _choose(self, request: Choose) -> Reply:
        if request.chat:
            raise Refused("a server does not show its chat template, so it cannot score a choice in a chat")
        if not self._once("echo", self._echo_is_aligned):
            raise Refused("this server's echoed log-probabilities are off by a token; score in process instead")
        prompt = f"{request.system}\n\n{request.prompt}" if request.system else request.prompt
        began = time.perf_counter()
        alone, _ = self._echo(prompt)
        wholes = [self._echo(prompt + option) for option in request.options]
        # All options from one common token, as in process: a tokenizer may merge a prompt's end with an option.
        start = max(1, min(common_prefix_length(alone, tokens) for tokens, _ in wholes))
        options = tuple((round(sum(values[start:]), 4), len(values) - start) for _, values in wholes)
        spent = round(time.perf_counter() - began, 4)
        return Reply(options=options, stop="scored", prompt_tokens=start, prompt_seconds=spent)

    def _echo(self, text: str) -> tuple[list[str], list[float]]:
        """(tokens of a text, their log-probabilities); the first, which nothing predicts, has 0."""
        body = {"model": self._model, "prompt": text, "max_tokens": 1, "echo": True, "logprobs": 1, "temperature": 0.0}
        return read_echo(self._post("/completions", body), text)

    def _echo_is_aligned(self, _: Any) -> bool:
        """Generate one token, then echo it: its log-probability must be the same both times."""
        start = "One, two, three, four,"
        request = Generate(start, chat=False, max_tokens=1)
        answer = self._ask(False, self._sampling(request), [{"content": start}], logprobs=True)
        reply = read_reply(answer, request, 0.0, ())
        _, values = self._echo(start + reply.text)
        return abs(values[-1] - reply.logprobs[0]) < 0.05

    # -- the wire -----------------------------------------------------------------------------------------------

    def _post(self, path: str, body: Mapping[str, Any]) -> Any:
        until, data = time.monotonic() + self._seconds, bytearray()
        with self._client.stream("POST", path, json=body) as answer:
            for part in answer.iter_bytes():
                data += part
                if time.monotonic() > until:  # a server may drip for ever
                    raise httpx.ReadTimeout("the answer was not complete in time")
                if len(data) > LARGEST:
                    raise Refused(f"the server's answer has more than {LARGEST:,} bytes")
        text = data.decode("utf-8", "replace")
        if answer.status_code >= 400:
            raise Refused(f"the server answered {answer.status_code}: {text[:200]}")
        return json.loads(text)


def _grammar(request: Generate) -> dict[str, Any]:
    return {"grammar": request.grammar}


def _json_schema(request: Generate) -> dict[str, Any]:
    """OpenAI's form."""
    contract = {"name": "reply", "schema": request.schema, "strict": True}
    return {"response_format": {"type": "json_schema", "json_schema": contract}}


def _json_object(request: Generate) -> dict[str, Any]:
    """The form of llama-cpp-python's server."""
    return {"response_format": {"type": "json_object", "schema": request.schema}}


def _reason(fault: Exception, seconds: float) -> str:
    if isinstance(fault, httpx.TimeoutException):
        return (
            f"the server gave no answer within {seconds:g} seconds; give it longer with INCOMPRESSIBLE_CELL_SECONDS, "
            "or ask fewer at once with --width"
        )
    if isinstance(fault, httpx.HTTPError):
        return f"the connection to the server broke: {fault}"[:500]
    if isinstance(fault, Refused):
        return str(fault)[:500]
    return f"the server's answer cannot be read: {fault.__class__.__name__}: {fault}"[:500]


def _public_name(listed: Any) -> str:
    """A model's name as the server lists it, fit to be published: some list the path of a file in a user's folder."""
    text = str(listed)
    return re.split(r"[/\\]", text)[-1] if re.match(r"[/~]|[A-Za-z]:[/\\]", text) else text
