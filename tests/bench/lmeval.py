"""200 choice questions through lm-eval 0.4.13 and through this engine: questions per second, and who picks what.

    python -m tests.bench.lmeval [MODEL[:QUESTIONS] ...]

LM_EVAL names lm-eval's program, which has an environment of its own (`make bench` makes it).

QUESTIONS is how many of them go through llama-cpp-python's server, which sorts all words for every token: on two cores
it takes some eight seconds for one with SmolLM2, and some forty with Gemma.

gguf   lm-eval's way to llama.cpp: llama-cpp-python's server, a completion with `echo` and `logprobs` for every option
hf     transformers reads the same file (`gguf_file`), with its weights unfolded to float32; no hub is asked

What starting a program costs is taken off: all questions less a few, over the seconds that these took more. Picks are
the likeliest option by its summed log-likelihood. Where the server's differ, the cause is worked out: it gives each
token the probability that it has one place too late, unless a model begins texts with a token of its own. Where
transformers' differ, this engine is asked again with the weights unfolded as there.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runners.engine.context import BatchRow as Token
from runners.engine.context import Context
from runners.engine.protocol import Load
from runners.engine.quantize import quantize_to
from runners.engine.sampling import logprob
from runners.engine.subprocess_engine import ChildEngine
from runners.experiments.knowledge import EXPERIMENT
from runners.host.cgroups import usable_cores
from runners.models.resolve import resolve
from runners.schema import Choose
from tests.bench.rows import HOUSE, Row, show, words
from tests.helpers.servers import llama_server

MODELS, PATHS = ("smollm2-135m", "gemma-3-270m:10"), ("gguf", "hf")
QUESTIONS, FEW, CONTEXT = 200, 2, 256
TASK = """task: choices
dataset_path: json
dataset_kwargs:
  data_files:
    test: {questions}
test_split: test
output_type: multiple_choice
doc_to_text: "{{{{prompt}}}}"
doc_to_choice: "{{{{options}}}}"
doc_to_target: 0
target_delimiter: ""
metric_list:
  - metric: acc
"""


def rows():
    asked = [EXPERIMENT.ask(item, {"asked": "choice"}) for item in EXPERIMENT.items[:QUESTIONS]]
    for name, _, served in (word.partition(":") for word in words() or MODELS):
        model = resolve(name, home=HOUSE)
        rate, own = ours(str(model.path), asked)
        for path in PATHS:
            given = asked[: int(served or QUESTIONS) if path == "gguf" else QUESTIONS]
            speed, theirs = lm_eval(path, model.path, given)
            yield Row(f"{len(given)} choices, {model.name}", rate, "questions/s", speed, f"lm-eval, {path}", least=5)
            yield same(f"picks alike, {model.name}", own[: len(given)], theirs, path)
            if path == "gguf":
                what, again = "read as the server's `echo` gives them", picks(one_late(str(model.path), given))
            else:
                what, again = "with weights unfolded here too", unfolded(model.path, given)
            yield same(f"picks alike {what}, {model.name}", again, theirs, path)


def same(what: str, own: list[int], theirs: list[int], path: str) -> Row:
    alike = sum(one == other for one, other in zip(own, theirs, strict=True))
    return Row(what, alike, "questions", len(own), f"all, of lm-eval, {path}")


def ours(path: str, asked: list[Choose]) -> tuple[float, list[int]]:
    """Questions per second, and the picks."""
    with ChildEngine(Load(path, context=CONTEXT, width=8)) as engine:
        began = time.perf_counter()
        replies = dict(engine.answer(asked))
        spent = time.perf_counter() - began
    return len(asked) / spent, picks([[total for total, _ in replies[at].options] for at in range(len(asked))])


def picks(scores: list[list[float]]) -> list[int]:
    return [values.index(max(values)) for values in scores]


def unfolded(path: Path, asked: list[Choose]) -> list[int]:
    """The picks with weights in F16 that hold what the file's unfold to."""
    with tempfile.TemporaryDirectory() as folder:
        return ours(str(quantize_to(path, "F16", Path(folder) / "unfolded.gguf")), asked)[1]


def one_late(path: str, asked: list[Choose]) -> list[list[float]]:
    """Each option's sum as lm-eval takes it from the server's `echo`, of a model that begins texts with no token of its
    own: of each token the probability after the token itself, and of the last one nothing. The server's list then ends
    with the option, and lm-eval leaves out its end, where it expects the one token that was written. With an opening
    token, which the list leaves out, all stands in its place."""
    context = Context(Load(path, context=CONTEXT, width=1, gpu_layers=0))
    late = not context.opening
    scores = [_sums(context, request, late) for request in asked]
    context.close()
    return scores


def _sums(context: Context, request: Choose, late: bool) -> list[float]:
    """The sum of each option over the tokens that begin where the prompt has ended, as lm-eval takes it."""
    wholes = [context.tokenize(request.prompt + option, special=False) for option in request.options]
    size = len(request.prompt.encode())
    first = [next(at for at in range(len(one)) if _length(context, one[:at]) >= size) for one in wholes]
    context.keep(0, 0)
    held = min(first) - 1
    context.decode([Token(token, place, 0, False) for place, token in enumerate(wholes[0][:held])])
    sums = []
    for tokens, start in zip(wholes, first, strict=True):
        context.keep(0, held)
        logits = context.decode([Token(tokens[place], place, 0, True) for place in range(held, len(tokens))])
        shift = 0 if late else 1
        counted = range(start, len(tokens) - late)
        sums.append(sum(logprob(logits[at - held - shift], tokens[at]) for at in counted))
    return sums


def _length(context: Context, tokens: list[int]) -> int:
    return sum(len(context.piece(token)) for token in tokens)


def lm_eval(path: str, weights: Path, asked: list[Choose]) -> tuple[float, list[int]]:
    """Questions per second and the picks of lm-eval."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        lines = [json.dumps({"prompt": one.prompt, "options": one.options}) for one in asked]
        (place / "questions.jsonl").write_text("\n".join(lines), encoding="utf-8")
        (place / "choices.yaml").write_text(TASK.format(questions=place / "questions.jsonl"), encoding="utf-8")
        with _served(path, weights, place) as arguments:
            few, _ = _evaluated(path, arguments, place, FEW)
            spent, theirs = _evaluated(path, arguments, place, len(asked))
        return (len(asked) - FEW) / (spent - few), theirs


def _evaluated(path: str, arguments: str, place: Path, many: int) -> tuple[float, list[int]]:
    out = place / f"out-{many}"
    command = [_program(), "run", "--model", path, "--model_args", arguments, "--tasks", "choices"]
    command += ["--include_path", str(place), "--limit", str(many), "--log_samples", "--output_path", str(out)]
    command += ["--batch_size", "8", "--device", "cpu"]
    offline = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_CACHE": str(place / "cache"), "OMP_NUM_THREADS": str(usable_cores())}
    began = time.perf_counter()
    done = subprocess.run(command, env=os.environ | offline, capture_output=True, text=True, check=False)
    spent = time.perf_counter() - began
    if done.returncode:
        raise RuntimeError(f"lm-eval ended with {done.returncode}: {done.stderr[-3000:]}")
    (kept,) = out.rglob("samples_*.jsonl")
    samples = sorted(map(json.loads, kept.read_text(encoding="utf-8").splitlines()), key=lambda one: one["doc_id"])
    return spent, picks([[float(total) for total, _ in one["filtered_resps"]] for one in samples])


def _program() -> str:
    found = os.environ.get("LM_EVAL") or shutil.which("lm_eval")
    if not found:
        raise SystemExit("no lm-eval here to compare with; `make bench` installs it, or name its program in LM_EVAL")
    return found


@contextmanager
def _served(path: str, weights: Path, place: Path) -> Iterator[str]:
    """What lm-eval is told of the model: its folder, or the address of a server that has it."""
    if path == "hf":
        (place / "model").mkdir()
        (place / "model" / "model.gguf").symlink_to(weights)
        yield f"pretrained={place / 'model'},gguf_file=model.gguf,dtype=float32"
        return
    cores = str(usable_cores())
    options = "--logits_all", "true", "--n_threads", cores, "--n_threads_batch", cores, "--verbose", "false"
    with llama_server(weights, *options, context=CONTEXT) as address:
        yield f"base_url={address.removesuffix('/v1')}"


if __name__ == "__main__":
    show(__file__, rows())
