"""Planted evidence: a stand-in experiment whose replies carry their own score, written by the real journal."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from explainers.site import npm
from runners.schema import Cell, Experiment, Generate, Item, Kind, Metric, Reply, digest
from runners.storage.journal import Journal, folder

ROOT = Path(__file__).parents[2]
NAN = float("nan")
ARMS = ("free", "asked", "grammar", "two-pass")


def ask(item: Item, arm: Any) -> Generate:
    if arm["held"] == "two-pass":
        return Generate("Think first. " + item.prompt, then=Generate("Now as JSON.", schema={"type": "object"}))
    return Generate(item.prompt, schema={"type": "object"} if arm["held"] == "grammar" else None)


def score(item: Item, arm: Any, reply: Reply) -> dict[str, float]:
    return {
        name: NAN if value is None else float(value) for name, value in json.loads(reply.text.splitlines()[-1]).items()
    }


METRICS = (
    Metric("schema_valid", Kind.SHARE, "share of replies"),
    Metric("bare_valid", Kind.SHARE, "share of replies"),
    Metric("closed_valid", Kind.SHARE, "share of replies"),
    Metric("fields_right", Kind.SHARE, "share of fields"),
    Metric("broken_at", Kind.POSITION, "token position of the first violation"),
    Metric("at_risk", Kind.COUNT, "tokens"),
    Metric("early_breaks", Kind.COUNT, "violations", "lower"),
    Metric("early_tokens", Kind.COUNT, "tokens"),
    Metric("late_breaks", Kind.COUNT, "violations", "lower"),
    Metric("late_tokens", Kind.COUNT, "tokens"),
    Metric("constraint_active", Kind.SHARE, "share of replies"),
    Metric("tokens_per_second", Kind.RATE, "tokens/s"),
)


def experiment(per_depth: int = 10, version: int = 1, more_arms: tuple[str, ...] = ()) -> Experiment:
    items = tuple(
        Item(
            f"d{depth}-{place:02}",
            f"Record {place}, nested {depth} deep",
            {"schema": {}, "values": {}},
            {"depth": depth},
        )
        for depth in range(1, 7)
        for place in range(per_depth)
    )
    arms = {"held": ARMS + more_arms}
    return Experiment(
        "json-fidelity", version, "Where does it break?", items, arms, ask, score, METRICS, strata=("depth",)
    )


def scores(valid: bool, tokens: int = 260, broken_at: int | None = None) -> dict[str, Any]:
    """The metrics of one reply, consistent with each other."""
    broken_at = broken_at if broken_at is not None or valid else 40
    at_risk = tokens if broken_at is None else broken_at
    broke = broken_at is not None
    return {
        "schema_valid": valid, "bare_valid": valid, "closed_valid": valid, "fields_right": 0.5 * valid,
        "broken_at": broken_at, "at_risk": at_risk,
        "early_breaks": broke and broken_at < 200, "early_tokens": min(at_risk, 200),
        "late_breaks": broke and broken_at >= 200, "late_tokens": max(at_risk - 200, 0),
        "constraint_active": True, "tokens_per_second": 50.0 + at_risk % 7,
    }  # fmt: skip


def usual(item: Item, arm: Any) -> dict[str, Any]:
    """What the claims expect of a model: broken when asked, whole when held."""
    return scores(valid=arm["held"] in ("grammar", "two-pass"))


def run_of(model: str, name: str, rig: str = "rig-a", **engine: Any) -> dict[str, Any]:
    return {
        "rig": rig,
        "experiment": "json-fidelity",
        "version": 1,
        "profile": "full",
        "model": {"slug": model, "name": name, "sha256": digest(model) * 2, "bytes": 98_000_000},
        "engine": {"build": "b1", "backend": "cpu", "width": 8, **engine},
    }


def plant(
    home: Path,
    answer: Callable[[Item, Any], dict[str, Any] | None] = usual,
    model: str = "small",
    name: str | None = None,
    rig: str = "rig-a",
    asked: Experiment | None = None,
    said: str | Callable[[Any], str] = "Here you are.",
    error: str | Callable[[], str] = "out of memory\n<b>trace</b>",
    recorded: Callable[[dict[str, Any]], dict[str, Any]] = lambda run: run,
    limit: int | None = None,
    **engine: Any,
) -> None:
    """Write one journal: `answer` gives each cell's metrics, None a failed cell, and False leaves the cell unasked.

    `said` may depend on the arm; `recorded` changes what the run wrote down about itself; `error` is asked for each
    cell that failed.
    """
    asked = asked or experiment()
    run = recorded(run_of(model, name or f"{model} Q4_1", rig, **engine) | {"version": asked.version})
    journal = Journal(folder(home / "data", rig, asked.slug, limit), run)
    for item in asked.items:
        for arm in asked.arms():
            metrics = answer(item, arm)
            if metrics is False:
                continue
            cell = Cell(asked.slug, asked.version, run["model"]["sha256"], run["engine"], arm, item, ask(item, arm))
            text = said if isinstance(said, str) else said(arm)
            turns = (Reply(text=text),) if arm["held"] == "two-pass" else ()
            whole = Reply(text=f"{text}\n{json.dumps(metrics)}", earlier=turns)
            why = error if isinstance(error, str) else error()
            journal.keep(cell, whole if metrics else Reply(stop="failed", error=why))
    journal.close()


def without_npm(monkeypatch: Any) -> None:
    """As on a machine where the charts' scripts can be neither found nor fetched."""
    monkeypatch.setattr(npm.shutil, "which", lambda name: None)
    monkeypatch.setattr(npm, "_installed", lambda modules: False)


def without_notebooks(settings: str) -> str:
    """mkdocs.yml as it is where there are none: neither the plugin that shows them nor their places in `nav`."""
    return re.sub(r"^  - mkdocs-jupyter:\n( {6}.*\n)*|^ +- .*: notebooks/.*\n", "", settings, flags=re.MULTILINE)


def home_in(folder: Path, notebooks: bool = False) -> Path:
    """A copy of the project's hand-written pages, with no evidence in it.

    Without `notebooks`, because each starts a kernel of its own; tests of the notebooks ask for them.
    """
    (folder / "data").mkdir(parents=True)
    settings = (ROOT / "mkdocs.yml").read_text()
    (folder / "mkdocs.yml").write_text(settings if notebooks else without_notebooks(settings))
    shutil.copy(ROOT / "data" / "literature.toml", folder / "data")
    ignore = None if notebooks else shutil.ignore_patterns("notebooks")
    shutil.copytree(ROOT / "overrides", folder / "overrides")
    shutil.copytree(ROOT / "docs", folder / "docs", ignore=ignore)
    return folder
