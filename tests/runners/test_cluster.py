"""A run on a Ray cluster of several nodes on this machine gives what a run here gives, whatever dies."""

import json
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from runners.host.settings import load
from runners.scheduling.local import Listener
from runners.scheduling.plan import make_plan
from runners.scheduling.ray import driver as on_ray
from runners.scheduling.ray.actor import Actor
from runners.storage import journal
from tests.helpers.command import finish, start
from tests.helpers.processes import below
from tests.helpers.twin_project import TWINS, checkout, other_build

ASK = ("run", "twin-json", "twin-quantization", *(word for slug in TWINS for word in ("--model", slug)))
CELLS = 36 + 7 * 20


def replies(home, kind="here-0000"):
    """All that was answered, but for what a clock says: key -> how often it is kept, and the reply."""
    table = {}
    for where in (home / "data" / "runs" / kind).glob("*"):
        for entry in journal.entries(where):
            reply = entry.reply
            told = (entry.item, dict(entry.arm), reply.text, reply.tokens, reply.logprobs, reply.against, reply.error)
            table.setdefault(entry.key, []).append(told)
    return table


def lines(home):
    return sum(path.read_bytes().count(b"\n") for path in (home / "data" / "runs").rglob("*.jsonl"))


# -- a cluster of real nodes ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder():
    """Where Ray puts its sockets: a path that is short enough for them."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True) as path:
        yield Path(path)


@pytest.fixture(scope="module")
def cluster(folder):
    """A head without processors and one node; tests add what they end."""
    patch = pytest.MonkeyPatch()
    patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    patch.setenv("RAY_TMPDIR", str(folder))
    from ray.cluster_utils import Cluster

    head = {"num_cpus": 0, "include_dashboard": False, "ray_client_server_port": free_port()}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    cluster.client = f"ray://127.0.0.1:{head['ray_client_server_port']}"
    patch.setenv("RAY_ADDRESS", cluster.address)
    add(cluster, folder)
    yield cluster
    cluster.shutdown()
    patch.undo()


def free_port():
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def add(cluster, folder, cpus=1, gpus=0, **variables):
    """One more node, with a cache of its own. It is this machine, but knows nothing of the driver's project. Ray takes
    its word for how many GPUs it has."""
    cache = folder / f"cache{len(cluster.worker_nodes)}"
    return cluster.add_node(num_cpus=cpus, num_gpus=gpus, env_vars={"INCOMPRESSIBLE_CACHE": str(cache), **variables})


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    """The same questions, asked here."""
    home = checkout(tmp_path_factory.mktemp("local") / "home")
    assert finish(home, *ASK).returncode == 0
    return replies(home)


def engine_below(node):
    """The engine's process on a node, once there is one."""
    engines = below(node.all_processes["raylet"][0].process.pid, "runners.engine.worker")
    return engines[0] if engines else None


def until(happened, process):
    """Wait for something to happen while a process is at work."""
    while not happened():
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)


@pytest.mark.engine
@pytest.mark.slow
def test_a_node_that_is_killed_half_way_costs_its_cells_in_flight_and_all_is_as_a_run_here_gives(
    cluster, folder, local, tmp_path
):
    home, victim = checkout(tmp_path / "home"), add(cluster, folder)
    run = start(home, *ASK, "--on", cluster.client)
    until(lambda: engine_below(victim) and lines(home) > CELLS // 4, run)
    engine, before = engine_below(victim), replies(home)
    cluster.remove_node(victim, allow_graceful=False)
    _, said = run.communicate()

    assert run.returncode == 0 and "lost an actor on" in said and "Traceback" not in said, said
    assert replies(home) == local and len(local) == CELLS and before.items() <= local.items()
    assert engine is None or psutil.wait_procs([engine], timeout=30)[0], "the engine outlived its node"


@pytest.mark.engine
@pytest.mark.slow
def test_a_driver_that_is_killed_goes_on_where_it_was_and_asks_nothing_again(cluster, local, tmp_path):
    home = checkout(tmp_path / "home")
    run = start(home, *ASK, "--on", "ray")
    until(lambda: lines(home) > CELLS // 3, run)
    run.kill()
    run.communicate()
    before = replies(home)
    said = finish(home, *ASK, "--on", "ray")

    assert said.returncode == 0 and f"{CELLS - len(before)} replies kept" in said.stderr, said.stderr
    assert 0 < len(before) < CELLS and replies(home) == local
    assert "nothing left to ask" in finish(home, *ASK, "--on", "ray").stderr


@pytest.mark.engine
@pytest.mark.slow
def test_a_node_with_another_llama_cpp_is_left_out_and_named(cluster, folder, local, tmp_path):
    home = checkout(tmp_path / "home")
    node = add(cluster, folder, LLAMA_CPP_LIB_PATH=str(other_build(folder / "lib")))
    said = finish(home, *ASK, "--on", "ray")
    cluster.remove_node(node)

    assert said.returncode == 0 and said.stderr.count("its llama.cpp is 0.3.36-") == 1, said.stderr
    assert replies(home) == local
    facts = [json.loads(path.read_text()) for path in (home / "data" / "runs").rglob("*.run.json")]
    assert {fact["rig"] for fact in facts} == {"here-0000"} and all(fact["packages"]["ray"] for fact in facts)
    assert {fact["model"]["source"] for fact in facts} == {
        f"data/twins/{slug.partition('-')[0]}/{slug}.gguf" for slug in TWINS
    }


@pytest.mark.engine
@pytest.mark.slow
def test_an_interrupted_run_ends_its_actors_and_says_how_to_go_on(cluster, tmp_path):
    home = checkout(tmp_path / "home")
    run = start(home, *ASK, "--on", "ray")
    until(lambda: lines(home) > 10, run)
    run.terminate()
    _, said = run.communicate()
    node = next(iter(cluster.worker_nodes))

    assert run.returncode == 130 and "the same command goes on" in said
    until_gone = time.monotonic() + 30
    while engine_below(node) and time.monotonic() < until_gone:
        time.sleep(0.1)
    assert engine_below(node) is None


def noting(folder, many):
    """An actor that notes which GPUs its engine's process may see, and waits for so many others to have done so. Its
    engine computes on the processor, since there may be nothing else."""

    class Noting(Actor):
        def load(self, order, threads, kind):
            here = replace(order.task.load, gpu_layers=0)
            facts = super().load(replace(order, task=replace(order.task, load=here)), threads, kind)
            (engine,) = psutil.Process().children(recursive=True)
            (folder / str(engine.pid)).write_text(engine.environ().get("CUDA_VISIBLE_DEVICES", "all"))
            patience = time.monotonic() + 300
            while len(list(folder.iterdir())) < many and time.monotonic() < patience:
                time.sleep(0.05)
            return facts

    return Noting


@pytest.mark.engine
@pytest.mark.slow
def test_ray_gives_each_actor_a_gpu_that_its_engine_alone_sees(cluster, folder, tmp_path, monkeypatch):
    home, notes = checkout(tmp_path / "home"), tmp_path / "notes"
    notes.mkdir()
    flags = {"rig": "here-0000", "backend": "cuda", "model": ("json-f128-s1",)}
    settings = load({"home": home, "cache": tmp_path / "cache", **flags})
    monkeypatch.setattr(on_ray, "Actor", noting(notes, 2))
    node = add(cluster, folder, cpus=2, gpus=2)
    outcome = on_ray.run(make_plan(settings, ["twin-json"]), settings, Listener(), "auto")
    cluster.remove_node(node)

    assert sorted(note.read_text() for note in notes.iterdir()) == ["0", "1"]
    assert not outcome.errors and {len(kept) for kept in replies(home).values()} == {1} and len(replies(home)) == 36
