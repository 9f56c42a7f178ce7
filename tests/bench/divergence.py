"""What KL divergence costs: time beside `llama-perplexity`'s two passes, room on disk, and memory by length of text.

llama-perplexity reads the text through the base, writes two bytes for every token of the vocabulary and every place
that counts (half of them) to a file, and reads that again beside the other model. This engine reads both side by side.
Times hold loading. It works out the logits of all places, llama-perplexity those of the half that counts.
"""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path

import psutil

from runners.engine.protocol import Load
from runners.engine.subprocess_engine import ChildEngine
from runners.models.resolve import resolve
from runners.schema import Trace
from tests.bench.perplexity import changed_to, theirs
from tests.bench.rows import HOUSE, Row, least, show, words

WINDOW, WINDOWS, LONGER, TIMES = 256, 6, 3, 2


def rows():
    name, kind = words() or ("smollm2-135m", "Q4_0")
    model = resolve(name, home=HOUSE)
    text = (HOUSE / "data" / "items" / "text.txt").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        changed, place = changed_to(kind, model, Path(folder)), Path(folder)
        short = cut(model.path, text)
        ways = (
            lambda: peak(changed, model.path, short),
            lambda: theirs(model.path, changed, short, WINDOW, place),
        )
        both, passes = least(*ways, times=TIMES)
        what = f"{WINDOWS} windows of {WINDOW} tokens, {model.name} in {kind}"
        yield Row(what, both, "s", passes, "llama-perplexity", most=1.2)
        left = (place / "base.logits").stat().st_size / 1e6
        yield Row("written to disk on the way", 0.0, "MB", left, "llama-perplexity", most=0)
        memory, more = (peak(changed, model.path, short * times) / 1e6 for times in (1, LONGER))
        yield Row(f"memory at most, text {LONGER} times as long", more, "MB", memory, "the text once", most=1.05)


def cut(path: Path, text: str) -> str:
    """So many windows of a text, and a few words more: what is less than a window is not read."""
    with ChildEngine(Load(str(path), context=WINDOW, width=1)) as engine:
        ((_, read),) = engine.answer([Trace(text, window=WINDOW)])
    return "".join(itertools.islice(read.tokens, WINDOW * WINDOWS + 8))


def peak(changed: Path, base: Path, text: str) -> int:
    """Compare two models on a text; the bytes of memory that the engine held at most."""
    load = Load(str(changed), context=WINDOW, width=1, gpu_layers=0, weights="other", source=str(base))
    with ChildEngine(load) as engine:
        ((_, reply),) = engine.answer([Trace(text, window=WINDOW, compared=True)])
        assert not reply.failed, reply.error
        return held(engine._process.pid)


def held(process: int) -> int:
    """Bytes that a process held at most; where the system does not say (outside Linux), what it holds now."""
    status = Path(f"/proc/{process}/status")
    if not status.is_file():
        return psutil.Process(process).memory_info().rss
    return 1024 * int(status.read_text().partition("VmHWM:")[2].split()[0])


if __name__ == "__main__":
    show(__file__, rows())
