"""MkDocs' configuration: `mkdocs.yml` with its navigation filled in from what the build makes pages of.

In `nav` of mkdocs.yml a folder, as in `claims/`, stands for the pages that are built there: an entry for each claim,
chart, experiment and live experiment, under the name that its declaration gives. So a new one needs no line there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..guide.site_url import read_mkdocs_settings
from ..live import tools
from ..schema import Chart, Claim

CONFIG = "build/mkdocs.yml"
"""Where the filled in configuration lies, seen from the guide's folder."""
GROUPS = (
    "Structure",
    "Reasoning",
    "Context",
    "Knowledge",
    "From year to year",
    "Dense or sparse",
    "Quantization and routing",
)
"""The groups of claims in the order of the navigation. Others may be named, and follow these."""

Entry = dict[str, Any]
"""A title and a page, or a title and further entries: what MkDocs reads."""


def config(home: Path, claims: Iterable[Claim], charts: Iterable[Chart], experiments: Iterable[str]) -> bytes:
    """The configuration that MkDocs builds the site of `home` with, as YAML.

    Raises `ValueError`, naming the file, for a mkdocs.yml that cannot be read or names a folder of which nothing is
    built.
    """
    import yaml

    nav = read_mkdocs_settings(home / "mkdocs.yml").get("nav") or []
    filled = {
        "INHERIT": "../mkdocs.yml",
        "docs_dir": "docs",
        "site_dir": "../site",
        "theme": {"custom_dir": "../overrides"},
        "nav": expanded(nav, folders(claims, charts, experiments), home / "mkdocs.yml"),
    }
    return yaml.safe_dump(filled, sort_keys=False, allow_unicode=True).encode()


def folders(claims: Iterable[Claim], charts: Iterable[Chart], experiments: Iterable[str]) -> dict[str, list[Entry]]:
    """The entries that each folder in `nav` stands for. `experiments` are slugs."""
    return {
        "claims/": _claims(claims),
        "charts/": _charts(charts),
        "experiments/": [{f"Experiment: {slug}": f"experiments/{slug}.md"} for slug in experiments],
        "live/": [{tool.nav or tool.title: f"live/{name}.md"} for name, tool in tools().items()],
    }


def _claims(claims: Iterable[Claim]) -> list[Entry]:
    groups: dict[str, list[Entry]] = {group: [] for group in GROUPS}
    for claim in claims:
        groups.setdefault(claim.group, []).append({claim.nav: f"claims/{claim.slug}.md"})
    return [{group: entries} for group, entries in groups.items() if entries]


def _charts(charts: Iterable[Chart]) -> list[Entry]:
    return [{chart.nav: f"charts/{chart.slug}/index.md"} for chart in charts]


def expanded(nav: Iterable[Any], found: Mapping[str, list[Entry]], path: Path) -> list[Any]:
    """The entries of `nav`, each folder replaced by what it stands for. Raises `ValueError` for an unknown folder."""
    entries: list[Any] = []
    for entry in nav:
        if isinstance(entry, dict):
            entries += [{title: _value(value, found, path)} for title, value in entry.items()]
        elif _is_folder(entry):
            entries += _pages(entry, found, path)
        else:
            entries.append(entry)
    return entries


def _value(value: Any, found: Mapping[str, list[Entry]], path: Path) -> Any:
    if isinstance(value, list):
        return expanded(value, found, path)
    return _pages(value, found, path) if _is_folder(value) else value


def _is_folder(value: Any) -> bool:
    return isinstance(value, str) and value.endswith("/") and "://" not in value


def _pages(folder: str, found: Mapping[str, list[Entry]], path: Path) -> list[Entry]:
    if folder not in found:
        raise ValueError(f"{path}: nothing is built into {folder!r}; nav may name {', '.join(found)}")
    return found[folder]
