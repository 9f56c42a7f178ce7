"""The page "How the house is built" says what the code says of itself, and names nothing that is not there."""

import ast
import re

import pytest
from cogapp import Cog

from tests.helpers import architecture
from tests.helpers.architecture import HOUSE, PAGE, first_sentence, layers, lead, modules, packages

PACKAGES = [*packages("runners"), *packages("explainers")]
FILES = [path for package in PACKAGES for path in (package / "__init__.py", *modules(package))]
ROW = re.compile(r"^\| (Where .+?) \| (.+) \|$", re.MULTILINE)
NAMED = re.compile(r"`([\w/]+\.py)`: (`[\w.]+`(?:, `[\w.]+`)*)")
LONGEST = 160


def relative(path):
    return path.relative_to(HOUSE).as_posix()


def answers():
    return {question: NAMED.findall(answer) for question, answer in ROW.findall(PAGE.read_text(encoding="utf-8"))}


def defined(body):
    """Names that a module or a class defines, those in its classes behind a dot."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        if isinstance(node, ast.ClassDef):
            yield from (f"{node.name}.{name}" for name in defined(node.body))


def test_the_tables_are_those_of_the_docstrings(monkeypatch):
    monkeypatch.chdir(HOUSE)
    assert Cog().main(["cog", "--check", "-I", str(HOUSE), str(PAGE)]) == 0


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_every_module_says_what_it_holds_in_a_sentence_that_fits_a_row(path):
    said = first_sentence(path)
    assert lead(path), "no docstring"
    assert 10 <= len(said) <= LONGEST


def test_every_module_stands_on_the_page_once():
    page = PAGE.read_text(encoding="utf-8")
    rows = [f"| `{path.name}` | {first_sentence(path)} |\n" for path in FILES if path.name != "__init__.py"]
    assert [row for row in rows if page.count(row) != rows.count(row)] == []


@pytest.mark.parametrize("root", ["runners", "explainers"])
def test_the_floors_on_the_page_are_those_of_the_contract_and_hold_every_package(root):
    listed = re.findall(r"^- ((?:`\w+`(?: · )?)+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    floors = [re.findall(r"`(\w+)`", line) for line in listed]
    there = {package.name for package in packages(root) if package.parent == HOUSE / root}

    assert any(floors[at : at + len(layers(root))] == layers(root) for at in range(len(floors)))
    assert {name for layer in layers(root) for name in layer} == there


def test_a_package_without_a_contract_has_no_floors():
    with pytest.raises(LookupError, match="floors of tests"):
        architecture.layers("tests")


def test_ten_questions_are_answered():
    assert len(answers()) == 10 and all(answers().values())


@pytest.mark.parametrize("question", answers())
def test_what_answers_a_question_is_there_and_defines_the_name(question):
    for path, names in answers()[question]:
        there = set(defined(ast.parse((HOUSE / path).read_text(encoding="utf-8")).body))
        assert {name.strip("`") for name in names.split(", ")} <= there, path
