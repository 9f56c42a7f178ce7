"""Journals that nobody appends to any more, packed (RFC 1952), and as much of a damaged one as can be unpacked."""

from __future__ import annotations

import gzip
import zlib
from contextlib import suppress
from pathlib import Path

from .atomic import write_whole


def pack(path: Path) -> Path:
    """Put the lines of a journal that nobody appends to into `<name>.gz`, and take the plain file away. Where a kill
    leaves both, the plain one is read."""
    packed = path.with_name(f"{path.name}.gz")
    write_whole(packed, gzip.compress(path.read_bytes(), mtime=0))
    path.unlink()
    return packed


def unpack(packed: bytes, piece: int = 1 << 16) -> tuple[bytes, bool]:
    """What can be unpacked, and whether that is all."""
    stream, found = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16), []
    with suppress(zlib.error):
        for start in range(0, len(packed), piece):
            found.append(stream.decompress(packed[start : start + piece]))
    return b"".join(found), stream.eof and not stream.unused_data
