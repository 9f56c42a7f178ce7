"""The calculator: size on disk and in memory, the speed that memory allows, and the dense size a mixture is worth."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ...text.formatting import count
from ..form import Choice, Field, Files, Number, Result, Tool
from .memory import CACHES, Architecture, Taken, rule, taken
from .plot import picture

FILE = "sizes.json"
TYPED = "typed"
RECORDED = "recorded"
HEAD = ("Weights as", "Bits a weight", "Size of the file, about", "In memory", "Tokens a second at most")
GIGA = 1e9


def fields(files: Files) -> Sequence[Field]:
    """A model that was measured or one that is typed in, and how it is to be kept. What is typed in at first are the
    sizes of Qwen3-30B-A3B as its makers give them (Qwen team 2025, arXiv:2505.09388)."""
    told = json.loads(files[FILE])
    models = tuple((key, model["name"]) for key, model in told["models"].items())
    types = tuple((name, f"{name}, {bits:g} bits a weight") for name, bits in told["types"].items())
    recorded = ((RECORDED, "as in the file that was measured"),) if models else ()
    return (
        Choice("model", "Model", TYPED, options=((TYPED, "typed in below"), *models)),
        Number("total", "Total parameters", 30.5, "For a model that is typed in, as are the four below.",
               low=0.001, high=10_000, unit="billion"),
        Number("active", "Active parameters", 3.3, "As many as in total for a dense model.",
               low=0.001, high=10_000, unit="billion"),
        Number("layers", "Layers", 48, low=1, high=1000, whole=True),
        Number("heads", "Key-value heads", 4, low=1, high=1024, whole=True),
        Number("width", "Width of a head", 128, low=1, high=4096, whole=True),
        Choice("weights", "Weights", "Q4_K", "All of one type. A file that mixes types lies between.",
               (*types, *recorded)),
        Choice("cache", "Cache", "F16", options=tuple((name, name) for name in CACHES)),
        Number("context", "Context", 8192, low=1, high=10_000_000, unit="tokens", whole=True),
        Number("bandwidth", "Memory bandwidth", 50, "What the memory's maker gives; programs reach less.",
               low=0.1, high=100_000, unit="GB/s"),
    )  # fmt: skip


def run(values: Mapping[str, Any], files: Files) -> Result:
    """Bytes, speed and worth of one model. Raises `ValueError` for what does not go together."""
    told = json.loads(files[FILE])
    model = architecture(values, told["models"])
    bits = _bits(values, told)
    own = taken(model, bits, values["context"], values["cache"])
    return Result(
        said=_said(values, told, model, own),
        figures=(*_figures(model, own), *_worth(told["worth"])),
        head=HEAD,
        rows=_rows(values, told, model, bits),
        pictures=(picture(model, bits, values["context"], values["cache"]),),
    )


def architecture(values: Mapping[str, Any], models: Mapping[str, Any]) -> Architecture:
    """The model that a form means. Raises `ValueError` where more is active than there is."""
    if values["model"] != TYPED:
        known = models[values["model"]]
        return Architecture(*(known[name] for name in ("total", "active", "read", "cached")))
    if values["active"] > values["total"]:
        raise ValueError(f"Active parameters: give at most as many as in total, {values['total']:g} billion")
    total, active = values["total"] * GIGA, values["active"] * GIGA
    return Architecture(total, active, active, 2 * values["layers"] * values["heads"] * values["width"])


def _bits(values: Mapping[str, Any], told: Mapping[str, Any]) -> float:
    if values["weights"] != RECORDED:
        return told["types"][values["weights"]]
    if values["model"] == TYPED:
        raise ValueError("Weights: a model that is typed in has no file that was measured; choose a type")
    return told["models"][values["model"]]["bits"]


def _said(values: Mapping[str, Any], told: Mapping[str, Any], model: Architecture, own: Taken) -> str:
    name = "A model" if values["model"] == TYPED else told["models"][values["model"]]["name"]
    active = "all" if model.active == model.total else parameters(model.active)
    kept = "as in its file" if values["weights"] == RECORDED else f"as {values['weights']}"
    return (
        f"{name} of {parameters(model.total)} parameters, {active} of them active, takes {size(own.weights)} {kept} "
        f"and {size(own.resident)} in memory with a cache of {count(values['context'], 'token')}; "
        f"{values['bandwidth']:g} GB/s feed it at most {_speed(own, values)} tokens a second."
    )


def _speed(own: Taken, values: Mapping[str, Any]) -> str:
    return _three(own.most_tokens(values["bandwidth"] * GIGA))


def _figures(model: Architecture, own: Taken) -> tuple[tuple[str, str], ...]:
    dense = " (dense: the rule says nothing new)" if model.total == model.active else ""
    return (
        ("Weights", size(own.weights)),
        ("Cache", size(own.cache)),
        ("Read for each token", size(own.moved)),
        ("Dense size by the square-root rule", parameters(rule(model)) + dense),
    )


def _worth(worth: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, str], ...]:
    """What mixtures were measured to be worth: twins alone, and as a multiple of their own rule's size."""
    return tuple((f"Measured on {one['name']}", f"{one['value']:.2f} times the rule, {_ends(one)}") for one in worth)


def _ends(one: Mapping[str, Any]) -> str:
    low, high = one["low"], one["high"]
    if low is None and high is None:
        return "not bounded"
    if low is None or high is None:
        return f"95% interval {high:.2f} or less" if low is None else f"95% interval {low:.2f} or more"
    return f"95% interval {low:.2f} to {high:.2f}"


def _rows(
    values: Mapping[str, Any], told: Mapping[str, Any], model: Architecture, bits: float
) -> tuple[tuple[str, ...], ...]:
    """The same model as each type, the chosen one marked."""
    types = told["types"] if values["weights"] != RECORDED else {"its file": bits, **told["types"]}
    chosen = "its file" if values["weights"] == RECORDED else values["weights"]
    return tuple(_row(f"{name} (chosen)" if name == chosen else name, types[name], model, values) for name in types)


def _row(name: str, bits: float, model: Architecture, values: Mapping[str, Any]) -> tuple[str, ...]:
    one = taken(model, bits, values["context"], values["cache"])
    return name, f"{bits:.5g}", size(one.weights), size(one.resident), _speed(one, values)


def size(many: float) -> str:
    """Bytes in decimal GB, MB or kB, to three digits."""
    return _scaled(many, ((GIGA, " GB"), (1e6, " MB"), (1e3, " kB")))


def parameters(many: float) -> str:
    """A count of parameters, to three digits."""
    return _scaled(many, ((GIGA, "B"), (1e6, "M"), (1e3, "k")))


def _scaled(many: float, units: Sequence[tuple[float, str]]) -> str:
    known = float(f"{many:.3g}")
    scale, unit = next((pair for pair in units if known >= pair[0]), units[-1])
    return f"{_three(known / scale)}{unit}"


def _three(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:#.3g}"


TOOL = Tool("sizes", "Work out what a model takes", fields, run, (FILE,), nav="What a model takes")
