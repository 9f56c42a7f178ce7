"""Replies of a model, and their JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FAILED = "failed"
"""The `stop` of a reply that is no answer. Journals look for this word alone, so it is what failed means."""


@dataclass(frozen=True)
class Reply:
    """What came back, kept whole so that any later score can be computed from it.

    text            the generated text; empty for a choice, a trace and a detour
    tokens          the text cut into token pieces: `"".join(tokens) == text` (a piece may be empty while a character
                    is still incomplete). For a trace the pieces of the text that was read
    logprobs        natural-log probability of each token under the model's own distribution, before any constraint.
                    For a trace 0 at the first token of each window, which nothing predicts
    prompt_tokens   tokens in the whole prompt, template included; `cached_tokens` of them came from a shared prefix
    prompt_seconds  this reply's share of the time spent on reading prompts: batches are shared by token count,
                    so that shares add up to the time the engine was busy
    seconds         likewise for generating, its own sampling time included
    stop            "end" (model ended), "length" (max_tokens), "stop" (stop string), "scored" (a choice or a detour),
                    "traced" or "failed"
    constrained     the decoder was held at every token of this reply
    options         for a choice, and for a detour with the router's own experts: (summed log-likelihood, number of
                    tokens) of each option
    routes          for a trace with routing, and for a detour: see `scoring.routes`
    against         for a trace that compares, of each token: "logprobs" of the plain model; "divergence" of the
                    distribution it was drawn from (Kullback-Leibler, nats, from the plain model's); "same_top", whether
                    both find the same token likeliest; "moved", in how many layers other experts read it. As in
                    `logprobs`, the first token of a window has no distribution: 0, 0 and 1
    earlier         replies to the turns before this one in the same request
    error           why there is no answer; empty when there is one

    Raises `ValueError` for an error in a reply that did not fail, and for a failure that does not say why.
    """

    text: str = ""
    tokens: tuple[str, ...] = ()
    logprobs: tuple[float, ...] = ()
    prompt_tokens: int = 0
    cached_tokens: int = 0
    prompt_seconds: float = 0.0
    seconds: float = 0.0
    stop: str = "end"
    constrained: bool = False
    options: tuple[tuple[float, int], ...] = ()
    earlier: tuple[Reply, ...] = ()
    routes: Mapping[str, Any] = field(default_factory=dict)
    against: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""

    def __post_init__(self) -> None:
        if self.failed != bool(self.error):
            raise ValueError(f"a reply has an error exactly when it failed, not with stop {self.stop!r}")

    @property
    def failed(self) -> bool:
        """Whether the engine could not answer at all; a failed reply is never scored."""
        return self.stop == FAILED


def failed_reply(error: str, earlier: tuple[Reply, ...] = ()) -> Reply:
    """The reply of a request that could not be answered: why, and the turns before it that were."""
    return Reply(stop=FAILED, error=error, earlier=earlier)


def reply_to_json(reply: Reply) -> dict[str, Any]:
    """A reply as plain JSON, empty fields left out; `reply_from_json` is its inverse."""
    bare = Reply()
    data = {name: value for name, value in vars(reply).items() if value != getattr(bare, name)}
    if reply.earlier:
        data["earlier"] = [reply_to_json(turn) for turn in reply.earlier]
    return data


def reply_from_json(data: Mapping[str, Any]) -> Reply:
    """Rebuild a reply. Raises `TypeError` for an unknown field, `ValueError` for an error in what did not fail."""
    fields: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
    if "earlier" in fields:
        fields["earlier"] = tuple(reply_from_json(turn) for turn in fields["earlier"])
    if "options" in fields:
        fields["options"] = tuple(map(tuple, fields["options"]))
    return Reply(**fields)
