"""The interface of an engine: it takes many requests and gives back replies, in whatever order is fastest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

from ..schema import Reply, Request


class EngineError(Exception):
    """The engine cannot work at all (weights it cannot load, a server that does not answer). Says what to do."""


@dataclass(frozen=True)
class Load:
    """How a model is loaded. Whatever here can change an answer is part of every cell's key.

    context          tokens that each sequence may use, prompt and reply together
    width            sequences decoded in one batch
    threads          CPU threads; 0 means every usable core
    gpu_layers       layers on the GPU; -1 means all
    cache_type       type of the KV cache, as in "f16" or "f32"
    flash_attention  off by default: its kernel for long prompts rounds unlike the one for single tokens, so that
                     replies come to depend on how prompts were cut
    share_prefix     evaluate a prefix that requests have in common once
    experts_used     experts that each token uses; 0 leaves the model's own number
    weights          what the model's file is quantized to first, as in "Q4_0" or "Q4_0 experts" (`engine.quantize`)
    source           where the file lies that was quantized
    """

    path: str
    context: int = 2048
    width: int = 8
    threads: int = 0
    gpu_layers: int = -1
    cache_type: str = "f16"
    flash_attention: bool = False
    share_prefix: bool = True
    experts_used: int = 0
    weights: str = ""
    source: str = ""

    def plain(self) -> Load:
        """The same model with nothing changed: what comparisons are made with."""
        return replace(self, path=self.source or self.path, weights="", source="", experts_used=0, cache_type="f16")

    def identity(self) -> dict[str, Any]:
        """The settings that can change an answer. Where the file lies and how many threads run are not among them.

        Settings that not every load has count only where they are set: keys of replies from before they came stay good.
        """
        kept = {name: value for name, value in asdict(self).items() if name not in ("path", "threads", "source")}
        return {name: value for name, value in kept.items() if value or name not in ("experts_used", "weights")}


@dataclass(frozen=True)
class Limits:
    """What an engine process may use before it counts as broken. Seconds are without any sign of progress."""

    load_seconds: float = 600.0
    cell_seconds: float = 300.0
    memory_bytes: int | None = None


class Engine(Protocol):
    """Many requests in, replies out, each with the index of its request. A context manager: leaving it frees all."""

    facts: Mapping[str, Any]
    """What the engine found out about itself: build, devices, layers really offloaded."""

    def answer(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Yield (index, reply) as replies are finished. A request that cannot be answered gives a failed reply."""

    def __enter__(self) -> Engine: ...

    def __exit__(self, *_: object) -> None: ...

    def close(self) -> None:
        """Free everything. May be called twice."""
