"""Rows become the same CSV wherever they are published, and a spreadsheet runs none of it."""

import ast
from pathlib import Path

import explainers
from explainers.text.csv_table import csv_table

EXPLAINERS = Path(explainers.__file__).parent


def test_columns_stand_in_the_order_in_which_they_first_occur():
    assert csv_table([{"b": 1}, {"a": 2, "b": 3}]) == b"b,a\n1,\n3,2\n"


def test_what_is_not_known_and_what_is_not_finite_is_empty():
    assert csv_table([{"a": None, "b": float("inf"), "c": float("nan"), "d": 0.5}]) == b"a,b,c,d\n,,,0.5\n"


def test_truth_is_written_as_json_has_it_and_a_formula_as_text():
    assert csv_table([{"a": True, "b": "=1+1", "c": -1}]) == b"a,b,c\ntrue,'=1+1,-1\n"


def test_half_a_surrogate_pair_does_not_end_a_build():
    assert csv_table([{"a": "\ud800"}]) == b"a\n?\n"


def test_nothing_else_in_the_explainers_writes_csv():
    def writes(path):
        tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        return any(isinstance(node, ast.Attribute) and node.attr in ("writer", "DictWriter") for node in tree)

    assert [path.name for path in EXPLAINERS.rglob("*.py") if writes(path)] == ["csv_table.py"]
