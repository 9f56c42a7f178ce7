"""The verbs `incompressible twins ...`: what the controlled twins read, how they are trained, exported and verified."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import click

from .errors import load_settings, plain_errors

SLUGS = click.argument("slugs", nargs=-1, metavar="[SLUG]...")


@click.group()
def twins() -> None:
    """Train, export and verify the controlled twins: dense and MoE models that read the same text."""


@twins.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_twins(as_json: bool) -> None:
    """Every twin of data/twins/recipe.toml, and whether its weights are here."""
    with plain_errors():
        from runners.twins import recipe, store

        from . import output

        home = _home()
        rows = [_row(rung, store.weights_of(home, rung)) for rung in recipe.rungs(home).values()]
        click.echo(json.dumps(rows, indent=2)) if as_json else output.show(rows)


def _row(rung: Any, weights: Path) -> dict[str, Any]:
    size = f"{weights.stat().st_size / 1e3:,.0f} kB" if weights.exists() else "to train"
    return {"twin": rung.slug, "ffn": rung.ffn, "experts": rung.experts, "tokens": rung.tokens, "weights": size}


@twins.command()
@click.argument("slug")
@click.option("--documents", default=10, show_default=True, type=click.IntRange(1), help="How many to show.")
def corpus(slug: str, documents: int) -> None:
    """Print the first documents that a twin reads."""
    with plain_errors():
        from runners.twins import corpus, recipe

        rung = recipe.find(_home(), slug)
        for document in itertools.islice(corpus.documents(rung.mix, rung.seed), documents):
            click.echo(document.text)


@twins.command()
@SLUGS
def train(slugs: tuple[str, ...]) -> None:
    """Train twins from the recipe, one after another; the same command goes on where it stopped. Needs torch."""
    with plain_errors():
        home = _home()
        wanted = _rungs(home, slugs)
        from runners.twins import store, train
        from runners.twins.export import teacher

        for rung in wanted:
            train.train(rung, store.checkpoints(home), partial(_print_step, rung), teacher(home, rung))
            click.echo(f"{rung.slug} is trained; `incompressible twins export {rung.slug}` writes its GGUF", err=True)


def _print_step(rung: Any, row: dict[str, Any]) -> None:
    done, left = int(row["step"]), row["left"]
    seconds = f"about {float(row['seconds']) / done * left:.0f} s {'and the warm-up' if row['warming'] else 'left'}"
    click.echo(f"{rung.slug}: step {done}, {left:,} to go, loss {row['loss']}, {seconds}", err=True)


@twins.command()
@SLUGS
@click.option("--type", "kind", default="f16", show_default=True, type=click.Choice(["f32", "f16", "q8_0"]))
def export(slugs: tuple[str, ...], kind: str) -> None:
    """Write the GGUFs and logs of trained twins, and the catalogue of all twins. Needs torch."""
    with plain_errors():
        home = _home()
        wanted = _rungs(home, slugs)
        from runners.twins import store
        from runners.twins.export import shelve

        for rung in wanted:
            click.echo(str(shelve(home, rung, kind)))
        click.echo(str(store.write_catalogue(home)))


@twins.command()
@SLUGS
def verify(slugs: tuple[str, ...]) -> None:
    """Compare llama.cpp's logits with torch's, from the exported weights. Exits 1 where they differ. Needs torch."""
    with plain_errors():
        home, worst = _home(), 0.0
        wanted = _rungs(home, slugs)
        from runners.twins import store
        from runners.twins.verify import TOLERANCE, difference

        for rung in wanted:
            found = difference(store.weights_of(home, rung), rung)
            worst = max(worst, found)
            click.echo(f"{rung.slug}: largest difference of a logit {found:.1e} (at most {TOLERANCE:.0e} is rounding)")
    sys.exit(int(worst > TOLERANCE))


@twins.command()
def page() -> None:
    """Write what the guide's page on a small MoE runs: three twins quantized, and the experts that the MoE chose."""
    with plain_errors():
        home = _home()
        from runners.twins import web_demo

        for path in web_demo.write(home, web_demo.folder(home)):
            click.echo(str(path))


def _home() -> Path:
    return load_settings().get("home")


def _rungs(home: Path, slugs: Iterable[str]) -> list[Any]:
    """The twins of these slugs, or all. Raises `RecipeError`."""
    from runners.twins import recipe

    return [recipe.find(home, slug) for slug in slugs] or list(recipe.rungs(home).values())
