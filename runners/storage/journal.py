"""The journal of replies: append-only lines, one file a load of a model, each line checked by its own sum.

    data/runs/<rig>/<experiment>/<start>-<random>.jsonl       the replies
    data/runs/<rig>/<experiment>/<start>-<random>.run.json    what made them

Only the run that made a file ever appends to it, so a kill can tear nothing but the last line of a dead file. A torn or
altered line is set aside by the reader (reported, never repaired), and its cell is simply asked again. A large file is
packed when its run closes it (`.jsonl.gz`, RFC 1952): nobody appends to it any more.
"""

from __future__ import annotations

import errno
import gzip
import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..schema import FAILED, Cell, Reply, reply_from_json, reply_to_json
from .atomic import name_in_errors, remove_stale_drafts, write_whole
from .packing import pack, unpack

LIMITED = "~limit"
"""What marks the folder of a `--limit` run. Such cells are no fair sample, so tables and plans leave them out."""

_APPENDING = os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_APPEND | getattr(os, "O_BINARY", 0)
"""How a journal is opened. Without O_BINARY, Windows would write another byte before each end of a line."""

LARGE = 250_000
"""Bytes above which a journal is packed when it is closed; replies shrink to about a fifth."""

# A line starts {"key":"<32 hex>","sum":"<16 hex>", ... : fixed places, so that finding out which cells are done needs
# neither a JSON parser nor the replies themselves.
_KEY = slice(8, 40)
_BODY = 67
_FAILED = f'"stop":"{FAILED}"'.encode()
_START = re.compile(rb'\{"key":"[0-9a-f]{32}","sum":"[0-9a-f]{16}",')


@dataclass(frozen=True)
class Entry:
    """One kept reply. `run` is the `.run.json` that stands beside it."""

    key: str
    item: str
    item_hash: str
    arm: Mapping[str, Any]
    seed: int
    at: str
    reply: Reply
    run: Mapping[str, Any]


@dataclass
class ReadReport:
    """What a reader set aside: (file, line number, why)."""

    set_aside: list[tuple[Path, int, str]] = field(default_factory=list)

    def __str__(self) -> str:
        return "\n".join(
            f"{path}:{number}: {why}; its cell will be asked again" for path, number, why in self.set_aside
        )


def folder(data: Path, rig: str, experiment: str, limit: int | None = None) -> Path:
    """Where the replies of one experiment on one rig lie."""
    return data / "runs" / rig / (experiment + (f"{LIMITED}{limit}" if limit else ""))


class Journal:
    """The open end of one journal file. Nothing is created before the first reply is there to be kept."""

    def __init__(self, where: Path, run: Mapping[str, Any]) -> None:
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        self.path = where / f"{stamp}-{os.urandom(4).hex()}.jsonl"
        self._run = {"started": stamp, **run}
        self._file: int | None = None

    def keep(self, cell: Cell, reply: Reply) -> None:
        """Append one reply and force it to disk. Raises `OSError` with the file's name when the disk refuses."""
        file = self._open() if self._file is None else self._file
        data = encode(cell, reply)
        start = os.lseek(file, 0, os.SEEK_END)
        try:
            with name_in_errors(self.path):
                if os.write(file, data) != len(data):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(file)
        except OSError:
            os.ftruncate(file, start)  # a half line must not spoil the next one
            raise

    def close(self) -> None:
        """Close the file, and pack it where it is large; what it holds stays."""
        if self._file is None:
            return
        os.close(self._file)
        self._file = None
        if self.path.stat().st_size > LARGE:
            with suppress(OSError):  # a disk too full for both is no reason to lose either
                pack(self.path)

    def _open(self) -> int:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        remove_stale_drafts(self.path.parent)
        write_whole(_run_path(self.path), _run_text(self._run))
        self._file = os.open(self.path, _APPENDING, 0o644)
        return self._file


def encode(cell: Cell, reply: Reply) -> bytes:
    """One journal line, newline included."""
    body = json.dumps(
        {
            "item": cell.item.id,
            "hash": cell.item.hash,
            "arm": dict(cell.arm),
            "seed": cell.seed,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "reply": reply_to_json(reply),
        },
        separators=(",", ":"),
    )[1:]
    return _start(cell.key, body.encode()) + f"{body}\n".encode()


def _start(key: str, body: bytes) -> bytes:
    """All of a line that stands before its body. The sum covers key and body; what is around both never changes."""
    return f'{{"key":"{key}","sum":"{_checksum(key, body)}",'.encode()


def _checksum(key: str, body: bytes) -> str:
    return hashlib.sha256(key.encode() + body).hexdigest()[:16]


def is_intact(line: bytes) -> bool:
    """Whether a journal line, without its newline, is what its own sum says it is."""
    key = line[_KEY].decode("ascii", "replace")
    return line[:_BODY] == _start(key, line[_BODY:])


def _lines(where: Path, report: ReadReport | None) -> Iterator[tuple[Path, str, bytes]]:
    """(file, key, line) of every whole, unaltered line below a folder, oldest file first."""
    for path, _, content in _journals(where, report):
        yield from ((path, line[_KEY].decode(), line) for line in _intact_lines(path, content, report))


def _journals(where: Path, report: ReadReport | None) -> Iterator[tuple[Path, Mapping[str, Any], bytes]]:
    """(file, what made it, content) of every journal, oldest first. One without its `.run.json` is set aside whole:
    nobody could say what its replies are to, so its cells count as not asked."""
    names = {path.name.removesuffix(".gz") for path in where.glob("[!.]*.jsonl*")}  # a draft begins with a dot
    for name in sorted(names):
        if (run := _run_of(where / name, report)) is not None:
            path, content = _read_content(where / name, report)
            yield path, run, content


def _intact_lines(path: Path, content: bytes, report: ReadReport | None) -> Iterator[bytes]:
    """The whole, unaltered lines of a journal."""
    for number, line in enumerate(content.split(b"\n"), start=1):
        if is_intact(line):
            yield line
        elif line:
            found = _rescued(line)
            yield from found
            if report is not None and sum(len(one) + 1 for one in found) < len(line):
                report.set_aside.append((path, number, "torn or altered line"))


def _rescued(line: bytes) -> list[bytes]:
    """The whole lines within one that is not: what divided them is lost, or another was torn before or after them."""
    text, found = line.decode("latin-1"), []
    for start in (match.start() for match in _START.finditer(line)):
        with suppress(ValueError, RecursionError):
            _, end = json.JSONDecoder().raw_decode(text, start)
            if is_intact(line[start:end]):
                found.append(line[start:end])
    return found


def _read_content(path: Path, report: ReadReport | None) -> tuple[Path, bytes]:
    """The lines of a journal and the file that has them: the plain one, or the packed one where that is gone."""
    try:
        return path, path.read_bytes()
    except FileNotFoundError:
        path = path.with_name(f"{path.name}.gz")
    content, whole = unpack(path.read_bytes())
    if not whole and report is not None:
        report.set_aside.append((path, 0, "damaged or cut short; lines after the damage are lost"))
    return path, content


def finished(where: Path, report: ReadReport | None = None) -> dict[str, bool]:
    """key -> whether the kept reply is an answer (False: a recorded failure) for every cell kept in a folder."""
    done: dict[str, bool] = {}
    for _, key, line in _lines(where, report):
        # Model text cannot forge this: inside a JSON string every quotation mark is escaped.
        done[key] = done.get(key, False) or _FAILED not in line
    return done


def entries(where: Path, report: ReadReport | None = None) -> Iterator[Entry]:
    """Every kept reply in a folder, oldest file first. A file without its `.run.json` is set aside whole."""
    for path, run, content in _journals(where, report):
        for line in _intact_lines(path, content, report):
            try:
                entry = _entry(json.loads(line), run)
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError):  # no journal writes such a line
                if report is not None:
                    report.set_aside.append((path, 0, f"a line says nothing that can be read: {line[:80]!r}"))
                continue
            yield entry


def raw_journals(where: Path, report: ReadReport | None = None) -> Iterator[tuple[str, Mapping[str, Any], list[bytes]]]:
    """(name, what made it, its whole lines) of every journal in a folder: all that is needed to hand it on."""
    for path, run, content in _journals(where, report):
        if lines := list(_intact_lines(path, content, report)):
            yield path.name.partition(".")[0], run, lines


def raw_lines(where: Path) -> set[bytes]:
    """Every whole line of the journals in a folder."""
    return {line for _, _, lines in raw_journals(where) for line in lines}


def machines(rig: Path) -> Iterator[Mapping[str, Any]]:
    """What each run in the folder of a rig says of its machine."""
    for path in sorted(rig.glob("*/*.run.json")):
        with suppress(ValueError, AttributeError):  # one that cannot be read is reported by whoever reads its replies
            yield json.loads(path.read_bytes()).get("machine") or {}


def add_journal(where: Path, name: str, run: Mapping[str, Any], lines: Iterable[bytes]) -> tuple[Path, Path]:
    """Put a closed journal from elsewhere into a folder: first what made it, then its lines, packed. What a write that
    fails leaves behind is taken away again. Raises `OSError`; `FileExistsError` where one of that name lies already."""
    paths = where / f"{name}.run.json", where / f"{name}.jsonl.gz"
    if has_journal(where, name):
        raise FileExistsError(17, "a journal of that name lies there already", str(paths[1]))
    where.mkdir(parents=True, exist_ok=True)
    remove_stale_drafts(where)
    try:
        write_whole(paths[0], _run_text(run))
        write_whole(paths[1], gzip.compress(b"".join(line + b"\n" for line in lines), mtime=0))
    except BaseException:
        paths[0].unlink(missing_ok=True)
        raise
    return paths


def has_journal(where: Path, name: str) -> bool:
    """Whether a journal of that name lies in a folder. What made it, alone, is none: a kill came between the two."""
    return any((where / f"{name}{ending}").exists() for ending in (".jsonl.gz", ".jsonl"))


def _run_text(run: Mapping[str, Any]) -> str:
    return json.dumps(run, indent=2, sort_keys=True) + "\n"


def _run_of(path: Path, report: ReadReport | None) -> Mapping[str, Any] | None:
    try:
        run = json.loads(_run_path(path).read_text(encoding="utf-8"))
        if not isinstance(run, dict):
            raise TypeError
        return run
    except (OSError, ValueError, TypeError, RecursionError) as fault:
        if report is not None:
            report.set_aside.append((path, 0, f"its .run.json cannot be read ({fault.__class__.__name__})"))
        return None


def _run_path(path: Path) -> Path:
    """The file that says what made a journal."""
    return path.with_name(path.name.partition(".")[0] + ".run.json")


def _entry(data: Mapping[str, Any], run: Mapping[str, Any]) -> Entry:
    reply = reply_from_json(data["reply"])
    return Entry(data["key"], data["item"], data["hash"], data["arm"], data["seed"], data["at"], reply, run)
