"""What several browser tests look at: which pages, a chart once it is drawn, hostile text as a reader sees it."""

import time
import unicodedata

CLAIM = "/claims/grammar-fixes-json/"
PAGES = (
    "/",
    CLAIM,
    "/claims/sqrt-rule/",
    "/charts/",
    "/charts/json-depth/",
    "/charts/twin-ladder/",
    "/experiments/json-fidelity/",
    "/models/",
    "/data/",
    "/compare/",
    "/choose/",
    "/background/constrained-decoding/",
    "/how-it-works/",
    "/contributing/add-an-experiment/",
)
"""A page of every kind: with evidence and without, written by hand and generated."""


def drawn(page):
    """The first chart once it has been drawn anew."""
    chart = page.locator(".chart-canvas").first
    chart.scroll_into_view_if_needed()
    page.locator(".chart-canvas.is-live svg").first.wait_for(timeout=15_000)
    return chart


def unfold(page):
    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")


def seen(text: str) -> str:
    """What a reader sees of hostile text: control and turning characters named, the rest as it is."""
    return "".join(_seen(char) for char in text)


def _seen(char: str) -> str:
    code = ord(char)
    if char in "\n\t":
        return char
    if code < 0x20 or code == 0x7F:
        return chr(0x2400 + code) if code < 0x20 else "␡"
    return f"⟨U+{code:04X}⟩" if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") else char


def until(page, true, arg=None, seconds=15):
    """Ask until an expression is true. (Playwright's own way to wait runs an eval, which the pages' policy forbids.)"""
    began = time.monotonic()
    while not page.evaluate(true, arg):
        assert time.monotonic() - began < seconds, f"still not so after {seconds} s: {true}"
        page.wait_for_timeout(50)
