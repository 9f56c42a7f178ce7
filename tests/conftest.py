"""What many tests share: the starter model, and a disk that can really be full."""

import os
import subprocess
from pathlib import Path

import pytest

HOME = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def starter():
    """The starter model, fetched once if it is not on this machine."""
    from runners.models import resolve

    return resolve("smollm2-135m", home=HOME)


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of 256 kB. Needs the right to mount; where there is none the test is skipped, and says so."""
    folder = tmp_path / "small"
    folder.mkdir()
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder]).returncode:
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", folder], check=True)
