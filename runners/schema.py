"""The nouns of the house. Everything else is built of these; they need nothing but the standard library.

    Item -> ask -> Request -> engine -> Reply -> score -> numbers

An `Experiment` holds the items, the arms and the two pure functions; a `Cell` is one question to one model.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

Arm = Mapping[str, str | int | float | bool]
"""One setting of what an experiment varies, as in `{"held": "grammar"}`."""


# Made once: `json.dumps` makes another for every call, and a plan needs thousands of digests.
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def canonical(value: Any) -> bytes:
    """Bytes that are equal exactly when two JSON-like values are equal (RFC 8785 in spirit: sorted, no spaces)."""
    return _ENCODER.encode(value).encode()


def digest(value: Any) -> str:
    """The first 32 hex digits (128 bits) of the SHA-256 of a value's canonical bytes."""
    return hashlib.sha256(canonical(value)).hexdigest()[:32]


def _plain(value: Any) -> dict[str, Any]:
    """The fields of a dataclass, and of those in them. What is plain already is not copied, as `asdict` would."""
    held = {name: getattr(value, name) for name in value.__dataclass_fields__}
    return {name: _plain(one) if hasattr(one, "__dataclass_fields__") else one for name, one in held.items()}


@dataclass(frozen=True)
class Item:
    """One question whose answer a program can check.

    `tags` hold what results are grouped by (`{"depth": 3}`); items of one `cluster` are not independent draws,
    so intervals resample whole clusters.
    """

    id: str
    prompt: str
    target: Mapping[str, Any]
    tags: Mapping[str, str | int] = field(default_factory=dict)
    cluster: str = ""

    @cached_property
    def hash(self) -> str:
        """The digest of everything in the item, so that an edited item is another item."""
        return digest(_plain(self))


class Later(Sequence[Item]):
    """Items that are drawn when somebody first looks at them, so that knowing of an experiment costs nothing."""

    def __init__(self, draw: Callable[[], Sequence[Item]]) -> None:
        self._draw = draw

    @cached_property
    def _items(self) -> tuple[Item, ...]:
        return tuple(self._draw())

    def __getitem__(self, place: Any) -> Any:
        return self._items[place]

    def __len__(self) -> int:
        return len(self._items)


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
    kept     keep the mixture's weights as the router gave them; otherwise they follow the new experts' probabilities
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
    themselves. The mixture's weights follow the probabilities that the router gives the set. Raw text; each of
    `options` must be one token.
    """

    prompt: str
    options: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.options) < 2 or not all(self.options):
            raise ValueError("a choice needs two options or more, none of them empty")


Request = Generate | Choose | Trace | Detour


def request_to_json(request: Request) -> dict[str, Any]:
    """A request as plain JSON; `request_from_json` is its inverse."""
    return {"kind": type(request).__name__, **_plain(request)}


def request_from_json(data: Mapping[str, Any]) -> Request:
    """Rebuild a request. Raises `ValueError` for an unknown kind and `TypeError` for an unknown field."""
    fields = {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
    kind = fields.pop("kind", "Generate")
    if kind in ("Choose", "Detour"):
        return {"Choose": Choose, "Detour": Detour}[kind](**fields)
    if kind == "Trace":
        route = fields.pop("route", None)
        return Trace(**fields, route=_route(route) if route else None)
    if kind != "Generate":
        raise ValueError(f"no such request: {kind!r}")
    following = fields.pop("then", None)
    return Generate(**fields, then=request_from_json(following) if following else None)


def _route(data: Mapping[str, Any]) -> Route:
    return Route(**{name: tuple(value) if isinstance(value, list) else value for name, value in data.items()})


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

    @property
    def failed(self) -> bool:
        """Whether the engine could not answer at all; a failed reply is never scored."""
        return bool(self.error)


def reply_to_json(reply: Reply) -> dict[str, Any]:
    """A reply as plain JSON, empty fields left out; `reply_from_json` is its inverse."""
    bare = Reply()
    data = {name: value for name, value in vars(reply).items() if value != getattr(bare, name)}
    if reply.earlier:
        data["earlier"] = [reply_to_json(turn) for turn in reply.earlier]
    return data


def reply_from_json(data: Mapping[str, Any]) -> Reply:
    """Rebuild a reply. Raises `TypeError` for an unknown field."""
    fields = {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
    if "earlier" in fields:
        fields["earlier"] = tuple(reply_from_json(turn) for turn in fields["earlier"])
    if "options" in fields:
        fields["options"] = tuple(map(tuple, fields["options"]))
    return Reply(**fields)


@dataclass(frozen=True)
class Metric:
    """One number that `score` gives for a reply. `unit` is what a reader sees; NaN means "does not apply here"."""

    name: str
    unit: str
    better: str = "higher"


@dataclass(frozen=True)
class Experiment:
    """An experiment is data plus two pure functions.

    `ask(item, arm)` says what to send a model; `score(item, arm, reply)` judges a stored reply. `varies` are arms that
    one loaded model can answer; `loads` are arms that need another load, named after the engine's settings
    (`engine.protocol.Load`). `strata` name the tags that the quick profile
    keeps in balance: it takes the first `quick` items of each stratum, so quick cells are a subset of the full ones.
    `context` is how many tokens each sequence may use. An experiment on controlled twins names their `ladder`, and is
    asked of no other model; a `sparse` one is asked only of models that have experts.
    """

    slug: str
    version: int
    question: str
    items: Sequence[Item]
    varies: Mapping[str, tuple]
    ask: Callable[[Item, Arm], Request]
    score: Callable[[Item, Arm, Reply], dict[str, float]]
    metrics: tuple[Metric, ...]
    loads: Mapping[str, tuple] = field(default_factory=dict)
    strata: tuple[str, ...] = ()
    quick: int = 6
    context: int = 2048
    seed: int = 0
    ladder: str = ""
    sparse: bool = False

    def arms(self) -> Iterator[dict[str, Any]]:
        """Every combination of what varies, in the order it was declared."""
        axes = {**self.loads, **self.varies}
        for values in itertools.product(*axes.values()):
            yield dict(zip(axes, values, strict=True))

    def loading(self) -> Iterator[dict[str, Any]]:
        """Every combination of what needs another load; one empty combination where nothing does."""
        for values in itertools.product(*self.loads.values()):
            yield dict(zip(self.loads, values, strict=True))

    def chosen(self, profile: str) -> tuple[Item, ...]:
        """The items of a profile: all for "full", the first `quick` of each stratum for "quick"."""
        if profile == "full":
            return tuple(self.items)
        places = self.places()
        return tuple(item for item in self.items if places[item.id] < self.quick)

    def places(self) -> dict[str, int]:
        """How many items of its stratum come before each item, by the item's id."""
        taken: Counter[tuple] = Counter()
        places = {}
        for item in self.items:
            stratum = tuple(item.tags.get(tag) for tag in self.strata)
            places[item.id] = taken[stratum]
            taken[stratum] += 1
        return places


@dataclass(frozen=True)
class Cell:
    """One question to one model: the unit that is planned, asked, kept and resumed.

    `model` is the SHA-256 of the weights; `engine` holds every setting of engine and load that can change an answer
    (build, backend, batch width, context, cache types). The key covers these and the request itself, and nothing
    else: no name and no date ever makes a stored reply fit.
    """

    experiment: str
    version: int
    model: str
    engine: Mapping[str, Any]
    arm: Arm
    item: Item
    request: Request
    seed: int = 0

    @cached_property
    def key(self) -> str:
        """The digest of exactly what can change the answer."""
        return digest(
            {
                "experiment": self.experiment,
                "version": self.version,
                "model": self.model,
                "engine": dict(self.engine),
                "arm": dict(self.arm),
                "item": self.item.hash,
                "request": request_to_json(self.request),
                "seed": self.seed,
            }
        )
