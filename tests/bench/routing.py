"""What it costs to write down the experts of every token: texts traced with `routing` and without. Goal: 1.05 times.

A mixture twin is the worst case: its layers take microseconds, so that the callback weighs most. With `--large` a
mixture of a size that people run is made of random weights beside it (0.9 GB, for the time of the run). Only traces can
be asked for routing. Generation pays nothing, because the context that answers has no ears at all (`engine.reading`
makes one of its own for a trace).

CPU seconds of this process, one thread, so that other work on the machine counts as little as it can; both ways take
turns, and the ratio is the median over pairs.
"""

from __future__ import annotations

import itertools
import statistics
import sys
import tempfile
import time
from pathlib import Path

from mixture import write

from runners.engine.llama import LlamaEngine
from runners.engine.protocol import Load
from runners.models import resolve
from runners.schema import Reply, Trace
from runners.twins import recipe
from runners.twins.corpus import tokenizer, windows

HOUSE = Path(__file__).parents[2]
PAIRS, LARGE_PAIRS, WINDOWS, LENGTHS = 60, 6, 40, (64, 512)


def main() -> None:
    slug = next((one for one in sys.argv[1:] if one != "--large"), "knowledge-16x64-s1")
    rung = recipe.find(HOUSE, slug)
    read = list(itertools.islice(windows(rung.mix, -1, rung.context), WINDOWS))
    text = tokenizer(rung.mix).decode([token for tokens, _ in read for token in tokens if token])
    twin = resolve(slug, home=HOUSE).path
    measure(twin, slug, text, PAIRS)
    if "--large" in sys.argv:
        with tempfile.TemporaryDirectory() as folder:
            short = tokenizer(rung.mix).decode([token for tokens, _ in read[:8] for token in tokens if token])
            measure(write(twin, Path(folder) / "large.gguf"), "64 experts of 1,024, random weights", short, LARGE_PAIRS)


def measure(weights: Path, name: str, text: str, pairs: int) -> None:
    """Compare with ears and without on some weights, at every length."""
    engine = LlamaEngine(Load(str(weights), context=64, width=1, threads=1, gpu_layers=0))
    for length in LENGTHS:
        ways = (Trace(text, length, routing=way) for way in (False, True))
        compare(engine, f"{name}, windows of {length}", *ways, pairs)
    engine.close()


def compare(engine: LlamaEngine, what: str, plain: Trace, heard: Trace, many: int) -> None:
    """Print what the second request costs beside the first."""
    routes = timed(engine, heard)[1].routes  # the first of each kind also makes a context
    tokens = len(timed(engine, plain)[1].tokens)
    pairs = [(timed(engine, plain)[0], timed(engine, heard)[0]) for _ in range(many)]
    ratios = [with_ears / without for without, with_ears in pairs]
    lower, middle, upper = statistics.quantiles(ratios, n=4)
    more = statistics.median(with_ears - without for without, with_ears in pairs) / tokens / len(routes["layers"])
    print(f"{what}: {middle:.3f} times (quartiles of {many} pairs {lower:.3f} to {upper:.3f})", end="; ")
    print(f"{1e6 * more:.1f} microseconds more a token and layer", flush=True)


def timed(engine: LlamaEngine, request: Trace) -> tuple[float, Reply]:
    began = time.process_time()
    ((_, reply),) = engine.answer([request])
    assert not reply.failed and bool(reply.routes) == request.routing, reply.error
    return time.process_time() - began, reply


if __name__ == "__main__":
    main()
