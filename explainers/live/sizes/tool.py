"""The calculator: size on disk and in memory, the speed that memory allows, and the dense size an MoE is worth."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ...text.formatting import count
from ..form import ChoiceField, Files, FormField, NumberField, Result, Tool
from .memory import CACHES, Architecture, MemoryUse, estimate_memory, sqrt_rule
from .plot import draw_memory

FILE = "sizes.json"
TYPED = "typed"
RECORDED = "recorded"
HEAD = ("Weights as", "Bits per weight", "Size of the file, about", "In memory", "Tokens per second at most")
GIGA = 1e9


def fields(files: Files) -> Sequence[FormField]:
    """A model that was measured or one that is typed in, and how it is to be kept. What is typed in at first are the
    sizes of Qwen3-30B-A3B as its makers give them (Qwen team 2025, arXiv:2505.09388)."""
    data = json.loads(files[FILE])
    models = tuple((key, model["name"]) for key, model in data["models"].items())
    types = tuple((name, f"{name}, {bits:g} bits per weight") for name, bits in data["types"].items())
    recorded = ((RECORDED, "as in the file that was measured"),) if models else ()
    return (
        ChoiceField("model", "Model", TYPED, options=((TYPED, "typed in below"), *models)),
        NumberField("total", "Total parameters", 30.5, "For a model that is typed in, as are the four below.",
                    low=0.001, high=10_000, unit="billion"),
        NumberField("active", "Active parameters", 3.3, "As many as in total for a dense model.",
                    low=0.001, high=10_000, unit="billion"),
        NumberField("layers", "Layers", 48, low=1, high=1000, whole=True),
        NumberField("heads", "Key-value heads", 4, low=1, high=1024, whole=True),
        NumberField("width", "Width of a head", 128, low=1, high=4096, whole=True),
        ChoiceField("weights", "Weights", "Q4_K", "All of one type. A file that mixes types lies between.",
                    (*types, *recorded)),
        ChoiceField("cache", "Cache", "F16", options=tuple((name, name) for name in CACHES)),
        NumberField("context", "Context", 8192, low=1, high=10_000_000, unit="tokens", whole=True),
        NumberField("bandwidth", "Memory bandwidth", 50, "What the memory's maker gives; programs reach less.",
                    low=0.1, high=100_000, unit="GB/s"),
    )  # fmt: skip


def run(values: Mapping[str, Any], files: Files) -> Result:
    """Bytes, speed and effective parameters of one model. Raises `ValueError` for what does not go together."""
    data = json.loads(files[FILE])
    model = architecture(values, data["models"])
    bits = _bits(values, data)
    own = estimate_memory(model, bits, values["context"], values["cache"])
    return Result(
        said=_summarize(values, data, model, own),
        figures=(*_figures(model, own), *_effective_parameters(data["worth"])),
        head=HEAD,
        rows=_rows(values, data, model, bits),
        pictures=(draw_memory(model, bits, values["context"], values["cache"]),),
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


def _bits(values: Mapping[str, Any], data: Mapping[str, Any]) -> float:
    if values["weights"] != RECORDED:
        return data["types"][values["weights"]]
    if values["model"] == TYPED:
        raise ValueError("Weights: a model that is typed in has no file that was measured; choose a type")
    return data["models"][values["model"]]["bits"]


def _summarize(values: Mapping[str, Any], data: Mapping[str, Any], model: Architecture, own: MemoryUse) -> str:
    name = "A model" if values["model"] == TYPED else data["models"][values["model"]]["name"]
    active = "all" if model.active == model.total else format_parameters(model.active)
    kept = "as in its file" if values["weights"] == RECORDED else f"as {values['weights']}"
    return (
        f"{name} of {format_parameters(model.total)} parameters, {active} of them active, takes "
        f"{format_bytes(own.weights)} {kept} and {format_bytes(own.resident)} in memory with a cache of "
        f"{count(values['context'], 'token')}; "
        f"{values['bandwidth']:g} GB/s feed it at most {_speed(own, values)} tokens per second."
    )


def _speed(own: MemoryUse, values: Mapping[str, Any]) -> str:
    return _three(own.max_tokens_per_second(values["bandwidth"] * GIGA))


def _figures(model: Architecture, own: MemoryUse) -> tuple[tuple[str, str], ...]:
    dense = " (dense: the rule says nothing new)" if model.total == model.active else ""
    return (
        ("Weights", format_bytes(own.weights)),
        ("Cache", format_bytes(own.cache)),
        ("Read for each token", format_bytes(own.moved)),
        ("Dense size by the square-root rule", format_parameters(sqrt_rule(model)) + dense),
    )


def _effective_parameters(worth: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, str], ...]:
    """The measured effective parameters of MoE twins, as a multiple of the size that the rule gives them."""
    return tuple(
        (f"Measured on {moe['name']}", f"{moe['value']:.2f} times the rule, {_interval_text(moe)}") for moe in worth
    )


def _interval_text(one: Mapping[str, Any]) -> str:
    low, high = one["low"], one["high"]
    if low is None and high is None:
        return "not bounded"
    if low is None or high is None:
        return f"95% interval {high:.2f} or less" if low is None else f"95% interval {low:.2f} or more"
    return f"95% interval {low:.2f} to {high:.2f}"


def _rows(
    values: Mapping[str, Any], data: Mapping[str, Any], model: Architecture, bits: float
) -> tuple[tuple[str, ...], ...]:
    """The same model as each type, the chosen one marked."""
    types = data["types"] if values["weights"] != RECORDED else {"its file": bits, **data["types"]}
    chosen = "its file" if values["weights"] == RECORDED else values["weights"]
    return tuple(_row(f"{name} (chosen)" if name == chosen else name, types[name], model, values) for name in types)


def _row(name: str, bits: float, model: Architecture, values: Mapping[str, Any]) -> tuple[str, ...]:
    use = estimate_memory(model, bits, values["context"], values["cache"])
    return name, f"{bits:.5g}", format_bytes(use.weights), format_bytes(use.resident), _speed(use, values)


def format_bytes(many: float) -> str:
    """Bytes in decimal GB, MB or kB, to three digits."""
    return _scaled(many, ((GIGA, " GB"), (1e6, " MB"), (1e3, " kB")))


def format_parameters(many: float) -> str:
    """A count of parameters, to three digits."""
    return _scaled(many, ((GIGA, "B"), (1e6, "M"), (1e3, "k")))


def _scaled(many: float, units: Sequence[tuple[float, str]]) -> str:
    known = float(f"{many:.3g}")
    scale, unit = next((pair for pair in units if known >= pair[0]), units[-1])
    return f"{_three(known / scale)}{unit}"


def _three(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:#.3g}"


TOOL = Tool("sizes", "Work out what a model takes", fields, run, (FILE,), nav="What a model takes")
