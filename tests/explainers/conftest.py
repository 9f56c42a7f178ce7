"""An empty project, a stand-in for a model server, and a home with a frozen version."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "runners"))

from chat_server import ChatServer
from command import project
from planted import home_in
from shelved import frozen, lying, measured
from stand_ins import leave_bare

from explainers.frozen.shelf import FOLDER


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


@pytest.fixture
def server():
    server = ChatServer()
    yield server
    server.close()


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
