"""What it costs to write down the experts of every token: texts traced with `routing` and without. Goal: 1.05 times.

A mixture twin is the worst case: its layers take microseconds, so that the callback weighs most. Beside it a mixture
of a size that people run is made of random weights (0.9 GB, for the time of the run). Only traces can be asked for
routing. Generation pays nothing, because the context that answers has no ears at all (`engine.reading` makes one of
its own for a trace); what it would pay is measured with one that has. Goal: 1.2 times.

CPU seconds of this process, one thread, so that other work on the machine counts as little as it can; both ways take
turns, and the ratio is the median over pairs.
"""

from __future__ import annotations

import itertools
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from runners.engine.context import Context
from runners.engine.llama_engine import LlamaEngine
from runners.engine.probes.router_hook import RouterHook
from runners.engine.protocol import Load
from runners.models.resolve import resolve
from runners.schema import Generate, Request, Trace
from runners.twins import recipe
from runners.twins.corpus import tokenizer, windows
from tests.bench.mixture import write
from tests.bench.rows import HOUSE, Row, show, words

PAIRS, LARGE_PAIRS, WINDOWS, LENGTHS, WRITTEN = 30, 6, 40, (64, 512), 24


def rows():
    slug = next(iter(words()), "json-16x64-s1")
    rung = recipe.find(HOUSE, slug)
    read = list(itertools.islice(windows(rung.mix, -1, rung.context), WINDOWS))
    text, short = (_text(rung, part) for part in (read, read[:8]))
    twin = resolve(slug, home=HOUSE).path
    yield from measured(twin, slug, text, PAIRS)
    with tempfile.TemporaryDirectory() as folder:
        large = write(twin, Path(folder) / "large.gguf")
        yield from measured(large, "64 experts of 1,024, random weights", short, LARGE_PAIRS)


def _text(rung, read: list) -> str:
    return tokenizer(rung.mix).decode([token for tokens, _ in read for token in tokens if token])


def measured(weights: Path, name: str, text: str, pairs: int) -> Iterator[Row]:
    """With ears and without on some weights: texts of every length, then replies."""
    load = Load(str(weights), context=64, width=1, threads=1, gpu_layers=0)
    engine, listening = LlamaEngine(load), LlamaEngine(load)
    for length in LENGTHS:
        plain, heard = (Trace(text, length, routing=way) for way in (False, True))
        without, with_ears = _median(engine, engine, plain, heard, pairs)
        yield Row(f"windows of {length} tokens, {name}", with_ears, "s CPU", without, "the same not heard", most=1.05)
    listening.context.close()
    listening.context = Hearing(load, RouterHook())
    request = full(engine, text)
    without, with_ears = _median(engine, listening, request, request, pairs)
    yield Row(f"{WRITTEN} tokens written, {name}", with_ears, "s CPU", without, "the same not heard", most=1.2)
    engine.close()
    listening.close()


def full(engine: LlamaEngine, text: str) -> Generate:
    """A question whose reply is as long as it may be."""
    for start in range(0, len(text) - 40, 11):
        request = Generate(text[start : start + 40], chat=False, max_tokens=WRITTEN)
        ((_, reply),) = engine.answer([request])
        if reply.stop == "length":
            return request
    raise RuntimeError(f"no reply is {WRITTEN} tokens long")


class Hearing(Context):
    """A context that takes note of the experts of every token that is written, as the engine's own need not."""

    def decode(self, rows):
        logits = super().decode(rows)
        self._routing.take()
        return logits


def _median(one: LlamaEngine, other: LlamaEngine, plain: Request, heard: Request, pairs: int) -> tuple[float, float]:
    """CPU seconds of both, from the pair with the median ratio; they take turns."""
    timed(one, plain), timed(other, heard)  # the first of each kind also makes a context
    took = [(timed(one, plain), timed(other, heard)) for _ in range(pairs)]
    return sorted(took, key=lambda pair: pair[1] / pair[0])[pairs // 2]


def timed(engine: LlamaEngine, request: Request) -> float:
    began = time.process_time()
    ((_, reply),) = engine.answer([request])
    assert not reply.failed, reply.error
    return time.process_time() - began


if __name__ == "__main__":
    show(__file__, rows())
