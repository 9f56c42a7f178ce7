"""The verb `serve`: the built site on this machine's own loopback address, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from ..site.build import BuildError


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing about each request."""


def server(home: Path, port: int) -> ThreadingHTTPServer:
    """A server for `home`/site, bound and ready. Port 0 takes any free one. Raises `BuildError`."""
    site = home / "site"
    if not (site / "index.html").is_file():
        raise BuildError(f"{site} holds no site yet; run `incompressible build`")
    try:
        return ThreadingHTTPServer(("127.0.0.1", port), partial(_Quiet, directory=str(site)))
    except OSError as fault:
        raise BuildError(f"port {port} cannot be used ({fault.strerror}); choose another with --port") from fault


def serve(home: Path, port: int = 8000, progress: Callable[[str], object] = print) -> None:
    """Serve until interrupted, having said where."""
    with server(home, port) as listening:
        progress(f"http://127.0.0.1:{listening.server_address[1]}/  (Ctrl-C ends it)")
        try:
            listening.serve_forever()
        except KeyboardInterrupt:
            progress("")
