"""Words of this house's own making that the field has better ones for: readers meet them nowhere.

What is read: documents, templates, pictures, scripts of pages, and every text in the code that makes pages. What is
not: slugs, addresses and file names (a hyphen, slash or dot stands beside the word), the pages of frozen versions,
which keep the words that they were published with, and docstrings that no page prints.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1]
CODE = ("explainers", "runners/experiments", "runners/items/arm_labels.py")

RETIRED = {
    "router": r"gates?|gated",
    "MoE": r"mixtures?[ -]of[ -]experts(?! \(MoE\))|mixtures?(?![ -]of[ -]experts)",
    "quantize": r"rounding|rounded|round (the|its|their|real) weights|(ways?|how) to round",
    "per": r"(bits|nats) a (fact|token|weight)|experts? a token|(tokens|bytes|questions|written|read) a second|"
    r"index a GB|points a billion|(?<=\n) a (fact|token|weight|second)",
    "constrained": r"held (to|by) (it|(a|the) (grammar|schema))|decoder held|hold(ing)? (the|a) decoder|"
    r"a held decoder",
    "confidently wrong": r"sure and wrong",
    "security": r"promised of safety",
}
"""What to say instead -> the words that are not said any more."""

LABEL = "runners/experiments/json_fidelity.py"
ALLOWED = {
    (LABEL, "decoder held to it"): "stands in CSV files, by whose bytes frozen charts are recognized",
    ("explainers/cli/twins.py", "is rounding)"): "rounding of numbers, of a logit",
    ("docs/contributing/performance.md", "between them is rounding."): "rounding of numbers, of a probability",
    ("explainers/live/quantization/block_formats.py", "is rounded to it"): "rounding of numbers, to single precision",
}
"""(file, text in it) -> why a word stays there."""


def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w./#-])(?!(?<=\")\w+\")({words})(?![\w/-]|\.\w)", re.IGNORECASE)


PATTERNS = {instead: _pattern(words) for instead, words in RETIRED.items()}
DEFINED = re.compile(r"mixtures?[ -]of[ -]experts \(MoE\)", re.IGNORECASE)
QUOTED = re.compile(r'"[^"\n]*"' + "|'[^'\\n]*'|`[^`]*`")
JINJA = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)


def documents() -> dict[str, str]:
    """Texts that are read as they stand, by file."""
    paths = [*HOUSE.glob("*.md"), *(HOUSE / "docs").rglob("*.md"), HOUSE / "mkdocs.yml"]
    return {_name(path): path.read_text(encoding="utf-8") for path in paths}


def templates() -> dict[str, str]:
    """Templates and their pictures, without the names that stand in Jinja's tags."""
    paths = [path for kind in ("*.j2", "*.svg") for path in (HOUSE / "explainers" / "site").rglob(kind)]
    return {_name(path): JINJA.sub(_quoted, path.read_text(encoding="utf-8")) for path in paths}


def scripts() -> dict[str, str]:
    """What scripts of pages may say: their quoted texts."""
    paths = [*(HOUSE / "docs" / "assets").glob("*.js"), *(HOUSE / "explainers").rglob("*.mjs")]
    return {
        _name(path): _quotes(path.read_text(encoding="utf-8")) for path in paths if "node_modules" not in path.parts
    }


def code() -> dict[str, str]:
    """Every text in the code that makes pages, with the docstrings of modules, which pages print."""
    roots = [HOUSE / name for name in CODE]
    paths = [path for root in roots for path in (root.rglob("*.py") if root.is_dir() else [root])]
    return {_name(path): "\n".join(_texts(path)) for path in paths}


def _name(path: Path) -> str:
    return path.relative_to(HOUSE).as_posix()


def _quotes(text: str) -> str:
    return "\n".join(said for said in QUOTED.findall(text) if " " in said)


def _quoted(tag: re.Match[str]) -> str:
    return _quotes(tag[0])


def _texts(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inner = {_docstring(node) for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in inner and _said(node.value):
            yield node.value


def _said(text: str) -> bool:
    """Whether it is text and no name that code goes by, which is a lower-case word alone."""
    return " " in text.strip() or not text.islower()


def _docstring(node: ast.FunctionDef | ast.ClassDef) -> ast.expr | None:
    first = node.body[0]
    return first.value if isinstance(first, ast.Expr) else None


def found(file: str, text: str) -> list[str]:
    """Each retired word of a text with its surroundings and what to say instead."""
    for allowed_in, words in ALLOWED:
        text = text.replace(words, "") if allowed_in == file else text
    return [
        f"{file}: ...{text[max(0, hit.start() - 40) : hit.end() + 40]!r}: say {instead!r}"
        for instead, pattern in PATTERNS.items()
        for hit in pattern.finditer(text)
    ]


@pytest.mark.parametrize("read", [documents, templates, scripts, code])
def test_no_reader_meets_a_retired_word(read):
    texts = read()
    assert texts
    assert [fault for file, text in texts.items() for fault in found(file, text)] == []


def test_a_page_spells_moe_out_once():
    pages = documents() | templates()
    assert [file for file, text in pages.items() if len(DEFINED.findall(text)) > 1] == []


def test_every_exception_is_still_needed():
    for file, words in ALLOWED:
        assert words in (HOUSE / file).read_text(encoding="utf-8"), f"{file} does not say {words!r} any more"


@pytest.mark.parametrize(
    "text",
    [
        "Rounding moves the gate's choice", "What mixtures of experts gain", "The gate picks neighbours", "Bits a fact",
        "Rounded to Q4_0, 25% flip", "Sparse models are more often sure and wrong", "held to the grammar, in 100%",
        "a mixture-of-experts twin", "With one expert a token", "How to round", "Nats a token",
    ],
)  # fmt: skip
def test_a_retired_word_is_found(text):
    assert found("anywhere.md", text)


@pytest.mark.parametrize(
    "text",
    [
        "[see](../claims/gate-drifts-when-quantized.md)", "live/rounding: click", "a mixture of experts (MoE) may",
        "numbers are round", "the other way round", "ffn_gate", "mixture.experts", "a mixture-of-experts (MoE) model",
        "which experts the router picks",
    ],
)  # fmt: skip
def test_addresses_and_other_senses_are_left_alone(text):
    assert not found("anywhere.md", text)
