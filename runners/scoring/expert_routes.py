"""Experts that a trace used, as a reply keeps them: arrays in base64, so that a long text stays small.

    layers    numbers of the layers that have experts
    used      experts that each token uses
    experts   (layers, tokens, used) unsigned 16-bit: the chosen experts, best first
    weights   (layers, tokens, used) 16-bit floats: the probabilities that the router gave them
    margins   (layers, tokens) 16-bit floats: the probability of the last one chosen minus that of the best one left out

A detour keeps these of its one token, and what each set of experts makes of it, in the order of
`itertools.combinations`:

    likeliest (layers, sets) unsigned 16-bit: the place of the likeliest option
    shares    (layers, sets) 16-bit floats: the share of it in the probability of all options

All little-endian. Standard library only: the browser reads them as well.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

KINDS = {"experts": "H", "weights": "e", "margins": "e", "likeliest": "H", "shares": "e"}


def pack(layers: Sequence[int], used: int, **arrays: Iterable[float]) -> dict[str, Any]:
    """Flat arrays, by their names, as a reply keeps them."""
    return {"layers": list(layers), "used": used, **{name: _encode(name, flat) for name, flat in arrays.items()}}


def chosen(routes: Mapping[str, Any]) -> list[list[tuple[int, ...]]]:
    """The chosen experts, best first, of each token of each layer."""
    return _rows(routes, "experts")


def weights(routes: Mapping[str, Any]) -> list[list[tuple[float, ...]]]:
    """The probabilities of the chosen experts, of each token of each layer."""
    return _rows(routes, "weights")


def margins(routes: Mapping[str, Any]) -> list[list[float]]:
    """How far the last chosen expert was above the best one not chosen, of each token of each layer."""
    return _by_layer(routes, "margins")


def likeliest(routes: Mapping[str, Any]) -> list[list[int]]:
    """The place of the option that each set of experts makes likeliest, for each layer in which they are tried."""
    return _by_layer(routes, "likeliest")


def shares(routes: Mapping[str, Any]) -> list[list[float]]:
    """The share of that option in the probability of all options."""
    return _by_layer(routes, "shares")


def _by_layer(routes: Mapping[str, Any], name: str) -> list[list]:
    flat = _decode(name, routes[name])
    each = len(flat) // len(routes["layers"])
    return [flat[start : start + each] for start in range(0, len(flat), each)]


def _rows(routes: Mapping[str, Any], name: str) -> list[list[tuple]]:
    flat, used = _decode(name, routes[name]), routes["used"]
    rows = [tuple(flat[start : start + used]) for start in range(0, len(flat), used)]
    tokens = len(rows) // len(routes["layers"])
    return [rows[start : start + tokens] for start in range(0, len(rows), tokens)]


def _encode(name: str, flat: Iterable[float]) -> str:
    values = list(flat)
    return base64.b64encode(struct.pack(f"<{len(values)}{KINDS[name]}", *values)).decode()


def _decode(name: str, text: str) -> list:
    data = base64.b64decode(text)
    return list(struct.unpack(f"<{len(data) // 2}{KINDS[name]}", data))
