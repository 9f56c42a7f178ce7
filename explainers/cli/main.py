"""The command `incompressible`: every verb and its options. Data goes to stdout, progress to stderr.

Imports stand inside the verbs: `--help` must not pay for pandas.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import click

from .errors import CANNOT, STALE, fail, load_settings, plain_errors
from .exchange import VERBS
from .extras import require
from .freeze import freeze
from .twins import twins


def _read_flags(flags: dict[str, Any]) -> tuple[Any, tuple[str, ...], int | None, bool, Any]:
    """What the options of `measuring` say: settings, experiments, limit, whether to ask failed cells again, which part
    to ask."""
    settings = load_settings(**{name: flags[name] for name in ("model", "profile", "width", "rig")})
    return settings, flags["experiments"], flags["limit"], flags["retry_failed"], flags["shard"]


def _option_callback(reader: Callable[[str], Any]) -> Callable:
    """What makes a value of an option's text; what the reader refuses is a wrong option."""

    def read(context: click.Context, option: click.Parameter, text: str | None) -> Any:
        try:
            return None if text is None else reader(text)
        except ValueError as fault:
            raise click.BadParameter(str(fault), context, option) from fault

    return read


@_option_callback
def _read_shard(text: str) -> Any:
    from runners.scheduling.shard import Shard

    return Shard.read(text)


@_option_callback
def _read_cluster(text: str) -> str:
    from runners.scheduling.ray.slots import read_address

    return read_address(text)


def measuring(command: Callable) -> Callable:
    """The options that every verb takes which plans or measures."""
    for option in reversed(
        (
            click.argument("experiments", nargs=-1, metavar="[EXPERIMENT]..."),
            click.option("--model", multiple=True, help="A slug, a path, org/name:TAG, ollama:..., openai:URL#model."),
            click.option("--profile", type=click.Choice(["quick", "full"]), help="How many items: a few, or all."),
            click.option("--limit", type=click.IntRange(1), help="Only the first N cells; kept apart, not published."),
            click.option("--shard", metavar="I/N", callback=_read_shard, help="Only the I-th of N parts, for N jobs."),
            click.option("--width", type=click.IntRange(1), help="Sequences decoded in one batch."),
            click.option("--rig", help="The name that this machine's results are kept under."),
            click.option("--retry-failed", is_flag=True, help="Ask cells again whose failure is on record."),
        )
    ):
        command = option(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="incompressible")
def main() -> None:
    """What refuses to compress in small, sparse and quantized language models, measured on your own hardware."""


@main.command()
@measuring
@click.option("--serve/--no-serve", default=False, help="Serve the site when it is built.")
def guide(serve: bool, **flags: Any) -> None:
    """Measure what is missing and build the guide: everything in one go."""
    with plain_errors():
        require("site")
        from ..site.build import build as build_site
        from .run import carry_out

        settings, *wanted = _read_flags(flags)
        code = carry_out(settings, *wanted)
        report = build_site(settings.get("home"), progress=_to_stderr)
        click.echo(f"The guide is in {report.site}; read it with `incompressible serve`.")
        if serve:
            _serve(settings, 8000)
    sys.exit(code)


@main.command()
@measuring
@click.option(
    "--on", "cluster", metavar="ray[://HOST:PORT]", callback=_read_cluster, help="Ask on all nodes of a Ray cluster."
)
def run(cluster: str | None, **flags: Any) -> None:
    """Ask the models what has not been asked yet, and keep every reply. The same command again goes on."""
    with plain_errors():
        from .run import carry_out

        code = carry_out(*_read_flags(flags), cluster)
    sys.exit(code)


@main.command()
@measuring
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def plan(as_json: bool, **flags: Any) -> None:
    """Show what a run would do: cells, downloads, memory, minutes. Has no effects."""
    with plain_errors():
        from .run import plan_rows, print_plan

        rows = plan_rows(*_read_flags(flags))
        click.echo(json.dumps(rows, indent=2)) if as_json else print_plan(rows)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(as_json: bool) -> None:
    """Show what has been measured on this checkout: replies and failures by rig, experiment and model."""
    with plain_errors():
        from .run import print_status, status_rows

        rows = status_rows(load_settings())
        click.echo(json.dumps(rows, indent=2)) if as_json else print_status(rows)


@main.command()
@click.option(
    "--backend", type=click.Choice(["auto", "cpu", "cuda", "metal", "vulkan", "hip"]), help="What must compute."
)
@click.option("--model", multiple=True, help="Load this model and count the layers that really go to the GPU.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(backend: str | None, model: tuple[str, ...], as_json: bool) -> None:
    """Say what this machine is, which llama.cpp it has, whether the GPU is used, and where every setting came from."""
    with plain_errors():
        from .doctor import examine, print_findings

        findings = examine(load_settings(backend=backend, model=model))
        click.echo(json.dumps(findings, indent=2, default=str)) if as_json else print_findings(findings)
    sys.exit(CANNOT if findings["problems"] else 0)


@main.command()
@click.option("--check", is_flag=True, help="Write nothing; exit 4 for a stale page, a dead link, a missing value.")
def build(check: bool) -> None:
    """Build tables, verdicts, charts, pages and the site from the kept replies."""
    with plain_errors():
        require("site")
        from ..site.build import build as build_site

        report = build_site(load_settings().get("home"), check=check, progress=_to_stderr)
    if check and report.wrong:
        click.echo("\n".join([*report.stale, *report.faults]))
        fail(report.wrong, STALE)
    click.echo(str(report.site))


@main.command()
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
def serve(port: int) -> None:
    """Serve the built site on this machine only."""
    with plain_errors():
        _serve(load_settings(), port)


@main.command()
@click.argument("slug")
@click.option("--format", "form", type=click.Choice(["text", "bibtex", "url"]), default="text", show_default=True)
def cite(slug: str, form: str) -> None:
    """Cite a chart or a claim by its slug, as it stands on the replies kept here."""
    with plain_errors():
        from .cite import cite as cite_slug

        click.echo(cite_slug(load_settings().get("home"), slug, form))


@main.group()
def models() -> None:
    """List, fetch and inspect models."""


@models.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_models(as_json: bool) -> None:
    """Known models, and every other GGUF found in the caches of other programs."""
    with plain_errors():
        from .models import model_rows, print_models

        rows = model_rows(load_settings())
        click.echo(json.dumps(rows, indent=2)) if as_json else print_models(rows)


@models.command()
@click.argument("name")
def get(name: str) -> None:
    """Fetch a model's weights if they are not on this machine, and print where they are."""
    with plain_errors():
        from .models import fetch_weights

        click.echo(str(fetch_weights(load_settings(), name)))


@models.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def inspect(name: str, as_json: bool) -> None:
    """Read a GGUF's header: parameters, active share, experts, bytes, cache size. Loads nothing."""
    with plain_errors():
        from .models import inspect_weights, print_header

        found = inspect_weights(load_settings(), name)
        click.echo(json.dumps(found, indent=2)) if as_json else print_header(found)


main.add_command(twins)
main.add_command(freeze)
for _verb in VERBS:
    main.add_command(_verb)


def _serve(settings: Any, port: int) -> None:
    from .serve import serve as serve_site

    serve_site(settings.get("home"), port, progress=_to_stderr)


def _to_stderr(text: str) -> None:
    click.echo(text, err=True)


if __name__ == "__main__":
    main()
