"""Where a text stops being able to become JSON that keeps its schema.

A pushdown parser reads the text character by character, with the schema in hand, so that a violation is found at the
first character after which no continuation could be valid: a missing comma, but also a field the schema does not know
or a value outside its list. It knows the part of JSON Schema (2020-12) that the items use: objects whose fields are all
required and no others allowed, arrays with a number of items, strings with a largest length, enum, integer, number and
boolean. JSON itself is RFC 8259; a repeated key counts as a violation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Reader = Generator[None, str, str]
"""Takes characters by `send`; returns the first character it did not use, or "" when it used all."""

_NUMBER_SO_FAR = re.compile(r"-?(?:(?:0|[1-9]\d*)(?:\.\d*)?(?:(?<=\d)[eE][+-]?\d*)?)?")
_MORE_DIGITS = re.compile(r"[0-9]{3}")
_MARK = re.compile(r'"(?:[^"\\]|\\.)*"?|[{}\[\]]', re.DOTALL)
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class Violation(Exception):
    """No continuation of the text read so far can keep the schema."""


@dataclass(frozen=True)
class ContractCheck:
    """What became of a contract in a reply.

    broken_at  index of the token that broke it; None when it was never broken
    complete   the document was closed and valid
    bare       nothing but white space stood around it
    read       tokens that were at risk: up to the violation, the closing brace or the end of the reply
    """

    broken_at: int | None
    complete: bool
    bare: bool
    read: int


def examine(tokens: Sequence[str], schema: Mapping[str, Any], cut: bool = False) -> ContractCheck:
    """Follow a reply token by token. What stands before the first brace and after the last one is forgiven here (see
    `Finding.bare`). A reply without any brace is broken at its first token. One that ends inside the document is broken
    at its last token, unless it was `cut` off by a limit: then it was never seen to break."""
    document, bare = _Document(schema), True
    for at, token in enumerate(tokens):
        for character in token:
            inside = document.open
            if not inside and not character.isspace() and (document.complete or character != "{"):
                bare = False
            elif not document.complete:
                try:
                    document.read(character)
                except Violation:
                    return ContractCheck(at, False, False, at + 1)
        if document.complete:
            rest = "".join(tokens[at + 1 :])
            return ContractCheck(None, True, bare and not rest.strip(), at + 1)
    if cut and document.open:
        return ContractCheck(None, False, False, len(tokens))
    broken_at = max(len(tokens) - 1, 0) if document.open else 0
    return ContractCheck(broken_at, False, False, broken_at + 1)


def parse(text: str) -> Any | None:
    """The first JSON object in a text, whether or not it keeps a schema; None when there is none."""
    start = text.find("{")
    try:
        return json.JSONDecoder().raw_decode(text[start:])[0] if start >= 0 else None
    except (ValueError, RecursionError):
        return None


def close_brackets(text: str) -> str:
    """A text with the brackets closed that stand open at its end. The last line of a fence is left out before.

    That is the least of what libraries for mending JSON do: no word is added, none taken away.
    """
    left_open: list[str] = []
    for mark in _MARK.findall(text := text[max(0, text.find("{")) :].rstrip("` \t\r\n")):
        if mark in ("{", "["):
            left_open.append("}" if mark == "{" else "]")
        elif left_open and mark == left_open[-1]:
            left_open.pop()
    return text + "".join(reversed(left_open))


def fields_right(answer: Any, values: Mapping[str, Any]) -> float:
    """The share of leaf fields that stand at their place with their value. 0 when there is no answer."""
    leaves = list(_leaves(values))
    return sum(_same(_at(answer, path), value) for path, value in leaves) / len(leaves)


def _leaves(values: Mapping[str, Any], path: tuple[str, ...] = ()):
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*path, name))
        else:
            yield (*path, name), value


def _at(answer: Any, path: Sequence[str]) -> Any:
    for name in path:
        if not isinstance(answer, dict) or name not in answer:
            return None
        answer = answer[name]
    return answer


def _same(found: Any, value: Any) -> bool:
    """Equal as JSON: one kind of number, but true is no 1 as it is in Python."""
    return found == value and isinstance(found, bool) == isinstance(value, bool)


class _Document:
    """One JSON document being read against a schema."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._reader = _value(schema, "{")
        self.open = self.complete = False

    def read(self, character: str) -> None:
        """Take one more character. Raises `Violation`."""
        if not self.open:
            self.open = character == "{"
            if self.open:
                next(self._reader)
            return
        try:
            self._reader.send(character)
        except StopIteration:
            self.open, self.complete = False, True


def _space(character: str = "") -> Reader:
    while not character or character in " \t\r\n":
        character = yield
    return character


def _value(schema: Mapping[str, Any], character: str) -> Reader:
    kind = schema.get("type", "string")
    if kind == "object":
        return _object(schema, character)
    if kind == "array":
        return _array(schema, character)
    if kind == "boolean":
        return _word(("true", "false"), character)
    if kind in ("integer", "number"):
        return _number(schema, character)
    return _string(character, schema.get("enum"), schema.get("maxLength"))


def _object(schema: Mapping[str, Any], character: str) -> Reader:
    _expect(character, "{")
    left = dict(schema["properties"])
    while left:
        character = yield from _space()
        name: list[str] = []
        yield from _string(character, list(left), None, name)
        _expect((yield from _space()), ":")
        character = yield from _value(left.pop("".join(name)), (yield from _space()))
        _expect((yield from _space(character)), "," if left else "}")
    return ""


def _array(schema: Mapping[str, Any], character: str) -> Reader:
    _expect(character, "[")
    least, most, count = schema.get("minItems", 0), schema.get("maxItems", float("inf")), 0
    character = yield from _space()
    while character != "]" or count:
        count += 1
        if count > most:
            raise Violation("too many items")
        character = yield from _space((yield from _value(schema["items"], character)))
        if character == "]":
            break
        _expect(character, ",")
        character = yield from _space()
    if count < least:
        raise Violation("too few items")
    return ""


def _string(character: str, allowed: Sequence[str] | None, limit: int | None, out: list[str] | None = None) -> Reader:
    _expect(character, '"')
    text, bounded = "", allowed is not None or limit is not None
    while (character := (yield)) != '"':
        if character < " ":
            raise Violation("a bare control character")
        said = (yield from _escape()) if character == "\\" else character
        text += said if bounded else ""  # a text that may go on without end is not copied at every step
        if allowed is not None and not any(word.startswith(text) for word in allowed):
            raise Violation("not one of the words allowed here")
        if limit is not None and len(text) > limit:
            raise Violation("too long")
    if allowed is not None and text not in allowed:
        raise Violation("not one of the words allowed here")
    if out is not None:
        out.append(text)
    return ""


def _escape() -> Reader:
    character = yield
    if character in _ESCAPES:
        return _ESCAPES[character]
    _expect(character, "u")
    digits = ""
    while len(digits) < 4:
        digits += yield
        if not re.fullmatch(r"[0-9a-fA-F]+", digits):
            raise Violation("a broken escape")
    return chr(int(digits, 16))


def _number(schema: Mapping[str, Any], character: str) -> Reader:
    text = ""
    # After two digits a third is always right: long numbers are not read from their start again and again.
    while _MORE_DIGITS.fullmatch(text[-2:] + character) or _NUMBER_SO_FAR.fullmatch(text + character):
        text += character
        character = yield
    if not _NUMBER.fullmatch(text) or len(text) > 300:
        raise Violation("not a number")
    if schema["type"] == "integer" and not float(text).is_integer():  # nor is 1e999
        raise Violation("not a whole number")
    return character


def _word(words: Sequence[str], character: str) -> Reader:
    text = character
    while text not in words:
        if not any(word.startswith(text) for word in words):
            raise Violation("neither true nor false")
        text += yield
    return ""


def _expect(character: str, wanted: str) -> None:
    if character != wanted:
        raise Violation(f"{character!r} where {wanted!r} had to come")
