"""The address of the published guide: `site_url` of mkdocs.yml, which every absolute link is made from."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any


def site_address(home: Path) -> str:
    """The site's address with "/" at its end; empty while `home`/mkdocs.yml names none.

    Raises `ValueError` naming the file when what stands there is no address.
    """
    path = home / "mkdocs.yml"
    site_url = read_mkdocs_settings(path).get("site_url") or ""
    if site_url and not re.fullmatch(r"https?://[^\s\"'<>{}\\]+", str(site_url)):
        needed = "an address that begins with http:// or https:// is needed"
        raise ValueError(f"{path}: site_url is {site_url!r}, but {needed}")
    return site_url and f"{site_url.rstrip('/')}/"


def read_mkdocs_settings(path: Path) -> dict[str, Any]:
    """What a mkdocs.yml says; empty where there is none. Raises `ValueError` naming the file."""
    if not path.is_file():
        return {}
    import yaml

    try:
        with path.open(encoding="utf-8") as file:
            return dict(yaml.load(file, _loader()) or {})
    except (yaml.YAMLError, ValueError) as fault:
        raise ValueError(f"{path} cannot be read: {fault}") from None


@cache
def _loader() -> type:
    """A reader that knows MkDocs' tag `!ENV`, and lets the names of Python functions be: a citation needs no MkDocs."""
    from yaml import SafeLoader
    from yaml_env_tag import construct_env_tag

    class Loader(SafeLoader):
        """YAML as mkdocs.yml has it."""

    Loader.add_constructor("!ENV", construct_env_tag)
    Loader.add_multi_constructor("tag:yaml.org,2002:python/name:", lambda loader, name, node: name)
    return Loader
