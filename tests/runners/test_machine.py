import getpass
import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest

from runners.host import machine

ROOT = Path(__file__).parents[2]


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home folder of its own, so that no test touches the user's rig."""
    for variable in ("HOME", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(variable, str(tmp_path / "home"))
    monkeypatch.delenv("INCOMPRESSIBLE_RIG", raising=False)
    return tmp_path / "home"


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """A folder on PATH into which a test puts the commands that a machine would have."""
    folder = tmp_path / "tools"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    def install(name: str, script: str) -> None:
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)

    return install


def test_the_facts_are_those_that_a_reader_needs_to_judge_a_speed(tmp_path):
    facts = machine.facts(tmp_path)

    assert facts["os"] in ("linux", "darwin", "windows")
    assert facts["cpu"]
    assert 1 <= facts["cores_usable"] <= os.cpu_count()
    assert 0 < facts["memory_available"] <= facts["memory_total"]
    assert facts["disk_free"] > 0
    assert facts["python"] == platform.python_version()
    json.dumps(facts)


def test_the_facts_name_neither_host_nor_user_nor_folder(tmp_path):
    text = json.dumps(machine.facts(tmp_path / "not" / "there"))

    assert platform.node() not in text
    assert str(tmp_path) not in text
    assert f'"{getpass.getuser()}"' not in text


def test_the_disk_of_a_folder_that_is_not_made_yet_is_that_of_its_parent(tmp_path):
    assert machine.facts(tmp_path / "not" / "there")["disk_free"] > 0


@pytest.mark.skipif(os.name == "nt", reason="the stand-in commands are shell scripts")
class TestGpus:
    def test_each_nvidia_gpu_is_listed_with_its_memory_in_bytes(self, tools):
        tools("nvidia-smi", "echo 'NVIDIA H100 80GB HBM3, 81559, 570.1'; echo 'NVIDIA T4, 15360, 570.1'")

        assert [(gpu["name"], gpu["memory"]) for gpu in machine.gpus()] == [
            ("NVIDIA H100 80GB HBM3", 81559 * 2**20),
            ("NVIDIA T4", 15360 * 2**20),
        ]

    def test_a_driver_that_does_not_answer_means_no_gpu_and_no_error(self, tools):
        tools("nvidia-smi", "echo 'has failed because it could not communicate with the driver'; exit 9")
        tools("rocm-smi", "echo nonsense")

        assert machine.gpus() == []

    def test_an_amd_gpu_is_listed_with_its_memory_in_bytes(self, tools):
        tools(
            "rocm-smi",
            """echo '{"card0": {"Card Series": "Radeon RX 7900", "VRAM Total Memory (B)": "25753026560"}}'""",
        )

        assert machine.gpus() == [
            {"maker": "amd", "name": "Radeon RX 7900", "memory": 25753026560, "driver": None},
        ]


def test_a_rig_keeps_its_name_and_a_later_look_starts_no_other_program(home, monkeypatch):
    first = machine.rig()
    monkeypatch.setattr(subprocess, "run", None)

    assert machine.rig() == first
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*-\d+c-\d+gb-cpu-[0-9a-f]{4}", first)


def test_the_backends_of_one_machine_share_its_token(home):
    cpu, cuda = machine.rig("cpu"), machine.rig("cuda")

    assert cpu != cuda
    assert cpu.replace("-cpu-", "-cuda-") == cuda


def test_two_machines_of_one_kind_get_two_names(home, monkeypatch, tmp_path):
    names = set()
    for number in range(4):
        for variable in ("HOME", "XDG_DATA_HOME", "LOCALAPPDATA"):
            monkeypatch.setenv(variable, str(tmp_path / str(number)))
        names.add(machine.rig())

    assert len(names) > 1


def test_the_name_holds_nothing_of_the_host(home):
    assert platform.node().lower() not in machine.rig()


def test_a_variable_overrides_the_name(home, monkeypatch):
    monkeypatch.setenv("INCOMPRESSIBLE_RIG", "lab-3")

    assert machine.rig("cuda") == "lab-3"


def test_a_spoilt_line_in_the_file_is_passed_over(home):
    name = machine.rig()
    (kept,) = home.rglob("rig")
    kept.write_text("../../evil-cpu-12\nhalf-a-li")

    renewed = machine.rig()
    assert renewed[:-4] == name[:-4]
    assert machine.rig() == renewed


def test_processes_that_ask_at_once_agree_on_one_name(home):
    ask = [sys.executable, "-c", "from runners.host import machine; print(machine.rig())"]
    asked = [subprocess.Popen(ask, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(4)]

    assert len({process.communicate(timeout=60)[0] for process in asked}) == 1


def test_a_home_that_cannot_be_written_is_refused_with_the_cure(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    for variable in ("HOME", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(variable, str(tmp_path / "file"))
    monkeypatch.delenv("INCOMPRESSIBLE_RIG", raising=False)

    with pytest.raises(OSError, match="set INCOMPRESSIBLE_RIG"):
        machine.rig()


@pytest.mark.parametrize(
    ("cpu", "short"),
    [
        ("Intel(R) Core(TM) i7-9750H CPU @ 2.60GHz", "Intel i7-9750H"),
        ("12th Gen Intel(R) Core(TM) i9-12900K", "Intel i9-12900K"),
        ("AMD Ryzen 9 7950X 16-Core Processor", "AMD Ryzen 9 7950X"),
        ("Apple M2 Pro", "Apple M2 Pro"),
    ],
)
def test_a_processors_name_is_cut_to_what_tells_it_apart(cpu, short):
    assert machine.short_name(cpu) == short


def test_versions_are_those_of_installed_packages_only():
    versions = machine.packages()

    assert versions
    assert set(versions) <= set(machine.PACKAGES)


@pytest.fixture
def checkout(tmp_path):
    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=x", "-c", "user.email=x@x", "-c", "commit.gpgsign=false")
        subprocess.run(["git", "-C", tmp_path, *identity, *arguments], check=True, capture_output=True)

    git("init")
    (tmp_path / "code.py").write_text("1")
    git("add", ".")
    git("commit", "-m", "first")
    return tmp_path


def test_a_checkout_is_known_by_its_commit(checkout):
    state = machine.git_state(checkout)

    assert re.fullmatch(r"[0-9a-f]{40}", state["commit"])
    assert state["dirty"] is False


def test_altered_code_makes_a_checkout_dirty_and_new_replies_do_not(checkout):
    (checkout / "data" / "runs" / "rig").mkdir(parents=True)
    (checkout / "data" / "runs" / "rig" / "replies.jsonl").write_text("{}")
    assert machine.git_state(checkout)["dirty"] is False

    (checkout / "code.py").write_text("2")
    assert machine.git_state(checkout)["dirty"] is True


def test_without_git_there_is_no_state(tmp_path):
    assert machine.git_state(tmp_path) is None
