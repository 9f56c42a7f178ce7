"""The parent side of the engine process: starts it, watches it, ends it, and asks again what was lost with it."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from ..host.processes import python_path
from ..schema import Reply, Request, failed_reply, reply_from_json, request_to_json
from .protocol import EngineError, Limits, Load

TAIL = 600
"""Characters of the dead engine's last words that are kept with a failed cell."""

GRACE = 5.0
"""Seconds in which a process whose pipe is closed has to end."""


class Died(Exception):
    """The engine process is gone, or had to be stopped; the text says why."""


class ChildEngine:
    """`protocol.Engine` in a child process. An abort, a hang or a lack of memory costs only the cells in flight.

    Each of those is then asked once more, alone, in a fresh process; what fails again becomes a failed reply with the
    reason. Raises `EngineError` when the weights cannot be loaded at all.
    """

    def __init__(self, load: Load, limits: Limits | None = None) -> None:
        self.load, self.limits = load, limits or Limits()
        self.facts: Mapping[str, Any] = {}
        self._process: subprocess.Popen[str] | None = None
        self._start()

    def __enter__(self) -> ChildEngine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def answer(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Yield (index, reply) for every request; see `protocol.Engine`."""
        left = dict(enumerate(requests))
        while left:
            try:
                for index, reply in self._ask(left):
                    del left[index]
                    yield index, reply
            except Died:
                # Without a sign of what was in flight, the process failed on its way in: then every request is suspect.
                for index in [at for at in self._in_flight or list(left) if at in left]:
                    yield index, self._ask_alone(left.pop(index))

    def close(self) -> None:
        """End the process. May be called twice."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in filter(None, (process.stdin, process.stdout)):
                pipe.close()
            self._stderr.close()

    def _ask_alone(self, request: Request) -> Reply:
        try:
            return dict(self._ask({0: request}))[0]  # read to the end, or its "done" would end the next round
        except (Died, EngineError) as fault:
            return failed_reply(str(fault))

    def _ask(self, wanted: Mapping[int, Request]) -> Iterator[tuple[int, Reply]]:
        """Send requests under their own numbers; yields replies until the engine is done. Raises `Died`."""
        if self._process is None:
            self._start()
        numbers = list(wanted)
        self._in_flight: set[int] = set()
        self._send(requests=[request_to_json(wanted[number]) for number in numbers])
        while True:
            message = self._next(self.limits.cell_seconds)
            if "started" in message:
                self._in_flight.add(numbers[message["started"]])
            elif "reply" in message:
                number = numbers[message["reply"]]
                self._in_flight.discard(number)
                yield number, reply_from_json(message["data"])
            elif "done" in message:
                return

    def _start(self) -> None:
        # The engine's last words go to a file: a pipe that nobody reads would fill up and stop it.
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the process)
        self._inbox: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "runners.engine.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            text=True,
            encoding="utf-8",
            env=environment(),
        )
        threading.Thread(target=_pump, args=(self._process.stdout, self._inbox), daemon=True).start()
        try:
            self._send(load=asdict(self.load), memory_bytes=self.limits.memory_bytes)
            message = self._next(self.limits.load_seconds)
        except Died as fault:
            raise EngineError(f"{self.load.path}: the engine did not start: {fault}") from fault
        if "error" in message:
            self.close()
            raise EngineError(message["error"])
        self.facts = message["ready"]

    def _send(self, **message: Any) -> None:
        assert self._process is not None and self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()
        except OSError as fault:
            raise Died(self._bury("the engine process ended")) from fault

    def _next(self, patience: float) -> dict[str, Any]:
        """The next message; ticks count as signs of life like any other. Raises `Died`."""
        try:
            message = self._inbox.get(timeout=patience)
        except queue.Empty:
            raise Died(self._bury(f"no sign of progress for {patience:g} seconds; the engine was stopped")) from None
        if message is None:
            raise Died(self._bury("the engine process ended"))
        return message

    def _bury(self, why: str) -> str:
        """Make sure it is dead; the reason, its exit code and its last words. Raises `EngineError` where another thread
        has closed the engine: then nothing is asked again."""
        process = self._process
        if process is None:
            raise EngineError(f"{self.load.path}: the engine was closed while it was at work")
        with suppress(subprocess.TimeoutExpired):  # one that ended by itself may take a moment, and has an exit code
            process.wait(0 if "progress" in why else GRACE)
        process.kill()
        code = process.wait()
        self._stderr.seek(0)
        tail = self._stderr.read().decode("utf-8", "replace")[-TAIL:].strip()
        self.close()
        return f"{why} ({_describe_exit(code)})" + (f": {tail}" if tail else "")


def _describe_exit(code: int) -> str:
    """An exit code in words: which signal ended the process, and the cure where there is one."""
    name = next((known.name for known in signal.Signals if known == -code), "")
    cure = "; this llama.cpp was built for another processor, so build it here: pip install --force-reinstall "
    cure += "--no-cache-dir --no-binary llama-cpp-python llama-cpp-python"
    return f"exit {code}" + (f", {name}" if name else "") + (cure if name == "SIGILL" else "")


def _pump(pipe, inbox: queue.Queue) -> None:
    """Move messages from the pipe to the queue, so that the reader can wait with a limit."""
    try:
        for line in pipe:
            inbox.put(json.loads(line))
    except ValueError:  # the pipe was closed under us, or the last line was torn
        pass
    inbox.put(None)


def environment() -> dict[str, str]:
    """What a process that runs llama.cpp is started with."""
    return {
        # Threads that spin while they wait bring two busy cores to a crawl (measured: 104 tokens/s down to 11).
        "GOMP_SPINCOUNT": "1000",
        **os.environ,
        "GGML_NO_BACKTRACE": "1",  # or llama.cpp's abort handler starts a debugger
        "PYTHONPATH": python_path(),
    }
