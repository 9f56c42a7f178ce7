"""Reader of one HTML or SVG file: its addresses, the places that can be linked to, and values that are missing.

Character references are left as they are. What replies and models say is written as references alone wherever a sign
could be read by anything, so a brace or an angle that stands here as itself is the guide's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

LINKS = {("a", "href"), ("a", "xlink:href"), ("area", "href"), ("blockquote", "cite"), ("q", "cite")}
"""Where an address is for a reader to follow. Everywhere else it is fetched with the page."""
POINTERS = {"alternate", "author", "canonical", "license", "next", "prev"}
"""What a `link` may be without being fetched."""
ADDRESSES = {"action", "background", "cite", "data", "data-chart", "formaction", "href", "manifest", "poster", "src",
             "srcset", "xlink:href"}  # fmt: skip

STYLED = re.compile(r"""(?:@import\s+(?:url\()?|url\()\s*["']?([^"')\s;]+)""")
SCRIPTED = re.compile(r"""["'`]((?:https?:|wss?:)?//[\w.-]+\.[^"'`\s]*)["'`]""")

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
"""Elements that have no end tag (HTML, 13.1.2)."""
_CODE = {"code", "data", "pre", "script", "style", "textarea"}
_NOTHING = {"nan", "NaN", "None", "null", "undefined", "Undefined", "inf", "-inf", "Infinity", "-Infinity"}
_UNRENDERED = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|@base@|(?<![\w-])[+−-]?(?:nan|inf|NaN|None|undefined)(?:%|×| points)")

_CHILD = "\0"
"""Where a child stands in its parent's own text."""


@dataclass
class Page:
    """One file: `places` are its fragments, `links` are for readers, `resources` come with it.

    `missing` are elements without a value, `unrendered` what a template left standing in the text.
    """

    places: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    resources: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unrendered: list[str] = field(default_factory=list)


def read(path: Path) -> Page:
    """One pass over a file, in UTF-8."""
    reader = _Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    reader.close()
    return reader.page


class _Reader(HTMLParser):
    """Keeps the open elements, each with the text that stands in it directly."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.page = Page()
        self.open: list[tuple[str, list[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = {name: value for name, value in attrs if value}
        self.page.places |= {held[name] for name in ("id", "name") if name in held}
        links, resources = _addresses(tag, held)
        self.page.links += links
        self.page.resources += resources
        self.page.unrendered += _UNRENDERED.findall(self.get_starttag_text() or "")
        self.handle_data(_CHILD)
        if tag not in VOID:
            data = tag == "script" and "json" in held.get("type", "")
            self.open.append(("data" if data else tag, []))

    def handle_endtag(self, tag: str) -> None:
        names = [name if name != "data" else "script" for name, _ in self.open]
        if tag in names:
            while self.open:
                name, texts = self.open.pop()
                self._close(name, "".join(texts))
                if name == tag or (name, tag) == ("data", "script"):
                    return

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_data(self, data: str) -> None:
        if self.open:
            self.open[-1][1].append(data)

    def handle_charref(self, name: str) -> None:
        self.handle_data("&")

    handle_entityref = handle_charref

    def _close(self, tag: str, text: str) -> None:
        """Judge an element by its own text; that of code is nobody's number."""
        if tag in ("script", "style"):
            self.page.resources += (STYLED if tag == "style" else SCRIPTED).findall(text)
        elif not _CODE & {tag, *(name for name, _ in self.open)}:
            said = text.replace(_CHILD, "").strip()
            if said in _NOTHING or (tag == "td" and not text.strip()):
                self.page.missing.append(f"<{tag}> is {said or 'empty'}")
            self.page.unrendered += _UNRENDERED.findall(text)


def _addresses(tag: str, held: dict[str, str]) -> tuple[list[str], list[str]]:
    """(links, resources) of one element."""
    found = [(name, url) for name in held.keys() & ADDRESSES for url in _urls(name, held[name])]
    pointing = tag == "link" and set(held.get("rel", "").split()) <= POINTERS
    links = [url for name, url in found if (tag, name) in LINKS or pointing]
    resources = [url for name, url in found if (tag, name) not in LINKS and not pointing]
    return links, resources + STYLED.findall(held.get("style", ""))


def _urls(name: str, value: str) -> Iterator[str]:
    """The addresses of one attribute: several with their widths in a `srcset`."""
    yield from (part.split()[0] for part in re.split(r",\s+", value.strip())) if name == "srcset" else (value.strip(),)
