"""One file adds one thing: what the contributors' pages hold is saved into a copy of the project, and that is built."""

import html
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.planted import ROOT, home_in, run_of

PAGES = [ROOT / "docs" / "contributing" / name for name in ("add-an-experiment.md", "add-one-thing.md")]
SAVED = re.compile(r"[Ss]ave this as `([^`]+)`:\n\n```\w+\n(.*?)```", re.DOTALL)
FILES = {name: text for page in PAGES for name, text in SAVED.findall(page.read_text(encoding="utf-8"))}
ADDED = {
    "experiment": "runners/experiments/counting.py",
    "chart": "explainers/charts/counting_length.py",
    "claim": "explainers/claims/counting.py",
    "model": "data/models/my-model.toml",
    "live experiment": "explainers/live/chain_odds.py",
}
ANSWER = """
import json, sys
from pathlib import Path
from runners.experiments.counting import EXPERIMENT as counting
from runners.schema import Cell, Reply
from runners.storage.journal import Journal, folder

home, run = Path(sys.argv[1]), json.loads(sys.argv[2])
journal = Journal(folder(home / "data", run["rig"], "counting"), run)
for item in counting.items:
    request = counting.ask(item, {})
    options = tuple((0.0 if option.strip() == item.target["next"] else -5.0, 1) for option in request.options)
    cell = Cell("counting", 1, run["model"]["sha256"], run["engine"], {}, item, request)
    journal.keep(cell, Reply(options=options, stop="scored"))
journal.close()
"""


def ran(house, *command):
    path = os.pathsep.join(part for part in os.environ["PATH"].split(os.pathsep) if not (Path(part) / "npm").exists())
    environment = os.environ | {"PYTHONPATH": str(house), "INCOMPRESSIBLE_HOME": str(house), "PATH": path}
    done = subprocess.run([sys.executable, *command], cwd=house, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A copy of the project with five files more, the new experiment answered, and the guide built."""
    home = home_in(tmp_path_factory.mktemp("copy") / "house")
    for part in ("runners", "explainers"):
        ignore = shutil.ignore_patterns("__pycache__", "node_modules")
        shutil.copytree(ROOT / part, home / part, ignore=ignore)
    shutil.copytree(ROOT / "data" / "items", home / "data" / "items")
    shutil.copy(ROOT / "data" / "models.toml", home / "data")
    for name, text in FILES.items():
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).write_text(text, encoding="utf-8")
    run = run_of("small", "Small 1B") | {"experiment": "counting"}
    ran(home, "-c", ANSWER, str(home), json.dumps(run))
    ran(home, "-m", "explainers.cli.main", "build")
    return home


def page(house, path):
    return html.unescape((house / "site" / path / "index.html").read_text(encoding="utf-8"))


def test_the_pages_add_one_of_each_and_each_is_one_file():
    assert FILES.keys() == set(ADDED.values())


@pytest.mark.slow
def test_an_experiment_is_one_file(house):
    assert "Which number comes next?" in page(house, "experiments/counting")
    assert "Experiment: counting" in page(house, "")


@pytest.mark.slow
def test_a_chart_is_one_file(house):
    shown = page(house, "charts/counting-length")
    assert "Next numbers found: 100%" in shown and "Next numbers" in page(house, "charts")


@pytest.mark.slow
def test_a_claim_is_one_file_and_is_judged(house):
    shown = page(house, "claims/counting-is-known")
    assert "Small models can count to twelve" in shown and "at least 90%" in shown
    assert "Counting is known" in page(house, "")


@pytest.mark.slow
def test_a_model_is_one_file(house):
    listed = json.loads(ran(house, "-m", "explainers.cli.main", "models", "list", "--json"))
    assert "my-model-1b" in json.dumps(listed)


@pytest.mark.slow
def test_a_live_experiment_is_one_file(house):
    shown = page(house, "live/chain-odds")
    assert "If 95% of steps are right, 59.9% of chains of 10 steps are." in shown
    assert "What becomes of a chain" in page(house, "")
