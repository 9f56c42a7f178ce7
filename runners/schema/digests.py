"""Digests of JSON-like values: equal exactly when the values are."""

from __future__ import annotations

import hashlib
import json
from typing import Any

# Made once: `json.dumps` makes another for every call, and a plan needs thousands of digests.
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def canonical(value: Any) -> bytes:
    """Bytes that are equal exactly when two JSON-like values are equal (RFC 8785 in spirit: sorted, no spaces)."""
    return _ENCODER.encode(value).encode()


def digest(value: Any) -> str:
    """The first 32 hex digits (128 bits) of the SHA-256 of a value's canonical bytes."""
    return hashlib.sha256(canonical(value)).hexdigest()[:32]


def plain(value: Any) -> dict[str, Any]:
    """The fields of a dataclass, and of those in them. What is plain already is not copied, as `asdict` would."""
    held = {name: getattr(value, name) for name in value.__dataclass_fields__}
    return {name: plain(one) if hasattr(one, "__dataclass_fields__") else one for name, one in held.items()}
