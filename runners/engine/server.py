"""Any OpenAI-compatible server: llama-server, llama-cpp-python, Ollama, LM Studio, vLLM.

A server is believed only as far as it was tested here: one that takes a schema and ignores it must not pass for one
that held, and one whose echoed log-probabilities are off by a token must not score a choice. Both are tried out once,
before the first request that depends on it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import cached_property
from typing import Any

import httpx

from ..schema import Choose, Generate, Reply, Request
from .protocol import EngineError

PROBE = "xq7-held"
"""What a held decoder has to say and a free one never would."""


class Refused(Exception):
    """The server cannot answer this request; says why."""


class ServerEngine:
    """`protocol.Engine` over HTTP, `width` requests at a time. `url` ends in /v1. Raises `EngineError` when nobody
    answers there."""

    def __init__(self, url: str, model: str, width: int = 8, seconds: float = 300.0) -> None:
        self._model, self._width = model, width
        self._client = httpx.Client(base_url=url, timeout=httpx.Timeout(seconds, connect=10.0))
        try:
            listed = self._client.get("/models").raise_for_status().json().get("data", [])
        except (httpx.HTTPError, ValueError, AttributeError) as fault:
            raise EngineError(
                f"{url} does not answer as an OpenAI-compatible server ({fault}); is it running?"
            ) from fault
        self.facts: Mapping[str, Any] = {"server": url, "models": [str(entry.get("id")) for entry in listed]}

    def __enter__(self) -> ServerEngine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections. May be called twice."""
        self._client.close()

    def answer(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Yield (index, reply) as replies come in; see `protocol.Engine`."""
        pool = ThreadPoolExecutor(self._width)
        try:
            asked = {pool.submit(self._reply, request): index for index, request in enumerate(requests)}
            for future in as_completed(asked):
                yield asked[future], future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _reply(self, request: Request) -> Reply:
        try:
            if isinstance(request, Choose):
                return self._choose(request)
            system = [{"role": "system", "content": request.system}] if request.system else []
            return self._turns(request, [*system, {"role": "user", "content": request.prompt}], ())
        except (Refused, httpx.HTTPError, ValueError, KeyError, TypeError, IndexError) as fault:
            return Reply(stop="failed", error=f"{fault.__class__.__name__}: {fault}"[:500])

    # -- generating ---------------------------------------------------------------------------------------------

    def _turns(self, request: Generate, messages: list[dict[str, str]], earlier: tuple[Reply, ...]) -> Reply:
        reply = self._generate(request, messages, earlier)
        if request.then is None:
            return reply
        turns = [{"role": "assistant", "content": reply.text}, {"role": "user", "content": request.then.prompt}]
        return self._turns(request.then, [*messages, *turns], (*earlier, reply))

    def _generate(self, request: Generate, messages: list[dict[str, str]], earlier: tuple[Reply, ...]) -> Reply:
        held = request.schema is not None or request.grammar is not None
        if held and not self._holds("grammar" if request.grammar else "schema"):
            raise Refused("this server ignores the constraint: a probe that only one text could satisfy got another")
        body = self._sampling(request) | (self._constraint(request.schema, request.grammar) if held else {})
        began = time.perf_counter()
        if request.chat:
            answer = self._post("/chat/completions", body | {"messages": messages, "logprobs": True, "top_logprobs": 1})
        else:
            answer = self._post("/completions", body | {"prompt": request.prompt, "logprobs": 1})
        return _read(answer, request, time.perf_counter() - began, held, earlier)

    def _sampling(self, request: Generate) -> dict[str, Any]:
        body: dict[str, Any] = {"model": self._model, "max_tokens": request.max_tokens, "seed": request.seed}
        body |= {"temperature": max(request.temperature, 0.0), "top_p": request.top_p}
        body |= {name: value for name in ("top_k", "min_p") if (value := getattr(request, name))}
        return body | ({"stop": list(request.stop)} if request.stop else {})

    def _constraint(self, schema: Mapping[str, Any] | None, grammar: str | None) -> dict[str, Any]:
        if grammar is not None:
            return {"grammar": grammar}
        if self._takes_json_schema:
            return {"response_format": _json_schema(schema)}
        return {"response_format": {"type": "json_object", "schema": schema}}

    @cached_property
    def _takes_json_schema(self) -> bool:
        """Whether the server takes OpenAI's form of a schema; llama-cpp-python has its own."""
        body = {"model": self._model, "max_tokens": 1, "messages": [{"role": "user", "content": "Hi"}]}
        answer = self._client.post(
            "/chat/completions", json=body | {"response_format": _json_schema({"type": "object", "properties": {}})}
        )
        return answer.status_code < 400

    def _holds(self, kind: str) -> bool:
        known = self.__dict__.setdefault("_held", {})
        if kind not in known:
            known[kind] = self._probe(kind)
        return known[kind]

    def _probe(self, kind: str) -> bool:
        schema = {"type": "object", "properties": {"say": {"type": "string", "enum": [PROBE]}}, "required": ["say"]}
        grammar = f'root ::= "{PROBE}"' if kind == "grammar" else None
        body = {"model": self._model, "max_tokens": 64, "temperature": 0.0}
        body |= {"messages": [{"role": "user", "content": "Say hello in JSON."}], **self._constraint(schema, grammar)}
        text = self._post("/chat/completions", body)["choices"][0]["message"]["content"] or ""
        return text.strip() == PROBE if grammar else _loads(text) == {"say": PROBE}

    # -- choosing -----------------------------------------------------------------------------------------------

    def _choose(self, request: Choose) -> Reply:
        if request.chat:
            raise Refused(
                "a server does not show its chat template, so it cannot score a choice in a chat; use chat=False"
            )
        if not self._echo_is_aligned:
            raise Refused(
                "this server's echoed log-probabilities are missing or off by a token; score in process instead"
            )
        prompt = f"{request.system}\n\n{request.prompt}" if request.system else request.prompt
        began = time.perf_counter()
        options = tuple(self._option(prompt, option) for option in request.options)
        return Reply(options=options, stop="scored", prompt_seconds=round(time.perf_counter() - began, 4))

    def _option(self, prompt: str, option: str) -> tuple[float, int]:
        offsets, values = self._echo(prompt + option)
        scored = [value for offset, value in zip(offsets, values, strict=False) if offset >= len(prompt)]
        if not scored or None in scored:
            raise Refused("the server gave no log-probability for some token of an option")
        return round(sum(scored), 4), len(scored)

    def _echo(self, text: str) -> tuple[list[int], list[float | None]]:
        body = {"model": self._model, "prompt": text, "max_tokens": 1, "echo": True, "logprobs": 1, "temperature": 0.0}
        found = self._post("/completions", body)["choices"][0].get("logprobs") or {}
        offsets, values = found.get("text_offset") or [], found.get("token_logprobs") or []
        inside = sum(offset < len(text) for offset in offsets)
        return offsets[:inside], values[:inside]

    @cached_property
    def _echo_is_aligned(self) -> bool:
        """Generate one token, then echo it: its log-probability must be the same both times."""
        start = "One, two, three, four,"
        body = {"model": self._model, "prompt": start, "max_tokens": 1, "logprobs": 1, "temperature": 0.0}
        try:
            choice = self._post("/completions", body)["choices"][0]
            offsets, values = self._echo(start + choice["text"])
            at = next(place for place, offset in enumerate(offsets) if offset >= len(start))
            return abs(values[at] - choice["logprobs"]["token_logprobs"][0]) < 0.05
        except (Refused, httpx.HTTPError, KeyError, TypeError, IndexError, StopIteration):
            return False

    def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = self._client.post(path, json=body)
        if answer.status_code >= 400:
            raise Refused(f"the server answered {answer.status_code}: {answer.text[:200]}")
        return answer.json()


def _json_schema(schema: Mapping[str, Any] | None) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "reply", "schema": schema, "strict": True}}


def _loads(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _read(
    answer: Mapping[str, Any], request: Generate, seconds: float, held: bool, earlier: tuple[Reply, ...]
) -> Reply:
    """A server's answer as a reply. Its seconds are wall-clock: a server does not share out its batches."""
    choice, usage = answer["choices"][0], answer.get("usage") or {}
    text = (choice["message"]["content"] if request.chat else choice["text"]) or ""
    found = choice.get("logprobs") or {}
    if request.chat:
        pairs = [(str(part["token"]), float(part["logprob"])) for part in found.get("content") or []]
    else:
        pairs = list(zip(found.get("tokens") or [], found.get("token_logprobs") or [], strict=False))
    if "".join(piece for piece, _ in pairs) != text:  # positions in a reply must mean what they say
        pairs = []
    return Reply(
        text=text,
        tokens=tuple(piece for piece, _ in pairs) or ((text,) if text else ()),
        logprobs=tuple(round(value, 4) for _, value in pairs),
        prompt_tokens=int(usage.get("prompt_tokens", 0)),
        seconds=round(seconds, 4),
        stop="length" if choice.get("finish_reason") == "length" else "end",
        constrained=held,
        earlier=earlier,
    )
