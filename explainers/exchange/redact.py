"""Allow-list of facts that may leave this machine with a run, and a search for names and paths among them.

Facts are allowed by name, so that a fact which a later version records stays here until somebody allows it. What a
model wrote is never altered and never refused: it cannot know whose machine it ran on, though it may hit on a login
name by chance. Words of the engine, which the reason for a failed cell is, can name files: those are searched.
"""

from __future__ import annotations

import getpass
import json
import re
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from .submission import Submission, SubmissionError

LOCAL = "local file"
_PUBLIC = re.compile(r"(wheel:|hf:|ollama:)[\w./:=+-]+|data/twins/[\w./-]+")
"""Sources that mean the same on every machine."""

_ALLOWED: Mapping[str, tuple[str, ...]] = {
    "model": (
        "slug", "name", "sha256", "bytes", "source", "licence", "released", "architecture", "parameters",
        "active_parameters", "context_length", "bits_per_weight", "bytes_per_token", "kv_bytes_per_token", "twin",
    ),
    "engine": (
        "build", "backend", "context", "width", "gpu_layers", "cache_type", "flash_attention", "share_prefix",
        "experts_used", "weights",
    ),
    "quantized": ("bytes", "bits_per_weight", "bytes_by_type"),
    "llama_cpp": ("chat_template", "gpu_offload_supported", "offloaded", "system", "trained_context"),
    "machine": (
        "arch", "cores_physical", "cores_usable", "cpu", "gpus", "memory_total", "os", "os_version", "python",
    ),
    "packages": (
        "incompressible", "llama-cpp-python", "numpy", "pandas", "altair", "vl-convert-python", "huggingface_hub",
    ),
    "git": ("commit", "dirty"),
}  # fmt: skip
_PLAIN = ("rig", "experiment", "version", "profile", "started")

_PATH = re.compile(r"(?<![\w.)\]<])(~?/\w|[A-Za-z]:[\\/]|\\\\\w)|\w+://|\bfile:", re.ASCII)
"""How a path or an address begins: /home, ~/, C:\\, \\\\server, http://."""


def prune_facts(run: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a run that may be published; what was not recorded is left out."""
    facts = {name: run[name] for name in _PLAIN if run.get(name) is not None}
    for part, names in _ALLOWED.items():
        found = {name: value for name in names if (value := (run.get(part) or {}).get(name)) not in (None, "")}
        if found or part in ("model", "engine", "machine"):
            facts[part] = found
    if (source := facts["model"].get("source")) and not _PUBLIC.fullmatch(source):
        facts["model"]["source"] = LOCAL
    return facts


def private_words() -> dict[str, str]:
    """What tells whose machine this is -> what it is called."""
    host = socket.gethostname()
    words = {str(Path.home()): "home folder", host: "host name", host.partition(".")[0]: "host name"}
    with suppress(KeyError, OSError):  # an account without a name
        words[getpass.getuser()] = "login name"
    return {word: kind for word, kind in words.items() if len(word) > 1}


def refuse_private(submission: Submission, name: str, private: Mapping[str, str], allowed: Iterable[str] = ()) -> None:
    """Raises `SubmissionError`, naming file and field, when a fact of the run or the reason of a failed cell looks like
    a path, or holds one of the `private` words that is not `allowed`."""
    words = {word: kind for word, kind in private.items() if word not in set(allowed)}
    for field, text in _own_texts(submission):
        if found := _PATH.search(text):
            cure = (
                "leave failed cells out with --without-failures"
                if "error" in field
                else "mend it in the .run.json beside that journal"
            )
            raise SubmissionError(f"{name}: field {field} holds {text[found.start() :][:60]!r}, as paths look; {cure}")
        for word, kind in words.items():
            if _contains_word(text, word):
                cure = f"if that is an everyday word there, say --allow {word}"
                raise SubmissionError(f"{name}: field {field} holds {word!r}, this machine's {kind}; {cure}")


def count_mentions(submission: Submission, private: Mapping[str, str]) -> int:
    """How many replies hold one of the `private` words in what the model wrote."""
    return sum(any(_contains_word(text, word) for text in _reply_texts(answer["reply"]) for word in private)
               for answer in submission.answers)  # fmt: skip


def _reply_texts(reply: Mapping[str, Any]) -> list[str]:
    return [turn.get("text", "") for turn in (*reply.get("earlier", ()), reply)]


def _own_texts(submission: Submission) -> Iterator[tuple[str, str]]:
    """(field, text) of everything that this program wrote and no model."""
    yield from _texts(submission.run, "run")
    for number, answer in enumerate(submission.answers, start=2):
        texts = {"item": answer["item"], "arm": answer["arm"], "reply.error": answer["reply"].get("error", "")}
        yield from _texts(texts, f"line {number}")


def _texts(value: Any, field: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield field, name
            yield from _texts(part, f"{field}.{name}")
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part, field)
    elif isinstance(value, str):
        yield field, value


def _contains_word(text: str, word: str) -> bool:
    """Whether a word stands in a text as a word; a folder anywhere."""
    if "/" in word or "\\" in word:
        return word in text
    return re.search(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", text, re.IGNORECASE) is not None


def drop_failures(lines: Iterable[bytes]) -> list[bytes]:
    """The lines that hold an answer."""
    return [line for line in lines if not json.loads(line)["reply"].get("error")]
