"""The engine's child process: `python -m runners.engine.worker`, JSON lines in and out.

A model can take its process down (an impossible setting, weights that lie, no memory left), so it never lives in ours.

    in    {"load": {...}, "memory_bytes": n}    then any number of    {"requests": [...]}
    out   {"ready": facts}  {"started": i}  {"tick": 1}  {"reply": i, ...}  {"done": 1}  {"error": text}
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from typing import Any, TextIO

from ..host.processes import die_with

TICK_SECONDS = 1.0


class Outbox:
    """The pipe to the parent. Ticks are thinned out; they only have to say that work goes on."""

    def __init__(self, pipe: TextIO) -> None:
        self._pipe, self._last = pipe, 0.0

    def send(self, **message: Any) -> None:
        """Write one message."""
        self._pipe.write(json.dumps(message) + "\n")
        self._pipe.flush()

    def tick(self) -> None:
        """Say that work goes on."""
        if time.monotonic() - self._last >= TICK_SECONDS:
            self._last = time.monotonic()
            self.send(tick=1)


def main() -> None:
    """Load what the first line says, then answer until the input ends."""
    outbox = Outbox(os.fdopen(os.dup(1), "w", encoding="utf-8"))
    os.dup2(2, 1)  # whatever a library prints must not land among the messages
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    opening = json.loads(sys.stdin.readline())
    if opening["load"].get("gpu_layers") == 0:  # what a GPU's driver needs of the system is not ours to know
        cut_network()
    die_with(os.getppid())
    limit_memory(opening.get("memory_bytes"))

    from .llama_engine import LlamaEngine
    from .protocol import EngineError, Load

    try:
        load = Load(**opening["load"])
        engine = LlamaEngine(load, started=lambda index: outbox.send(started=index), tick=outbox.tick)
    except (EngineError, MemoryError, KeyError, TypeError, ValueError) as fault:
        outbox.send(error=str(fault) or fault.__class__.__name__)
        return
    outbox.send(ready=engine.facts)
    for line in sys.stdin:
        _answer(engine, json.loads(line)["requests"], outbox)


def _answer(engine, requests: list[dict[str, Any]], outbox: Outbox) -> None:
    from ..schema import reply_to_json, request_from_json

    for index, reply in engine.answer([request_from_json(request) for request in requests]):
        outbox.send(reply=index, data=reply_to_json(reply))
    outbox.send(done=1)


def cut_network() -> bool:
    """Leave this process no network at all, where the system lets an ordinary user do that (Linux, user_namespaces(7)):
    weights and templates of strangers have nobody to talk to. Says whether it did. Must come before any thread."""
    if sys.platform != "linux":
        return False
    import ctypes

    new_user, new_network = 0x10000000, 0x40000000
    return ctypes.CDLL(None).unshare(new_user | new_network) == 0


def limit_memory(limit: int | None) -> None:
    """Turn over-allocation into a clean error instead of a machine that swaps. Mapped weights count, too."""
    if limit and sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


if __name__ == "__main__":
    main()
