"""Servers for tests: llama-cpp-python's own on loopback, and stand-ins that lie, stall or break."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

from runners.engine.subprocess_engine import environment

_SERVE = """
from tests.bench.tools import spared
spared()
from llama_cpp.server.__main__ import main
main()
"""
"""The server itself, its weights loaded as our engine loads them where a machine's tiles cannot be trusted."""


@contextmanager
def llama_server(weights: Path, *options: str, context: int = 2048) -> Iterator[str]:
    """The address of llama-cpp-python's server with these weights, in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, "-c", _SERVE, "--model", str(weights), "--n_ctx", str(context)]
    # A new request would otherwise cut off the one that is being answered.
    command += ["--host", "127.0.0.1", "--port", port, "--interrupt_requests", "false", *options]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, env=environment(), **quiet)
    try:
        _wait_for(f"http://127.0.0.1:{port}/v1/models", process)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.kill()
        process.wait()


def _wait_for(url: str, process: subprocess.Popen) -> None:
    for _ in range(600):
        assert process.poll() is None, "the server ended before it answered"
        try:
            if httpx.get(url, trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise AssertionError(f"{url} did not answer within two minutes")


Answer = Callable[[str, dict[str, Any]], Any]
"""(path, body of the request) -> what to answer: bytes as they are, (status, text), or something to be sent as JSON."""


class StandIn:
    """A server that answers as a function says, and keeps what it was asked."""

    def __init__(self, answer: Answer) -> None:
        self.asked: list[dict[str, Any]] = []
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                self.send(200, json.dumps({"data": [{"id": "/home/someone/weights.gguf"}]}).encode())

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                stand_in.asked.append(body)
                found = answer(self.path.removeprefix("/v1"), body)
                status, found = found if isinstance(found, tuple) else (200, found)
                data = found if isinstance(found, bytes) else json.dumps(found).encode()
                self.send(status, data)

            def send(self, status: int, data: bytes) -> None:
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)
                except OSError:  # whoever asked has gone away
                    pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> StandIn:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def chat(text: str, tokens: list[str] | None = None, finish: str = "stop") -> dict[str, Any]:
    """A chat completion as OpenAI's servers give it, one token a word unless `tokens` says otherwise."""
    tokens = [text] if tokens is None else tokens
    content = [{"token": token, "logprob": -0.5, "bytes": None, "top_logprobs": []} for token in tokens]
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
    return {"choices": [{**choice, "logprobs": {"content": content}}], "usage": {"prompt_tokens": 9}}


def held(text: str = '{"say": "xq7-held"}') -> Answer:
    """A server that keeps a schema, as far as the probe can tell."""
    return lambda path, body: chat(text if "response_format" in body else "Hello there")
