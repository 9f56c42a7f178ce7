"""Escaping of foreign text for Markdown, HTML, YAML, CSV and terminals.

What a model wrote is hostile: it may close a fence, a tag or a template marker.

Every character that any layer could read (Jinja, Markdown and its extensions, HTML, a terminal) is written as a numeric
character reference, newlines too, so that no line of it can ever start a fence or a heading.
"""

from __future__ import annotations

import re
import unicodedata

from markupsafe import Markup

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ,.;()/%?")
_FORMULA = "=+-@"
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?")


def shown(text: str) -> Markup:
    """`text` as inert characters, safe inside Markdown, HTML text and quoted attributes."""
    return Markup(text.translate(_SHOWN))


def line(text: str) -> str:
    """`text` on one line for what is no HTML: invisible, turning and control characters count as spaces."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def quoted(text: str) -> Markup:
    """`text` on one line as a quoted string of YAML or JSON, in which no sign of any other language stands."""
    safe = (char if char in _PLAIN or ord(char) > 0x7F else f"\\u{ord(char):04x}" for char in line(text))
    return Markup('"{}"').format(Markup("".join(safe)))


def block(text: str, limit: int = 4000) -> Markup:
    """`text` as one preformatted block, on one line of the source; what is past `limit` characters is counted."""
    cut = len(text) - limit
    more = Markup("<em>… {} more characters</em>").format(f"{cut:,}") if cut > 0 else ""
    # Kept out of the search index, whose results are drawn by another script.
    return Markup('<pre class="said" tabindex="0" data-search-exclude>{}{}</pre>').format(shown(text[:limit]), more)


def cell(text: str) -> str:
    """`text` as a cell of a table that no spreadsheet takes for a formula: behind an apostrophe where one would.

    Numbers stay as they are, whatever their sign (OWASP, "CSV Injection").
    """
    begins = next((char for char in text if char.isprintable() and char != " "), " ")
    formula = unicodedata.normalize("NFKC", begins) in _FORMULA and not _NUMBER.fullmatch(text)
    return f"'{text}" if formula else text


def _reference(char: str) -> str:
    code, kind = ord(char), unicodedata.category(char)
    if char in _PLAIN:
        return char
    if char in "\n\t":
        return f"&#{code};"
    if code < 0x20 or code == 0x7F:  # control pictures: an escape sequence is seen, never obeyed
        return f"&#{0x2400 + code if code < 0x20 else 0x2421};"
    if kind in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):  # invisible, or turning the direction of what follows
        return f"&#10216;U&#43;{code:04X}&#10217;"
    return char if code > 0x7F and kind[0] in "LN" else f"&#{code};"


class _References(dict):
    """Code point -> how it is shown, found once for each."""

    def __missing__(self, code: int) -> str:
        return self.setdefault(code, _reference(chr(code)))


_SHOWN = _References()
