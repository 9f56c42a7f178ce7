"""The pages as Markdown for programs that read: under the path of their source, so that links between them hold.

What a model said stays inert: of the references that keep it so, only those of signs that begin nothing are undone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from ..frozen.chart_text import ChartText
from ..text.escape import line, shown

_INERT = frozenset("-'+=!")
_FRONT = re.compile(r"\A---\n.*?\n---\n+", re.DOTALL)
_FENCE = re.compile(r"^```chart\n\S*?([a-z0-9-]+)\n```$", re.MULTILINE)
_LINK = re.compile(r'(?<= href=")(?![a-z]+:|[#/])')
_SCRIPT = re.compile(r"^<script .*?</script>\n+", re.MULTILINE)
_FORM = re.compile(r"^<form .*?^</form>\n", re.MULTILINE | re.DOTALL)


def served(charts: Mapping[str, ChartText], pages: Mapping[str, str]) -> dict[str, bytes]:
    """Path on the site -> bytes of every Markdown page, its charts told in words. `charts` are those drawn, by slug."""
    return {path: _served(charts, path, text).encode() for path, text in pages.items() if path.endswith(".md")}


def plain(text: str) -> str:
    """Plain text as Markdown shows it, on one line."""
    return re.sub(r"([\\`*_{}\[\]<>#|~!])", r"\\\1", line(text)).replace("&", "&amp;")


def _served(charts: Mapping[str, ChartText], path: str, text: str) -> str:
    bare = _FORM.sub("", _SCRIPT.sub("", _FRONT.sub("", text)))
    root, folder = "../" * path.count("/"), PurePosixPath(path).stem
    words = _FENCE.sub(lambda fence: _in_words(charts, fence[1], f"{root}charts/{fence[1]}"), bare)
    # A link in HTML starts from the page's address, which is one folder below that of this file.
    return _readable(words if folder == "index" else _LINK.sub(f"{folder}/", words))


def _in_words(charts: Mapping[str, ChartText], slug: str, base: str) -> str:
    if slug not in charts:
        return ""
    title, alt = shown(line(charts[slug].title)), shown(line(charts[slug].alt))
    return f"**Chart: {title}** {alt} [Its data]({base}/{slug}.csv), [its page]({base}/index.md)."


def _readable(text: str) -> str:
    return re.sub(r"&#(\d+);", lambda found: _char(found[0], chr(int(found[1]))), text)


def _char(reference: str, char: str) -> str:
    return char if char in _INERT or ord(char) > 0x7F else reference
