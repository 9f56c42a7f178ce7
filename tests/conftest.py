"""What many tests share: the starter model, and a disk that can really be full."""

import os
import subprocess
from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.helpers.faults")  # what it asserts says how two things differ, too

HOME = Path(__file__).parent.parent


TOGETHER = {
    "tests/explainers/test_judging.py": "the committed replies",
    "tests/test_readme.py": "the committed replies",
    "tests/site/test_hostile.py": "the hostile site",
    "tests/site/test_mixture.py": "the hostile site",
    "tests/site/": "the site",
}
"""Files, or all others of a folder, that one worker takes together: what they share is dear to make."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Say which tests a worker of pytest-xdist takes together (`--dist=loadgroup`): those of a file, at least."""
    for item in items:
        path = item.path.relative_to(HOME).as_posix()
        group = next((group for name, group in TOGETHER.items() if path.startswith(name)), path)
        item.add_marker(pytest.mark.xdist_group(group))


def pytest_addoption(parser):
    """`make soak`: the long form of the tests marked `soak`."""
    parser.addoption("--soak", action="store_true", help="disturb ten times as often where a test is marked soak")


@pytest.fixture
def often(request):
    """How often to disturb something: so often, or ten times as often in the long form."""
    return lambda times: times * (10 if request.config.getoption("--soak") else 1)


@pytest.fixture(scope="session")
def starter():
    """The starter model, fetched once if it is not on this machine."""
    from runners.models.resolve import resolve

    return resolve("smollm2-135m", home=HOME)


@pytest.fixture(scope="session")
def published():
    """The guide over all committed replies."""
    from explainers.site.build import gathered

    return gathered(HOME)


@pytest.fixture
def server():
    """A stand-in for a model server."""
    from tests.helpers.chat_server import ChatServer

    server = ChatServer()
    yield server
    server.close()


@pytest.fixture
def whole(server, tmp_path):
    """A project with a finished run in it."""
    from tests.helpers.command import finish, project
    from tests.helpers.kept import ASK

    home = project(tmp_path / "whole")
    assert finish(home, *ASK, server.name).returncode == 0
    return home


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of 256 kB. Needs the right to mount; where there is none the test is skipped, and says so."""
    folder = tmp_path / "small"
    folder.mkdir()
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder]).returncode:
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", folder], check=True)
