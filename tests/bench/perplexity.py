"""Perplexity and KL divergence as this engine finds them, against llama.cpp's own `llama-perplexity`.

    python -m tests.bench.perplexity [MODEL TYPE]

MODEL is a name or a file, TYPE what it is quantized to, or a file that it was quantized to. Without them: a dense and a
sparse twin and SmolLM2.

Both read the same windows of the same files, each window begun alike, with F16 caches and without flash attention, and
both count the same places: `llama-perplexity` leaves out the first half of every window. Goal: no figure differs by
more than 1 %. What is left between them is that its divergence passes over tokens less likely than e^-16; its own
default, flash attention, moves the 99th percentile by more than that goal.
"""

from __future__ import annotations

import itertools
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from runners.engine.protocol import Load
from runners.engine.quantize import quantize_to
from runners.engine.subprocess_engine import ChildEngine
from runners.host.cgroups import usable_cores
from runners.models.model import Model
from runners.models.resolve import resolve
from runners.schema import Trace
from runners.twins import recipe
from runners.twins.corpus import tokenizer, windows
from tests.bench.rows import HOUSE, Row, show, words
from tests.bench.tools import REPACK, told, tool

PAIRS = (("knowledge-f256-s1", "Q4_0"), ("knowledge-16x32-s1", "Q4_0"), ("smollm2-135m", "Q4_0"))
WINDOW, TWIN_WINDOWS, TRIES = 256, 200, 20

FIGURES = {
    "perplexity of the base": ("", r"Final estimate: PPL = *([\d.]+)"),
    "perplexity": ("", r"Mean PPL\(Q\) *: *([\d.]+)"),
    "KL divergence, mean": ("nats", r"Mean +KLD: *([\d.]+)"),
    "KL divergence, median": ("nats", r"Median +KLD: *([\d.]+)"),
    "KL divergence, 99 %": ("nats", r"99\.0% +KLD: *([\d.]+)"),
    "same likeliest token": ("%", r"Same top p: *([\d.]+)"),
}
"""What is compared -> its unit, and where `llama-perplexity` says it. Its first run ends with the perplexity of
the base; the second reads that from a file in which no token is less likely than the likeliest by more than a factor of
e^16."""


def rows():
    for name, kind in [tuple(words())] if words() else PAIRS:
        with tempfile.TemporaryDirectory() as folder:
            yield from compare(resolve(name, home=HOUSE), kind, Path(folder))


def compare(model: Model, kind: str, folder: Path) -> Iterator[Row]:
    """Both sides' figures of one model and one type."""
    window, text = text_for(model)
    changed = changed_to(kind, model, folder)
    found, places = ours(model.path, changed, text, window)
    said = theirs(model.path, changed, text, window, folder)
    for name in FIGURES:
        what = f"{name}, {model.name} in {kind}, {places:,} tokens"
        yield Row(what, found[name], FIGURES[name][0], said[name], "llama-perplexity", least=0.99, most=1.01)


def changed_to(kind: str, model: Model, folder: Path) -> Path:
    """The file that a model was quantized to, or is now."""
    return Path(kind) if kind.endswith(".gguf") else quantize_to(model.path, kind, folder / "changed.gguf")


def text_for(model: Model) -> tuple[int, str]:
    """A length of windows and a text: a twin reads words of its own, that it was not trained on."""
    if not model.twin:
        return WINDOW, (HOUSE / "data" / "items" / "text.txt").read_text(encoding="utf-8").rstrip("\n")
    rung = recipe.find(HOUSE, model.slug)
    read = itertools.islice(windows(rung.mix, -1, rung.context), TWIN_WINDOWS)
    return rung.context, tokenizer(rung.mix).decode([token for tokens, _ in read for token in tokens if token])


def ours(base: Path, changed: Path, text: str, window: int) -> tuple[dict[str, float], int]:
    """The figures of a trace, and over how many tokens they were taken."""
    load = Load(str(changed), context=window, width=1, gpu_layers=0, weights="other", source=str(base))
    with ChildEngine(load) as engine:
        ((_, reply),) = engine.answer([Trace(text, window=window, compared=True)])
    assert not reply.failed, reply.error
    place = np.arange(len(reply.tokens)) % window
    counted = place > window // 2
    read = {name: np.array(values)[counted] for name, values in reply.against.items() if name != "moved"}
    apart = read["divergence"]
    figures = (
        np.exp(-read["logprobs"].mean()),
        np.exp(-np.array(reply.logprobs)[counted].mean()),
        apart.mean(),
        np.median(apart),
        np.quantile(apart, 0.99),
        100 * read["same_top"].mean(),
    )
    return dict(zip(FIGURES, map(float, figures), strict=True)), int(counted.sum())


def theirs(base: Path, changed: Path, text: str, window: int, folder: Path) -> dict[str, float]:
    """The figures that `llama-perplexity` prints: once over the base, then over the other against what that left in
    `folder`/base.logits."""
    (folder / "text.txt").write_text(text, encoding="utf-8")
    program, kept, cores = tool("llama-perplexity"), str(folder / "base.logits"), str(usable_cores())
    same = ["-c", str(window), "-b", str(window), "-t", cores, "-fa", "off", "-ngl", "0", "--kl-divergence-base", kept]
    same.append("--repack" if REPACK else "--no-repack")
    base_said = ended("Final estimate", program, "-m", str(base), "-f", str(folder / "text.txt"), *same)
    said = base_said + ended("Same top p", program, "-m", str(changed), *same, "--kl-divergence")
    return {name: float(re.search(pattern, said)[1]) for name, (_, pattern) in FIGURES.items()}


def ended(last: str, *command: str) -> str:
    """What a program prints. A thread of its own writes that, and the end of the program may cut it off: then again."""
    for _ in range(TRIES):
        if last in (said := told(*command)):
            return said
    raise RuntimeError(f"{command[0]} ended {TRIES} times without a word of {last!r}")


if __name__ == "__main__":
    show(__file__, rows())
