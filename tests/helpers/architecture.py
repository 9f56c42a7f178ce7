"""Tables of the page "How the house is built", from docstrings and from the contracts in pyproject.toml.

`cog -r -I . docs/contributing/architecture.md` writes them again, and tests/test_architecture_page.py fails when they
are old.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

HOUSE = Path(__file__).parents[2]
PAGE = HOUSE / "docs" / "contributing" / "architecture.md"
_SENTENCE = re.compile(r"(.+?[.?!])(?=\s+[A-Z`\"']|\s*$)", re.DOTALL)


def docstring(path: Path) -> str:
    """What a module says of itself; "" where it says nothing."""
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""


def lead(path: Path) -> str:
    """The first paragraph of a module's docstring, on one line."""
    return " ".join(docstring(path).partition("\n\n")[0].split())


def first_sentence(path: Path) -> str:
    """The first sentence of a module's docstring, as a cell of a table."""
    found = _SENTENCE.match(lead(path))
    return (found[1] if found else lead(path)).removesuffix(".").replace("|", "\\|")


def packages(root: str) -> list[Path]:
    """The folders of a package and of all packages in it, each before those that it holds."""
    return sorted(path.parent for path in (HOUSE / root).rglob("__init__.py"))


def modules(package: Path) -> list[Path]:
    """The modules of one package, without those of the packages in it."""
    return [path for path in sorted(package.glob("*.py")) if path.name != "__init__.py"]


def floors(root: str) -> str:
    """The layers of a package's contract as a list, the top one first."""
    return _apart("\n".join(f"- {' · '.join(f'`{name}`' for name in layer)}" for layer in layers(root)))


def layers(root: str) -> list[list[str]]:
    """The names on each floor of a package, the top floor first. Raises `LookupError` where no contract has it."""
    settings = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))
    for contract in settings["tool"]["importlinter"]["contracts"]:
        if contract["type"] == "layers" and root in contract.get("containers", ()):
            return [layer.split(" | ") for layer in contract["layers"]]
    raise LookupError(f"no contract has the floors of {root}")


def tables(root: str) -> str:
    """A heading, the docstring's first paragraph and a table of modules for each package, the lowest floor first."""
    order = [name for layer in reversed(layers(root)) for name in layer]
    inner = [path for path in packages(root) if path != HOUSE / root]
    inner.sort(key=lambda path: order.index(path.relative_to(HOUSE / root).parts[0]))
    return _apart("\n\n".join(text for package in inner for text in _section(package)))


def _apart(text: str) -> str:
    """Text with an empty line on either side: Markdown reads no list or table right beside a comment."""
    return f"\n{text}\n"


def _section(package: Path) -> Iterator[str]:
    name = package.relative_to(HOUSE).as_posix()
    yield f"### {name.partition('/')[2]}"
    yield lead(package / "__init__.py")
    rows = [f"| `{path.name}` | {first_sentence(path)} |" for path in modules(package)]
    if rows:
        yield "\n".join(["| module | what it holds |", "|---|---|", *rows])
