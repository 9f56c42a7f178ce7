"""Responses of an OpenAI-compatible server, read with suspicion: a position in a reply must mean what it says."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from ..schema import Generate, Reply


class Refused(Exception):
    """The server cannot answer this request, or not in a way that can be used; says why."""


def read_reply(answer: Mapping[str, Any], request: Generate, seconds: float, earlier: tuple[Reply, ...]) -> Reply:
    """A server's answer as a reply. Its seconds are wall-clock: a server does not share out its batches.

    Raises `Refused` when the tokens are missing, do not make up the text, or the constraint was let go.
    """
    choice, usage = answer["choices"][0], answer.get("usage") or {}
    text = (choice["message"]["content"] if request.chat else choice["text"]) or ""
    tokens, values = _logprobs(choice.get("logprobs") or {}, request.chat)
    pieces = align_tokens(tokens, text)
    if pieces is None:
        raise Refused("the server gave no tokens that make up its text, so no position in the reply would be known")
    stop = "length" if choice.get("finish_reason") == "length" else "end"
    if request.schema is not None and stop == "end" and as_json(text) is None:
        raise Refused("the server let go of the schema: what it finished is no JSON")
    return Reply(
        text=text,
        tokens=tuple(pieces),
        logprobs=tuple(round(value, 4) for value in values[: len(pieces)]),
        prompt_tokens=int(usage.get("prompt_tokens") or 0),
        seconds=round(seconds, 4),
        stop=stop,
        constrained=request.schema is not None or request.grammar is not None,
        earlier=earlier,
    )


def read_echo(answer: Mapping[str, Any], text: str) -> tuple[list[str], list[float]]:
    """The tokens of an echoed `text` and their log-probabilities, without the token that was generated after it; the
    first one, which nothing predicts, has 0. Raises `Refused` when either is missing."""
    found = answer["choices"][0].get("logprobs") or {}
    tokens, values = found.get("tokens") or [], found.get("token_logprobs") or []
    pieces = align_tokens(tokens, text)
    if not pieces or len(pieces) > len(values):
        raise Refused("the server echoed no log-probabilities; score in process instead")
    if pieces[-1] != tokens[len(pieces) - 1]:  # the generated token may be part of the same unfinished character
        raise Refused("the server's echo does not show which token is the text's last; score in process instead")
    return pieces, [0.0, *(_number(value) for value in values[1 : len(pieces)])]


def align_tokens(tokens: Sequence[str], text: str) -> list[str] | None:
    """The tokens as pieces of the text: `"".join(pieces) == text`. None when they do not fit.

    A token that ends inside a character comes as "" or "\\ufffd" from most servers; the character is given to the last
    of these. What follows after the text's end (a stop string, an end token) is dropped.
    """
    pieces: list[str] = []
    at, torn = 0, False
    for token in tokens:
        left = text[at:]
        if not left:
            break
        if len(token) > len(left) and token.startswith(left):
            token = left
        whole = token if left.startswith(token) else token.replace("\ufffd", "")
        start = text.find(whole, at)
        if start < 0 or (start > at and not torn):
            return None
        if start > at:
            pieces[-1] += text[at:start]
        torn = not whole or whole != token
        at = start + len(whole)
        pieces.append(whole)
    if at < len(text):
        if not torn:
            return None
        pieces[-1] += text[at:]
    return pieces


def as_json(text: str) -> Any:
    """The value that a whole text stands for, None when it is no JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _logprobs(found: Mapping[str, Any], chat: bool) -> tuple[list[str], list[float]]:
    if chat:
        pairs = [(part["token"], part["logprob"]) for part in found.get("content") or []]
    else:
        pairs = list(zip(found.get("tokens") or [], found.get("token_logprobs") or [], strict=False))
    return [str(token) for token, _ in pairs], [_number(value) for _, value in pairs]


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
        raise Refused("the server gave no log-probability for some token")
    return float(value)
