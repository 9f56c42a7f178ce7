"""A stand-in for a model server: OpenAI's API on loopback, with replies that depend on the prompt alone."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class ChatServer:
    """Serves `/v1`. `asked` holds every prompt, in order; `seconds` is how long each reply takes; prompts that it
    `refuses` get a 500."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.asked: list[str] = []
        self.seconds = seconds
        self.refuses: Callable[[str], bool] = lambda prompt: False
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                self._send({"data": [{"id": "stand-in"}]})

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                server.asked.append(body["messages"][-1]["content"])
                time.sleep(server.seconds)
                refused = server.refuses(server.asked[-1])
                self._send({"error": "broken"} if refused else answer(body), 500 if refused else 200)

            def _send(self, data: dict[str, Any], code: int = 200) -> None:
                payload = json.dumps(data).encode()
                self.send_response(code)
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def name(self) -> str:
        """The model's name as the command line takes it."""
        return f"openai:http://127.0.0.1:{self._server.server_port}/v1#stand-in"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def answer(body: dict[str, Any]) -> dict[str, Any]:
    """A chat completion: JSON that keeps the schema if there is one, else words made from the prompt."""
    schema = body.get("response_format", {}).get("json_schema", {}).get("schema")
    prompt = json.dumps(body["messages"])
    text = json.dumps(instance(schema)) if schema else "reply " + hashlib.sha256(prompt.encode()).hexdigest()
    tokens = [{"token": text[at : at + 4], "logprob": -0.5} for at in range(0, len(text), 4)]
    choice = {"message": {"content": text}, "logprobs": {"content": tokens}, "finish_reason": "stop"}
    return {"choices": [choice], "usage": {"prompt_tokens": len(prompt) // 4}}


def instance(schema: dict[str, Any]) -> Any:
    """The simplest value that keeps a schema."""
    if "enum" in schema:
        return schema["enum"][0]
    if schema["type"] == "object":
        return {name: instance(part) for name, part in schema["properties"].items()}
    if schema["type"] == "array":
        return [instance(schema["items"])] * schema["minItems"]
    return {"string": "x", "integer": 1, "boolean": True}[schema["type"]]
