"""Check of a built site: it loads nothing from elsewhere, no link of it is dead, no value is missing.

Read from the files as they lie there, raw HTML and style sheets included, which MkDocs' own check does not see. What
Material's and Vega's scripts would load if a page asked them to, only a browser can tell: the browser tests do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from posixpath import dirname, join, normpath
from urllib.parse import unquote, urlsplit

from ..text.escape import line
from .html_reader import SCRIPTED, STYLED, Page, read

VENDORED = ("assets/javascripts/", "assets/pyodide/", "assets/vega/", "assets/wllama/")
"""Scripts of others, which name many addresses and need none of them on these pages."""
NAMESPACE = "http://www.w3.org/"
"""What begins so is a name, and nothing is fetched from there."""
INERT = ("data", "blob", "mailto")
RUNNING = ("javascript", "vbscript", "data")


def faults(site: Path, address: str = "") -> tuple[str, ...]:
    """Every fault as one line: the file, then what is wrong. `address` is where the site is published, if anywhere.

    A site that was never built has none.
    """
    pages = {path.relative_to(site).as_posix(): read(path) for path in sorted(site.rglob("*.html"))}
    checked = _Site(site, address, pages)
    found = [(name, fault) for name, page in pages.items() for fault in checked.faults(name, page)]
    return tuple(line(f"{name}: {fault}") for name, fault in [*found, *_others(site)])


@dataclass(frozen=True)
class _Site:
    root: Path
    address: str
    pages: Mapping[str, Page]

    def faults(self, name: str, page: Page) -> Iterator[str]:
        yield from (f"a value is missing: {text}" for text in page.missing + page.unrendered)
        for url in dict.fromkeys(page.resources):
            if url.startswith(NAMESPACE):
                continue
            if self._elsewhere(url):
                yield f"loads {url} from elsewhere"
            elif not self._leads(name, url):
                yield f"loads {url}, which is not there"
        for url in dict.fromkeys(page.links):
            if urlsplit(url).scheme in RUNNING:
                yield f"has a link that runs: {url}"
            elif not self._elsewhere(url) and not self._leads(name, url):
                yield f"links to {url}, which is not there"

    def _elsewhere(self, url: str) -> bool:
        ours = bool(self.address) and f"{url}/".startswith(self.address)
        return not ours and _foreign(url)

    def _leads(self, name: str, url: str) -> bool:
        """Whether an address on this site, as `name` has it, leads to a file and, on a page, to the place named."""
        parts = urlsplit(url)
        if parts.scheme in INERT:
            return True
        target = self._target(name, unquote(parts.path))
        if target is None or target not in self.pages:
            return target is not None and (self.root / target).is_file()
        return not parts.fragment or unquote(parts.fragment) in self.pages[target].places

    def _target(self, name: str, path: str) -> str | None:
        """The file that a path means; None when it leaves the site."""
        root = urlsplit(self.address).path or "/"
        if path.startswith("/") and not f"{path}/".startswith(root):
            return None
        target = normpath(path[len(root) :] or "." if path.startswith("/") else join(dirname(name), path))
        if not path:
            return name
        if target.startswith(".."):
            return None
        return normpath(join(target, "index.html")) if (self.root / target).is_dir() else target


def _foreign(url: str) -> bool:
    parts = urlsplit(url)
    return bool(parts.netloc or parts.scheme) and parts.scheme not in INERT and not url.startswith(NAMESPACE)


def _others(site: Path) -> Iterator[tuple[str, str]]:
    """(file, fault) of what is no page: style sheets, our own scripts, pictures."""
    for path in sorted(site.rglob("*.*")):
        name = path.relative_to(site).as_posix()
        if path.suffix in (".css", ".js") and not name.startswith(VENDORED):
            named = (STYLED if path.suffix == ".css" else SCRIPTED).findall(path.read_text(encoding="utf-8"))
            yield from ((name, f"loads {url} from elsewhere") for url in named if _foreign(url))
        if path.suffix == ".svg":
            picture = read(path)
            yield from ((name, f"a value is missing: {text}") for text in picture.missing)
            yield from ((name, f"loads {url} from elsewhere") for url in picture.resources if _foreign(url))
