"""Requests to a model, and their JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .digests import plain


@dataclass(frozen=True)
class Generate:
    """Ask for text. Greedy unless `temperature` is above 0, and then drawn with `seed` alone.

    `chat=False` sends the prompt as it stands; otherwise the model's own chat template wraps it.
    `schema` (JSON Schema) or `grammar` (GBNF) hold the decoder; `then` is asked next in the same conversation, once
    this turn's reply is known.
    """

    prompt: str
    system: str = ""
    chat: bool = True
    max_tokens: int = 256
    temperature: float = 0.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    seed: int = 0
    stop: tuple[str, ...] = ()
    schema: Mapping[str, Any] | None = None
    grammar: str | None = None
    then: Generate | None = None

    def __post_init__(self) -> None:
        if self.schema is not None and self.grammar is not None:
            raise ValueError("a request is held by a schema or by a grammar, not by both")
        if self.max_tokens < 1:
            raise ValueError(f"max_tokens must be at least 1, not {self.max_tokens}")


@dataclass(frozen=True)
class Choose:
    """Ask which continuation the model finds likeliest: the log-likelihood of each of `options` after the prompt."""

    prompt: str
    options: tuple[str, ...]
    system: str = ""
    chat: bool = True

    def __post_init__(self) -> None:
        if len(self.options) < 2 or not all(self.options):
            raise ValueError("a choice needs two options or more, none of them empty")


@dataclass(frozen=True)
class Trace:
    """Ask how likely a model finds each token of a text that is there already.

    The text is cut into windows of `window` tokens, each read on its own; what is left over at the end is not read,
    unless the whole text is shorter than a window. Where a model begins texts with a token of its own, that takes the
    place of each window's first. (So does llama.cpp's `llama-perplexity`, whose figures this can be held against.)
    `routing` asks which experts were chosen, of a model that has any; `route` sends tokens to others. `compared` asks
    how far all of it is from the plain model: the same weights before they were quantized, with their own experts and
    an F16 cache.
    """

    text: str
    window: int = 256
    routing: bool = False
    route: Route | None = None
    compared: bool = False

    def __post_init__(self) -> None:
        if self.window < 2:
            raise ValueError(f"a window needs two tokens or more, not {self.window}")


@dataclass(frozen=True)
class Route:
    """Send tokens to other experts than the router chose.

    swapped  how many of the chosen experts are replaced, drawn by `seed` for each token and layer
    by       what replaces them: "next" (the likeliest that were not chosen), "least" (the least likely) or "random"
    layers   the layers where this happens; none given means all
    places   the places in a window where it happens; none given means all
    experts  instead of a swap, these experts for every token
    kept     keep the experts' weights as the router gave them; otherwise they follow the new experts' probabilities
    """

    swapped: int = 0
    by: str = "random"
    layers: tuple[int, ...] = ()
    places: tuple[int, ...] = ()
    experts: tuple[int, ...] = ()
    kept: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        if self.by not in ("next", "least", "random"):
            raise ValueError(f"experts are replaced by next, least or random ones, not by {self.by!r}")
        if bool(self.swapped) == bool(self.experts):
            raise ValueError("a route swaps some of the chosen experts or gives the experts, one of the two")


@dataclass(frozen=True)
class Detour:
    """Ask which continuation would be likeliest if other experts read the last token of the prompt.

    Every set of as many experts as the model uses is tried, in one layer at a time, while all other layers choose for
    themselves. The experts' weights follow the probabilities that the router gives the set. Raw text; each of
    `options` must be one token.
    """

    prompt: str
    options: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.options) < 2 or not all(self.options):
            raise ValueError("a choice needs two options or more, none of them empty")


Request = Generate | Choose | Trace | Detour

KINDS: Mapping[str, type[Request]] = {"Generate": Generate, "Choose": Choose, "Trace": Trace, "Detour": Detour}
"""What each kind of request is called in keys and journals. A class may be renamed; what it is called here may not, or
every reply to it is orphaned."""

_NAMES = {kind: name for name, kind in KINDS.items()}


def request_to_json(request: Request) -> dict[str, Any]:
    """A request as plain JSON; `request_from_json` is its inverse."""
    return {"kind": _NAMES[type(request)], **plain(request)}


def request_from_json(data: Mapping[str, Any]) -> Request:
    """Rebuild a request. Raises `ValueError` for an unknown kind and `TypeError` for an unknown field."""
    fields: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
    kind = fields.pop("kind", "Generate")
    if kind not in KINDS:
        raise ValueError(f"no such request: {kind!r}")
    if fields.get("route"):
        fields["route"] = _route(fields["route"])
    if fields.get("then"):
        fields["then"] = request_from_json(fields["then"])
    return KINDS[kind](**fields)


def _route(data: Mapping[str, Any]) -> Route:
    fields: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
    return Route(**fields)
