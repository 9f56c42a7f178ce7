"""What a plain installation leaves out, and how to get it: the extras of pyproject.toml by what they are for."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec


@dataclass(frozen=True)
class Extra:
    """One extra: what it is for, and the modules that only it brings."""

    purpose: str
    modules: tuple[str, ...]


EXTRAS = {
    "engine": Extra("asking a model on this machine", ("llama_cpp",)),
    "site": Extra(
        "building the guide",
        ("altair", "jupytext", "mkdocs", "nbclient", "nbformat", "pandas", "pyarrow", "vl_convert"),
    ),
    "twins": Extra("training twins", ("torch", "gguf", "numpy")),
    "cluster": Extra("--on ray", ("ray", "grpc")),
}


def require(name: str) -> None:
    """Refuse at once what would fail for want of an extra later. Raises `ModuleNotFoundError` with the first module
    of the extra that is not installed."""
    for module in EXTRAS[name].modules:
        if find_spec(module) is None:
            raise ModuleNotFoundError(cure(module), name=module)


def cure(module: str) -> str:
    """Which extra brings a module, and how to get it; empty for a module that no extra brings."""
    for name, extra in EXTRAS.items():
        if module.partition(".")[0] in extra.modules:
            return f"{module} is not installed; {extra.purpose} needs it: pip install 'incompressible[{name}]'"
    return ""
