"""A bare machine on which one tiny model is known by name."""

import pytest

from runners.models.resolve import resolve
from tests.helpers.stand_ins import leave_bare
from tests.helpers.tiny import DIGEST, FILE


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A bare machine with a project on it; pip finds packages in the folder `index`."""
    leave_bare(monkeypatch, tmp_path / "user")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    (tmp_path / "index").mkdir()
    (tmp_path / "home" / "data").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "home")
    return tmp_path


@pytest.fixture
def declare(machine):
    """Write a models.toml whose one entry, `tiny`, has these sources."""

    def write(*sources: str, digest: str = DIGEST, size: int = len(FILE)) -> None:
        lines = f'name = "Tiny"\nlicence = "MIT"\nsha256 = "{digest}"\nbytes = {size}\nreleased = 2024-01-31\n'
        (machine / "home/data/models.toml").write_text(f"[tiny]\n{lines}sources = {list(sources)}\n")

    write("wheel:tiny-model==1.0")
    return write


@pytest.fixture
def ask(machine, declare):
    """Resolve a name on the bare machine."""

    def run(name: str, **options):
        return resolve(name, machine / "home", machine / "cache", **options)

    return run
