"""An empty project, the browser's Python, and a home with a frozen version."""

import os

import pytest

from explainers.frozen.store import FOLDER
from explainers.site import npm
from explainers.site.pyodide import python
from tests.helpers.command import project
from tests.helpers.planted import home_in
from tests.helpers.shelved import frozen, lying, measured
from tests.helpers.stand_ins import leave_bare


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A project and a user's home without weights, replies or settings."""
    leave_bare(monkeypatch, tmp_path / "user")
    for variable in [name for name in os.environ if name.startswith("INCOMPRESSIBLE_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("INCOMPRESSIBLE_HOME", str(project(tmp_path / "home")))
    monkeypatch.setenv("INCOMPRESSIBLE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("INCOMPRESSIBLE_RIG", "here-0000")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


@pytest.fixture(scope="session")
def pyodide():
    """All that a page fetches to run Python, by path under docs/."""
    pytest.importorskip("pyodide_cli", reason="there is no pyodide-build for this Python")
    if fault := npm.install(npm.LIVE):
        pytest.fail(f"Pyodide cannot be brought: {fault}")
    return python(print)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """A home with one frozen version, drawn once for many tests."""
    home = home_in(tmp_path_factory.mktemp("shelf") / "home")
    measured(home)
    return home, lying(frozen(home))


@pytest.fixture
def folder(shelf, monkeypatch):
    """The folder of that version, whole."""
    home, files = shelf
    monkeypatch.setenv("INCOMPRESSIBLE_HOME", str(home))
    (folder,) = (home / FOLDER).iterdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder
