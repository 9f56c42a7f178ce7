"""Training of one twin from its recipe: train, log, keep checkpoints, go on where an earlier run stopped.

On one thread of a CPU a resumed training is the uninterrupted one to the last bit: documents come from the seed, and
a checkpoint holds everything else.
"""

from __future__ import annotations

import csv
import io
import os
import pickle
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from ..storage.atomic import write_whole
from .batches import batches
from .corpus import tokenizer
from .distill import distillation_loss
from .model import Twin, TwinShape
from .optimizer import optimizers
from .recipe import RecipeError, Rung

LOG_EVERY, KEEP_EVERY = 50, 500
"""Steps between rows of the log, and between checkpoints."""

IGNORED = -100
"""The target of a token that is given and not learned."""

COLUMNS = ("step", "tokens", "loss", "balance", "rate", "flops", "seconds")


def train(
    rung: Rung, folder: Path, told: Callable[[dict[str, Any]], None] = lambda row: None, teacher: Twin | None = None
) -> Twin:
    """Train a twin to the end of its recipe and return it; `told` hears every row of the log, with the steps that are
    `left` and whether it is still `warming` up. A rung that learns from a teacher needs it.

    The checkpoint is `folder`/<slug>.pt, the log <slug>.csv beside it: loss in nats per token, mean since the last row;
    FLOPs of forward and backward so far; seconds of training so far. All count the warm-up in, which ends with the row
    whose loss is low enough: twins differ in how long they take to learn what everything after it builds on.
    """
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    torch.manual_seed(rung.seed)
    run = _Run(rung, teacher)
    run.load(folder / f"{rung.slug}.pt")
    for batch in _reading(run, teacher):
        run.learn(*batch)
        if run.step % LOG_EVERY == 0 or run.done:
            told(run.note())
        if run.step % KEEP_EVERY == 0 or run.done:
            run.save(folder / f"{rung.slug}.pt")
            write_log(folder / f"{rung.slug}.csv", run.rows)
    return run.model.eval()


def _reading(run: _Run, teacher: Twin | None) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """What is left to read: of the warm-up until that is done, and then of the recipe. Nobody is taught while warming
    up: until then a student and the twin that reads the text are one and the same, and have read as many tokens."""
    warm = batches(run.rung, run.step, warming=True) if run.warming else iter(())
    while run.warming:
        yield next(warm)
    rest = batches(run.rung, run.step - run.warmed, teacher)
    while not run.done:
        yield next(rest)


def load(rung: Rung, folder: Path) -> Twin:
    """A twin that has been trained to the end. Raises `RecipeError` where it has not."""
    run = _Run(rung)
    run.load(folder / f"{rung.slug}.pt")
    if not run.done:
        held = f"{folder / rung.slug}.pt holds {run.step} of {rung.steps + run.warmed} steps"
        raise RecipeError(f"{held}; go on with `incompressible twins train {rung.slug}`")
    return run.model.eval()


def new(rung: Rung) -> Twin:
    """A twin as it is before training, from torch's random state."""
    return Twin(shape(rung))


def shape(rung: Rung) -> TwinShape:
    """The architecture of a rung."""
    sizes = ("width", "layers", "heads", "head", "ffn", "context", "experts", "used")
    return TwinShape(vocabulary=len(tokenizer(rung.mix)), **{name: getattr(rung, name) for name in sizes})


def flops_per_token(model: Twin) -> float:
    """Forward and backward FLOPs of one token: 6 for each active weight in a product, and attention over a full window
    (PaLM, arXiv:2204.02311, appendix B)."""
    made = model.shape
    experts = sum(w.numel() for name, w in model.named_parameters() if w.ndim == 3)
    weights = sum(w.numel() for w in model.parameters() if w.ndim == 2)
    active = weights + (experts * made.used // made.experts if made.experts else 0)
    return 6 * active + 12 * made.layers * made.heads * made.head * made.context


def write_log(path: Path, rows: list[dict[str, Any]]) -> None:
    """The log as CSV, whole or not at all."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_whole(path, text.getvalue())


class _Run:
    """A training under way: everything that a checkpoint holds."""

    def __init__(self, rung: Rung, teacher: Twin | None = None) -> None:
        self.rung, self.model = rung, new(rung)
        self.teacher = teacher if rung.learns == "distributions" else None
        self.optimizers = optimizers(self.model, rung.muon, rung.adam, rung.decay)
        self.step, self.seconds = 0, 0.0
        self.rows: list[dict[str, Any]] = []
        self.warming, self.warmed = bool(rung.warmup), 0
        self._losses: list[tuple[float, float]] = []
        self._flops = flops_per_token(self.model)

    @property
    def rate(self) -> float:
        """What the learning rates are multiplied by at this step."""
        left = 1 - (self.step - self.warmed) / self.rung.steps
        return 1.0 if self.warming else min(1.0, left / (1 - self.rung.hold))

    @property
    def done(self) -> bool:
        """Whether all has been read."""
        return not self.warming and self.left <= 0

    @property
    def left(self) -> int:
        """Steps that are left after the warm-up."""
        return self.rung.steps if self.warming else self.rung.steps + self.warmed - self.step

    def learn(self, tokens: torch.Tensor, learned: torch.Tensor) -> None:
        """One optimizer step."""
        began = time.perf_counter()
        for optimizer, rate in zip(self.optimizers, (self.rung.muon, self.rung.adam), strict=True):
            optimizer.param_groups[0]["lr"] = rate * self.rate
            optimizer.zero_grad()
        loss = self._loss(tokens, learned)
        uneven = self.model.balance()
        (loss + self.rung.balance * uneven).backward()
        for optimizer in self.optimizers:
            optimizer.step()
        self._losses.append((loss.item(), float(torch.as_tensor(uneven).detach())))
        self.step += 1
        self.seconds += time.perf_counter() - began

    def _loss(self, tokens: torch.Tensor, learned: torch.Tensor) -> torch.Tensor:
        logits = self.model(tokens[:, :-1])
        if self.teacher is not None and not self.warming:
            return distillation_loss(self.teacher, tokens, logits, learned)
        targets = tokens.masked_fill(~learned, IGNORED)
        return F.cross_entropy(logits.flatten(0, 1), targets[:, 1:].flatten(), ignore_index=IGNORED)

    def note(self) -> dict[str, Any]:
        """A row of the log for the steps since the last one, and how many are left."""
        loss, uneven = np.mean(self._losses, axis=0)
        self._losses.clear()
        tokens = self.step * self.rung.batch * self.rung.context
        values = (self.step, tokens, f"{loss:.4f}", f"{uneven:.4f}", f"{self.rate:.4f}")
        row = dict(zip(COLUMNS, (*values, f"{tokens * self._flops:.4g}", f"{self.seconds:.1f}"), strict=True))
        self.rows.append(row)
        if self.warming and (loss < self.rung.warmup["until"] or tokens >= self.rung.warmup["most"]):
            self.warming, self.warmed = False, self.step
        return {**row, "left": self.left, "warming": self.warming}

    def save(self, path: Path) -> None:
        """Write the checkpoint, whole or not at all."""
        part = path.with_suffix(".part")
        states = [optimizer.state_dict() for optimizer in self.optimizers]
        torch.save(
            {
                "recipe": repr(self.rung),
                "model": self.model.state_dict(),
                "optimizers": states,
                "step": self.step,
                "warming": self.warming,
                "warmed": self.warmed,
                "seconds": self.seconds,
                "rows": self.rows,
            },
            part,
        )
        os.replace(part, path)

    def load(self, path: Path) -> None:
        """Take up a checkpoint if there is one. Raises `RecipeError` for a broken one and for another recipe's."""
        if not path.exists():
            return
        try:
            kept = torch.load(path, weights_only=True)
            recipe = kept["recipe"]
        except (OSError, RuntimeError, EOFError, KeyError, TypeError, pickle.UnpicklingError) as fault:
            raise RecipeError(f"{path} is no whole checkpoint ({fault}); move it away to begin anew") from None
        if recipe != repr(self.rung):
            raise RecipeError(f"{path} was trained by another recipe; move it away, or restore data/twins/recipe.toml")
        self.model.load_state_dict(kept["model"])
        for optimizer, state in zip(self.optimizers, kept["optimizers"], strict=True):
            optimizer.load_state_dict(state)
        for name in ("step", "warming", "warmed", "seconds", "rows"):
            setattr(self, name, kept[name])
