"""The llama.cpp build, found out without loading it: a no-op run must not pay for the library.

The identity is the SHA-256 of the shared libraries themselves. Two builds of one version can differ in compiler,
instruction set and backend, and any of these can flip a greedy token.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
from functools import cache
from pathlib import Path

_VERSION = re.compile(r'^__version__ = "(.+)"$', re.MULTILINE)

BACKENDS = ("cuda", "metal", "hip", "vulkan", "sycl", "musa", "cann", "opencl")


def libraries() -> list[Path]:
    """The llama.cpp libraries that will be loaded. Raises `ModuleNotFoundError` where there are none."""
    if elsewhere := os.environ.get("LLAMA_CPP_LIB_PATH"):  # llama-cpp-python looks there first
        return _libraries_in(Path(elsewhere))
    return _libraries_in(_package() / "lib")


def _package() -> Path:
    spec = importlib.util.find_spec("llama_cpp")
    if spec is None or not spec.submodule_search_locations:
        said = (
            "llama-cpp-python is not installed; asking a model on this machine needs it: "
            "`make guide`, or pip install 'incompressible[engine]'"
        )
        raise ModuleNotFoundError(said, name="llama_cpp")
    return Path(spec.submodule_search_locations[0])


def _libraries_in(folder: Path) -> list[Path]:
    files = {path.resolve() for path in folder.iterdir()}
    return sorted(path for path in files if any(word in path.name for word in ("llama", "ggml")))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def identity() -> str:
    """A name for this exact build, such as "0.3.36-1f2e3d4c5b6a"."""
    whole = hashlib.sha256("".join(map(_sha256, libraries())).encode()).hexdigest()
    return f"{version()}-{whole[:12]}"


def version() -> str:
    """What llama-cpp-python calls itself in its source, where its package's metadata has it from.

    `importlib.metadata` would load a parser of letters for that, which a no-op run feels.
    """
    found = _VERSION.search((_package() / "__init__.py").read_text(encoding="utf-8"))
    return found[1] if found else "unknown"


def backend() -> str:
    """The accelerator this build was made for: "cuda", "metal", ... or "cpu", also where there is no llama.cpp: whoever
    asks a server, or hands on replies, needs the name of a rig all the same."""
    try:
        names = " ".join(path.name.lower() for path in libraries())
    except ModuleNotFoundError:
        return "cpu"
    return next((name for name in BACKENDS if f"ggml-{name}" in names), "cpu")
