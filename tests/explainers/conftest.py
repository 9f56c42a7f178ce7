"""An empty project and a stand-in for a model server, for tests of the command line."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "runners"))

from chat_server import ChatServer
from command import project
from stand_ins import leave_bare


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
