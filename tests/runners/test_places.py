"""Which nodes of a cluster are used, and what names one."""

import os
import subprocess
import sys

import pytest

from runners.host.settings import load
from runners.scheduling.local import Listener
from runners.scheduling.plan import PlanError, make_plan
from runners.scheduling.ray.slots import MARK, places, read_address
from tests.helpers.command import HOUSE, finish
from tests.helpers.twin_project import TWINS, checkout


def node(name, alive=True, **resources):
    return {"NodeID": name, "NodeManagerAddress": name, "Alive": alive, "Resources": resources}


def test_a_node_is_one_place_and_several_where_threads_are_few():
    nodes = [node("a", CPU=8.0), node("head", memory=1.0), node("gone", alive=False, CPU=8.0)]
    assert [(place.node, place.cpus, place.gpus) for place in places(nodes, None, False)] == [("a", 8, 0)]
    assert [place.cpus for place in places(nodes, 3, False)] == [3, 3]
    assert not places(nodes, 16, False)


def test_each_gpu_is_a_place_and_a_node_without_any_is_none():
    nodes = [node("a", CPU=8.0, GPU=4.0), node("b", CPU=8.0)]
    assert [(place.node, place.cpus, place.gpus) for place in places(nodes, None, True)] == [("a", 2, 1)] * 4


def test_where_nodes_are_marked_only_those_are_used():
    nodes = [node("a", CPU=8.0), node("b", CPU=8.0, **{MARK: 1.0})]
    assert [place.node for place in places(nodes, None, False)] == ["b"]


# -- what is refused ------------------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path):
    return checkout(tmp_path / "home")


@pytest.mark.parametrize("text", ["nonsense", "", "ray://", "ray://host", "ray:host:1", "http://host:1", "ray://a b:1"])
def test_what_names_no_cluster_is_refused_with_what_to_give(text, home):
    with pytest.raises(ValueError, match="ray://HOST:PORT"):
        read_address(text)
    said = finish(home, "run", "--on", text)
    assert said.returncode == 2 and "ray://HOST:PORT" in said.stderr


def test_names_of_clusters_are_what_ray_takes():
    assert read_address("ray") == "auto"
    assert read_address("ray://head.example:10001") == "ray://head.example:10001"
    assert read_address("ray://[::1]:10001") == "ray://[::1]:10001"


def test_without_ray_the_cure_is_named(home, tmp_path, monkeypatch):
    (tmp_path / "ray.py").write_text("raise ModuleNotFoundError(\"No module named 'ray'\", name='ray')")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{HOUSE}")
    said = finish(home, "run", "twin-json", "--model", TWINS[0], "--on", "ray")
    assert said.returncode == 3 and "pip install 'incompressible[cluster]'" in said.stderr, said.stderr


def test_a_run_without_a_cluster_knows_nothing_of_ray(home):
    code = (
        "import sys; from explainers.cli import main, run, progress; from runners.scheduling import local;"
        "print('ray' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], cwd=HOUSE, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"


def test_a_cluster_has_no_name_of_its_own(home, monkeypatch):
    from runners.scheduling.ray.driver import run

    monkeypatch.delenv("INCOMPRESSIBLE_RIG", raising=False)
    settings = load({"home": home, "model": TWINS}, environ={})
    with pytest.raises(PlanError, match="give --rig"):
        run(make_plan(load({"home": home, "model": TWINS, "rig": "x-0000"})), settings, Listener(), "auto")


def test_servers_are_not_asked_from_a_cluster(home, server):
    said = finish(home, "run", "json-fidelity", "--model", server.name, "--on", "ray")
    assert said.returncode == 2 and "leave --on away" in said.stderr
