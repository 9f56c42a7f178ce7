"""Quantization of a model's weights by llama.cpp: `python -m runners.engine.quantize SOURCE TYPE TARGET`.

In a process of its own, because llama.cpp ends the process where it cannot go on. Every tensor of the groups that are
asked for gets the very type that was asked for, and no other is touched: llama.cpp's own mixes keep some tensors at
more bits, and do so by rules that look at the number of experts. Rows that a type's blocks do not divide get another
type all the same; `gguf_facts.inspect` tells what each became.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from ..host.processes import die_with
from ..models.gguf import TENSOR_TYPES, BadWeights, read_header
from ..models.local_caches import Digests, sha256
from ..storage.atomic import write_whole
from .protocol import EngineError
from .subprocess_engine import environment

GROUPS = {
    "experts": r"_exps\.weight",
    "attention": r"attn_(q|k|v|qkv|output)\.weight",
    "feed-forward": r"ffn_(gate|up|down)\.weight",
    "embeddings": r"^(token_embd|output)\.weight",
}
"""Name of a group of tensors -> what their names match. Routers and norms are never quantized."""

NUMBERS = {name: number for number, (name, _, _) in TENSOR_TYPES.items()}
SECONDS = 3_600.0


def parse_type(wanted: str) -> tuple[str, tuple[str, ...]]:
    """(tensor type, groups) of a text such as "Q4_0", which means all groups, or "Q4_0 experts attention".

    Raises `ValueError` for a type or a group that there is not.
    """
    kind, *groups = wanted.split() or [""]
    unknown = [group for group in groups if group not in GROUPS]
    if kind not in NUMBERS:
        unknown.insert(0, kind)
    if unknown:
        known = f"types {', '.join(NUMBERS)}; groups {', '.join(GROUPS)}"
        raise ValueError(f"nothing can be quantized to {wanted!r}: {unknown[0]!r} is none of the {known}")
    return kind, tuple(groups) or tuple(GROUPS)


def quantize_to(source: Path, wanted: str, target: Path) -> Path:
    """Write `source` to `target` with its tensors in the type `wanted`, and return `target`.

    A file that lies there as it was written is not made again. Replies are kept under the digest of the source, so
    nothing else may answer for it. Raises `EngineError`, `OSError`, and `ValueError` for an unknown type.
    """
    from filelock import FileLock

    parse_type(wanted)
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(target.with_name(f".{target.name}.lock")):
        if not _is_intact(target):
            for left in target.parent.glob(f"{target.name}.*.part"):  # of a kill: whoever holds the lock is alone
                left.unlink()
            _run_quantizer(source, wanted, target)
    return target


def _is_intact(target: Path) -> bool:
    """Whether a file lies there with the digest that was noted down when it was written."""
    note = _digest_note(target)
    if not (target.is_file() and note.is_file()):
        return False
    try:
        return note.read_bytes().strip() == Digests(target.parent).of(target).encode()
    except BadWeights:
        return False


def _digest_note(target: Path) -> Path:
    return target.with_name(f".{target.name}.sha256")


def _run_quantizer(source: Path, wanted: str, target: Path) -> None:
    part = target.with_name(f"{target.name}.{os.urandom(4).hex()}.part")  # nodes may share the folder, and count alike
    command = [sys.executable, "-m", "runners.engine.quantize", str(source), wanted, str(part)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, env=environment(), check=False)
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise EngineError(f"{source} cannot be quantized to {wanted} (exit {done.returncode}): {last[:300]}")
        read_header(part)  # llama.cpp may not notice that a disk is full
        write_whole(_digest_note(target), f"{sha256(part)}\n")
        os.replace(part, target)
    except BadWeights as fault:
        raise EngineError(f"{target} did not come out whole ({fault}); make room there and run again") from None
    except subprocess.TimeoutExpired:
        raise EngineError(f"{source} was not quantized to {wanted} within {SECONDS:.0f} seconds") from None
    finally:
        part.unlink(missing_ok=True)


def _quantize(source: str, wanted: str, target: str) -> int:
    import llama_cpp

    die_with(os.getppid())  # or weights that nobody waits for any more would fill the disk
    kind, groups = parse_type(wanted)
    others = [group for group in GROUPS if group not in groups]
    types = [(GROUPS[group], NUMBERS[kind]) for group in groups]
    types += [(GROUPS[group], NUMBERS["F16"]) for group in others]
    # The list ends with an entry that has no pattern.
    overrides = (llama_cpp.llama_model_tensor_override * (len(types) + 1))()
    for place, (pattern, number) in enumerate(types):
        overrides[place].pattern, overrides[place].type = pattern.encode(), number
    params = llama_cpp.llama_model_quantize_default_params()
    # With a type that does not quantize, llama.cpp would not look at the overrides.
    params.ftype, params.allow_requantize, params.nthread = llama_cpp.LLAMA_FTYPE_MOSTLY_Q8_0, True, 0
    params.tt_overrides = overrides
    return llama_cpp.llama_model_quantize(source.encode(), target.encode(), params)


if __name__ == "__main__":
    sys.exit(_quantize(*sys.argv[1:]))
