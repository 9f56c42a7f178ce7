"""One BibTeX entry whose fields are plain text, whatever they hold.

BibTeX counts braces even behind a backslash, so a brace in the text becomes the name of its sign. Format: O. Patashnik,
"BibTeXing" (1988).
"""

from __future__ import annotations

from collections.abc import Mapping

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SIGNS = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    **{sign: f"\\{sign}" for sign in "$&#%_"},
}


def entry(key: str, fields: Mapping[str, str], day: str = "", url: str = "") -> str:
    """An `@misc` entry. `fields` hold plain text on one line; `day` is "2026-11-24" or empty; `url` has no braces."""
    said = {name: f"{{{{{text(value)}}}}}" for name, value in fields.items()}  # doubled: words and case stay
    if day:
        said |= {"year": f"{{{day[:4]}}}", "month": MONTHS[int(day[5:7]) - 1]}
    if url:
        said["url"] = f"{{{url}}}"
    body = "\n".join(f"  {name} = {value}," for name, value in said.items())
    return f"@misc{{{key},\n{body}\n}}\n"


def text(value: str) -> str:
    """Plain text as TeX would print it."""
    return "".join(_SIGNS.get(char, char) for char in value)
