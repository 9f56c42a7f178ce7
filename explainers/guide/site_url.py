"""The address of the published guide: `site_url` of mkdocs.yml, which every absolute link is made from."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any


def address(home: Path) -> str:
    """The site's address with "/" at its end; empty while `home`/mkdocs.yml names none.

    Raises `ValueError` naming the file when what stands there is no address.
    """
    path = home / "mkdocs.yml"
    said = settings(path).get("site_url") or ""
    if said and not re.fullmatch(r"https?://[^\s\"'<>{}\\]+", str(said)):
        raise ValueError(f"{path}: site_url is {said!r}, but an address that begins with http:// or https:// is needed")
    return said and f"{said.rstrip('/')}/"


def settings(path: Path) -> dict[str, Any]:
    """What a mkdocs.yml says; empty where there is none. Raises `ValueError` naming the file."""
    if not path.is_file():
        return {}
    from mkdocs.exceptions import ConfigurationError
    from mkdocs.utils.yaml import get_yaml_loader, yaml_load
    from yaml import YAMLError

    try:
        with path.open(encoding="utf-8") as file:
            return dict(yaml_load(file, get_yaml_loader()))  # MkDocs' own reader, which knows its tags such as !ENV
    except (ConfigurationError, YAMLError) as fault:
        raise ValueError(f"{path} cannot be read: {fault}") from None
