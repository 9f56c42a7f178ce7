"""The Content-Security-Policy of every page: nothing from elsewhere, and no script but our own files.

A `<meta>` element says it, which also holds where a host sends no headers (Content Security Policy Level 3, W3C). The
few scripts that Material writes into its pages are named by their digests, so that none can be slipped in between.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Container, Iterable, Iterator
from html import unescape
from pathlib import Path

RULES = (
    "default-src 'none'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self' blob:",
    "worker-src 'self' blob:",
    "manifest-src 'self'",
    "base-uri 'self'",
    "form-action 'none'",
)
MARK = "Content-Security-Policy"
_CHARSET = re.compile(r"""<meta\s+charset=["']?utf-8["']?\s*/?>""", re.IGNORECASE)
_SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script\s*>", re.IGNORECASE | re.DOTALL)
_KIND = re.compile(r"""\btype\s*=\s*["']?([\w/+.-]+)""", re.IGNORECASE)
_SOURCE = re.compile(r"(^|\s)src\s*=", re.IGNORECASE)
_SCOPE = re.compile(r"new URL\(\"[\w./~%-]*\"")
_RUN = ("", "module", "text/javascript", "application/javascript")


class PolicyError(Exception):
    """A page has no place for its policy."""


def guard(site: Path) -> None:
    """Write the policy into every page of a built site that has none yet.

    Scripts that the theme writes into its page for what is not found, where no text of ours or of a model stands, are
    the only ones that any page may hold. Raises `PolicyError` for another one.
    """
    trusted = {_anywhere(script) for script in inline((site / "404.html").read_text(encoding="utf-8"))}
    for page in sorted(site.rglob("*.html")):
        text = page.read_bytes().decode()
        if MARK not in text:
            page.write_bytes(policed(text, page, trusted).encode())


def policed(page: str, where: Path, trusted: Container[str]) -> str:
    """A page with its policy right behind the declaration of its characters, before anything that it rules over."""
    scripts = list(inline(page))
    if strange := next((one for one in scripts if _anywhere(one) not in trusted), None):
        raise PolicyError(f"{where} holds a script that is not the theme's: {strange[:80]!r}")
    found = _CHARSET.search(page)
    if found is None:
        raise PolicyError(f"{where} does not say its character set, which its Content-Security-Policy stands behind")
    rules = f'<meta http-equiv="{MARK}" content="{policy(scripts)}">'
    return page[: found.end()] + rules + page[found.end() :]


def policy(scripts: Iterable[str]) -> str:
    """The policy of a page with these scripts in it."""
    hashes = (f"'sha256-{one}'" for one in sorted({*map(_digest, scripts)}))
    return "; ".join([RULES[0], " ".join(["script-src 'self' 'wasm-unsafe-eval'", *hashes]), *RULES[1:]])


def inline(page: str) -> Iterator[str]:
    """The texts of all scripts that stand in a page itself and would be run."""
    for attributes, text in _SCRIPT.findall(page):
        kind = _KIND.search(attributes)
        if not _SOURCE.search(attributes) and (unescape(kind[1]).lower() if kind else "") in _RUN:
            yield text


def _anywhere(script: str) -> str:
    """A script of the theme without the way from its page to the site's root, the one thing that pages differ in."""
    return _SCOPE.sub("new URL(", script)


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
