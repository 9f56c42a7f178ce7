"""The contracts on imports catch what they are there to catch: each fault is planted in a copy of the tree."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1]
LINT = Path(sys.executable).with_name("lint-imports")
FLOORS = "the floors of the explainers"
PLANTED = {
    "an import from a higher floor": ("explainers/stats/planted.py", "from ..verdicts import judge\n", FLOORS),
    "an import between packages of one floor": ("explainers/text/planted.py", "from .. import claims\n", FLOORS),
    "runners that know the explainers": (
        "runners/schema/planted.py", "import explainers.schema\n", "explainers stand above runners",
    ),
    "llama.cpp outside of the engine": (
        "runners/scoring/planted.py", "import llama_cpp\n", "llama.cpp is touched only by the engine",
    ),
    "an experiment that knows another": (
        "runners/experiments/planted.py", "from . import knowledge\n", "experiments do not know each other",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """Both packages and their contracts, without what is no Python."""
    there = tmp_path_factory.mktemp("house")
    for name in ("runners", "explainers"):
        shutil.copytree(
            HOUSE / name, there / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules", "templates")
        )
    shutil.copy(HOUSE / "pyproject.toml", there)
    return there


def linted(there):
    """Exit code and words of import-linter."""
    where = {**os.environ, "PYTHONPATH": str(there)}
    done = subprocess.run([LINT], cwd=there, env=where, capture_output=True, text=True)
    return done.returncode, done.stdout


def broken(there):
    """The contracts that import-linter finds broken."""
    code, said = linted(there)
    assert code in (0, 1), said
    return {line.removesuffix(" BROKEN").strip() for line in said.splitlines() if line.endswith(" BROKEN")}


@pytest.fixture
def plant(copy):
    """Write a file into the copy, and take it away again."""
    planted = []

    def put(name, text):
        (copy / name).write_text(text)
        planted.append(copy / name)
        return copy

    yield put
    for path in planted:
        path.unlink()


def test_the_house_as_it_stands_keeps_every_contract(copy):
    assert broken(copy) == set()


@pytest.mark.parametrize("fault", PLANTED)
def test_a_contract_names_the_fault(plant, fault):
    name, text, contract = PLANTED[fault]
    assert contract in broken(plant(name, text))


def test_a_circle_of_two_packages_breaks_the_floors(plant):
    plant("explainers/charts/planted.py", "from ..plotting import planted\n")
    assert FLOORS in broken(plant("explainers/plotting/planted.py", "from ..charts import planted\n"))


def test_a_package_that_has_no_floor_is_refused(plant):
    code, said = linted(plant("explainers/planted.py", '"""A module at the root."""\n'))
    assert code == 1 and "explainers.planted" in " ".join(said.split())
