"""A tiny model that is known by name, its weights, others of the same size, and a package that carries either."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tests.helpers.gguf_maker import gguf
from tests.helpers.stand_ins import write_wheel

FILE, OTHER = gguf(fill=b"a"), gguf(fill=b"b")
DIGEST = hashlib.sha256(FILE).hexdigest()


def carry(machine: Path, data: bytes = FILE) -> None:
    """Lay a package with the weights where pip finds it."""
    write_wheel(machine / "index", "tiny-model", "1.0", {"tiny_model/tiny.gguf": data})
