"""llama.cpp's own programs, which llama-cpp-python does not install. `make bench` builds them from its source package.

LLAMA_TOOLS names the folder where they lie; without it they are looked for on the PATH.
"""

from __future__ import annotations

import os
import shutil
import subprocess

from runners.engine.context import _has_amx
from runners.engine.subprocess_engine import environment

REPACK = not _has_amx()
"""Whether weights are repacked while loading. The engine does without where that would end the process, and then its
rivals have to as well."""


def tool(name: str) -> str:
    """The path of one of the programs. Ends the script where there is none."""
    found = shutil.which(name, path=os.environ.get("LLAMA_TOOLS") or os.environ["PATH"])
    if not found:
        raise SystemExit(f"no {name} here to compare with; `make bench` builds it, or name its folder in LLAMA_TOOLS")
    return found


def told(*command: str) -> str:
    """What a program prints on both streams. Raises `RuntimeError` with its last words when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout + done.stderr


def spared() -> None:
    """Make llama-cpp-python's own classes load as the engine does, where repacked weights would end the process."""
    import llama_cpp.llama_cpp as library

    plain = library.llama_model_default_params

    def params():
        given = plain()
        given.use_extra_bufts = REPACK
        return given

    library.llama_model_default_params = params
