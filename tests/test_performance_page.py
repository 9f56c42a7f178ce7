"""The page on speed shows what data/bench.json holds, and the scripts that fill it run."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest
from cogapp import Cog

from tests.bench import page

HOUSE = Path(__file__).parents[1]
BENCH = HOUSE / "tests" / "bench"
PAGE = HOUSE / "docs" / "contributing" / "performance.md"
SCRIPTS = sorted(path for path in BENCH.glob("*.py") if "def rows()" in path.read_text(encoding="utf-8"))


def test_the_tables_are_what_was_measured(monkeypatch):
    monkeypatch.chdir(HOUSE)
    assert Cog().main(["cog", "--check", "-I", str(HOUSE), str(PAGE)]) == 0


def test_the_pictures_are_what_was_measured():
    for ground in ("light", "dark"):
        drawn = (PAGE.parent / f"scaling-{ground}.svg").read_text(encoding="utf-8")
        assert drawn == page.drawn(ground)


def test_what_missed_its_bound_is_named_with_a_reason():
    reasons = PAGE.read_text(encoding="utf-8").partition("## What missed its bound")[2]
    assert [what for what in page.missed() if what not in reasons] == []


def test_a_row_knows_whether_its_bound_is_kept():
    kept = [
        page.Row("", 9, "", 10, least=0.9), page.Row("", 12, "", 10, most=1.2), page.Row("", 0.2, "s", most=0.2)
    ]  # fmt: skip
    lost = [page.Row("", 8, "", 10, least=0.9), page.Row("", 13, "", 10, most=1.2), page.Row("", 0.3, "s", most=0.2)]
    assert [row.met for row in [*kept, *lost]] == [True] * 3 + [False] * 3
    assert page.Row("", 1, "").met is None


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_every_script_can_be_read(path):
    assert callable(importlib.import_module(f"tests.bench.{path.stem}").rows)


@pytest.mark.parametrize("words", [("startup", "1"), ("scaling", "100", "200")], ids=lambda words: words[0])
def test_a_script_prints_its_rows_and_keeps_nothing_unasked(words):
    before = (HOUSE / "data" / "bench.json").read_bytes()
    command = [sys.executable, "-m", f"tests.bench.{words[0]}", *words[1:]]
    said = subprocess.run(command, cwd=HOUSE, capture_output=True, text=True, check=True).stdout

    assert "finished cells: " in said or "200 cells: " in said
    assert (HOUSE / "data" / "bench.json").read_bytes() == before
