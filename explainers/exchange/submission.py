"""A submission: one run in one file that can be handed to strangers, and read with suspicion when it comes from one.

    <sha256 of what it holds>.jsonl.gz
        {"format": ..., "replies": 120, "run": {...}}      canonical JSON: what made the replies
        {"key": ..., "sum": ..., "reply": {...}}           the journal's own lines, byte for byte

Packed without a date (RFC 1952, MTIME 0). The name is the digest of what is inside, so that another packer changes
nothing. Both kinds of line have a JSON Schema beside this file, which is held against them when a submission is made
and again when it is read.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from runners.schema import canonical
from runners.storage import journal

FORMAT = "incompressible-submission-1"
ENDING = ".jsonl.gz"
MOST_PACKED = 64 << 20
MOST_BYTES = 512 << 20
MOST_LINE = 8 << 20
MOST_REPLIES = 200_000
DEEPEST = 32


class SubmissionError(ValueError):
    """A submission cannot be made, or cannot be taken. Names file, line and field; never holds a control character."""

    def __init__(self, text: str) -> None:
        super().__init__("".join(letter if letter.isprintable() else "\ufffd" for letter in text))


@dataclass(frozen=True)
class Submission:
    """One run: its pruned facts and its lines, without newlines."""

    run: Mapping[str, Any]
    lines: tuple[bytes, ...]

    @cached_property
    def content(self) -> bytes:
        """What is packed: the header, then every line, each ended by a newline."""
        header = {"format": FORMAT, "replies": len(self.lines), "run": dict(self.run)}
        return b"".join(line + b"\n" for line in (canonical(header), *self.lines))

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the content, in hex."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def name(self) -> str:
        """What the file is called."""
        return self.digest + ENDING

    @cached_property
    def packed(self) -> bytes:
        """The bytes of the file."""
        return gzip.compress(self.content, mtime=0)

    @property
    def answers(self) -> Iterator[dict[str, Any]]:
        """Every line, parsed."""
        return (json.loads(line) for line in self.lines)


def check_submission(submission: Submission) -> Submission:
    """The same submission, when everything in it is what it has to be. Raises `SubmissionError`."""
    return parse_submission(submission.content, "the submission")


def read_submission(path: Path) -> Submission:
    """A submission from a file. Raises `SubmissionError` for anything that is not exactly one, `OSError`."""
    name = path.name
    with path.open("rb") as file:
        packed = file.read(MOST_PACKED + 1)
    if len(packed) > MOST_PACKED:
        raise SubmissionError(f"{name}: larger than the {MOST_PACKED >> 20} MiB that a submission may take")
    submission = parse_submission(_unpack(packed, name), name)
    if name != submission.name:
        raise SubmissionError(f"{name}: it holds {submission.name}; it was renamed or altered, so ask for it again")
    return submission


def _unpack(packed: bytes, name: str) -> bytes:
    """Never more than `MOST_BYTES` of it, however small the file that unfolds to more."""
    stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        content = stream.decompress(packed, MOST_BYTES + 1)
    except zlib.error as fault:
        raise SubmissionError(f"{name}: not whole gzip data ({fault}); ask for it again") from None
    if len(content) > MOST_BYTES:
        raise SubmissionError(f"{name}: unpacks to more than {MOST_BYTES >> 20} MiB")
    if not stream.eof or stream.unused_data:
        raise SubmissionError(f"{name}: cut short, or followed by something else; ask for it again")
    return content


def parse_submission(content: bytes, name: str) -> Submission:
    """What unpacked content says. Raises `SubmissionError`."""
    if content.count(b"\n") > MOST_REPLIES + 1:
        raise SubmissionError(f"{name}: more than {MOST_REPLIES:,} lines")
    first, *lines = content.split(b"\n")
    if not lines or lines.pop():
        raise SubmissionError(f"{name}: its last line is cut short")
    header = _json(first, f"{name}, line 1")
    _validate(header, "submission-header", f"{name}, line 1")
    _check_printable(header["run"], f"{name}, line 1: field run")
    if not _is_canonical(header, first):
        raise SubmissionError(f"{name}, line 1: not canonical JSON (sorted keys, no spaces, no key twice)")
    if header["replies"] != len(lines):
        raise SubmissionError(f"{name}: says that it has {header['replies']} replies, but it has {len(lines)}")
    _check_lines(lines, name)
    return Submission(header["run"], tuple(lines))


def _is_canonical(header: Any, line: bytes) -> bool:
    try:
        return canonical(header) == line
    except ValueError:  # a number too large for a float
        return False


def _check_printable(value: Any, field: str) -> None:
    """Facts stand in pages, charts and terminals. Nothing in them may be invisible or turn the direction of a line, and
    control characters end the drawing of a chart."""
    if isinstance(value, str) and not value.isprintable():
        raise SubmissionError(f"{field} holds a character that does not print: {value[:100]!r}")
    for key, part in value.items() if isinstance(value, dict) else ():
        _check_printable(part, f"{field}.{key}")
    for part in value if isinstance(value, list) else ():
        _check_printable(part, field)


def _check_lines(lines: Sequence[bytes], name: str) -> None:
    seen: set[str] = set()
    for number, line in enumerate(lines, start=2):
        where = f"{name}, line {number}"
        if not journal.is_intact(line):
            raise SubmissionError(f"{where}: torn or altered; its sum is another")
        answer = _json(line, where)
        _validate(answer, "submission-line", where)
        if _journal_line(answer) != line:
            raise SubmissionError(f"{where}: not written as a journal writes it")
        if answer["key"] in seen:
            raise SubmissionError(f"{where}: a second reply to one cell")
        if bool(answer["reply"].get("error")) != (answer["reply"].get("stop") == "failed"):
            raise SubmissionError(f"{where}: field reply.error and field reply.stop disagree")
        seen.add(answer["key"])


def _journal_line(answer: Mapping[str, Any]) -> bytes:
    """The one way in which a journal writes a line: so nothing can hide in its spelling, nor in a key given twice."""
    return json.dumps(answer, separators=(",", ":")).encode()


def _json(line: bytes, where: str) -> Any:
    if len(line) > MOST_LINE:
        raise SubmissionError(f"{where}: longer than {MOST_LINE >> 20} MiB")
    try:
        value = json.loads(line, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise SubmissionError(f"{where}: no JSON that can be read") from None
    if _depth(value) > DEEPEST:
        raise SubmissionError(f"{where}: nested more than {DEEPEST} deep")
    return value


def _depth(value: Any) -> int:
    """How deep lists and objects are nested, found without nesting calls as deep; no more than just too deep."""
    depth, level = 0, [value]
    while level and depth <= DEEPEST:
        parts = [part for part in level if isinstance(part, dict | list)]
        level = [inner for part in parts for inner in (part.values() if isinstance(part, dict) else part)]
        depth += bool(parts)
    return depth


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is no JSON")


def _validate(value: Any, schema: str, where: str) -> None:
    """Hold a value against a schema. Raises `SubmissionError` with the field and what is wrong with it."""
    fault = next(_validator(schema).iter_errors(value), None)
    if fault is not None:
        field = fault.json_path.removeprefix("$").lstrip(".") or "the line"
        raise SubmissionError(f"{where}: field {field[:100]}: {fault.message[:200]}")


@cache
def _validator(schema: str) -> Any:
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    slow = Draft202012Validator.VALIDATORS["items"]
    kinds: dict[str, set[type]] = {"string": {str}, "number": {int, float}}

    def items(validator: Any, wanted: Any, found: Any, whole: Any) -> Any:
        """As the specification has it; thousands of tokens that are all of the wanted type take one look, not each."""
        kind = kinds.get(wanted.get("type", "")) if isinstance(wanted, dict) and len(wanted) == 1 else None
        if not kind or not isinstance(found, list) or not set(map(type, found)) <= kind:
            yield from slow(validator, wanted, found, whole)

    path = Path(__file__).with_name(f"{schema}.schema.json")
    return extend(Draft202012Validator, {"items": items})(json.loads(path.read_text(encoding="utf-8")))
