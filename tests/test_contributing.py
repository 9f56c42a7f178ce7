"""What the pages for contributors say works, works."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent
PAGE = HOUSE / "docs" / "contributing" / "add-an-experiment.md"


def code() -> str:
    return re.search(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)[1]


@pytest.fixture
def house(tmp_path):
    """A copy of the project with one file more."""
    for part in ("runners", "explainers"):
        shutil.copytree(HOUSE / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "data").mkdir()
    shutil.copy(HOUSE / "data" / "models.toml", tmp_path / "data")
    shutil.copytree(HOUSE / "data" / "items", tmp_path / "data" / "items")
    (tmp_path / "runners" / "experiments" / "counting.py").write_text(code())
    return tmp_path


def said(house: Path, *words: str) -> subprocess.CompletedProcess:
    environment = os.environ | {
        "PYTHONPATH": str(house), "INCOMPRESSIBLE_HOME": str(house), "INCOMPRESSIBLE_RIG": "here-0000",
    }  # fmt: skip
    command = [sys.executable, "-m", "explainers.cli.main", *words]
    return subprocess.run(command, cwd=house, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.engine
def test_the_experiment_on_the_page_is_one_file_and_is_asked_and_scored(house, starter):
    planned = said(house, "plan", "counting", "--profile", "full")
    asked = said(house, "run", "counting", "--profile", "full")
    script = (
        "from pathlib import Path; from explainers.measurements.score import measure; "
        "from runners.experiments import find; "
        "rows = measure(Path('data'), find()).rows; print(len(rows), sum(row.metrics['right'] for row in rows))"
    )
    environment = os.environ | {"PYTHONPATH": str(house)}
    scored = subprocess.check_output([sys.executable, "-c", script], cwd=house, env=environment, text=True).split()

    assert planned.returncode == asked.returncode == 0, planned.stderr + asked.stderr
    assert "11 cells" in planned.stdout + asked.stderr + asked.stdout
    assert scored[0] == "11" and 6 <= float(scored[1]) <= 11, "a small model can count"


def test_the_experiment_on_the_page_keeps_the_rules_of_the_house():
    assert len(code().splitlines()) < 150
    command = [sys.executable, "-m", "ruff", "check", "--stdin-filename", "runners/experiments/counting.py", "-"]
    checked = subprocess.run(command, input=code(), cwd=HOUSE, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
