"""A plan says what a run would do and what it costs, and does nothing."""

import importlib.metadata
import os
from dataclasses import replace
from pathlib import Path

import pytest

from runners.engine import build_info
from runners.experiments import find
from runners.host.settings import load
from runners.scheduling.local import MachineError, engine_for
from runners.scheduling.plan import OVERHEAD, PlanError, find_experiments, make_plan, seconds_left
from runners.schema import Reply
from runners.storage.journal import Journal

HOUSE = Path(__file__).parent.parent.parent


@pytest.fixture
def home(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "models.toml").write_text((HOUSE / "data" / "models.toml").read_text())
    return tmp_path


def planned(home, *names, **flags):
    return make_plan(load({"home": home, "rig": "here-0000", **flags}), names)


def keep(task, seconds, cells=None):
    journal = Journal(task.where, {"model": {"sha256": task.model.sha256}})
    for cell in task.cells[:cells]:
        journal.keep(cell, Reply("x", ("x",), (-1.0,), prompt_seconds=seconds / 4, seconds=seconds * 3 / 4))
    journal.close()


def test_planning_writes_nothing(home):
    before = sorted(home.rglob("*"))
    planned(home)
    assert sorted(home.rglob("*")) == before


def test_weights_that_are_not_here_are_counted_as_a_download(home, tmp_path, monkeypatch):
    for name in ("HF_HOME", "LLAMA_CACHE", "OLLAMA_MODELS", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "bare"))
    plan = planned(home, cache=tmp_path / "empty")
    assert plan.fetch_bytes == plan.tasks[0].model.bytes == 98_362_432


def test_time_left_is_what_cells_of_the_same_arm_took_before(home):
    (task,) = planned(home, "json-fidelity").tasks
    assert seconds_left(task) is None
    keep(task, 2.0, cells=8)
    (task,) = planned(home, "json-fidelity").tasks
    assert seconds_left(task) == pytest.approx(2.0 * len(task.left))
    assert len(task.left) == len(task.cells) - 8


def test_memory_counts_weights_and_the_cache_of_every_sequence(home, starter):
    few, many = (
        planned(home, "json-fidelity", model=(str(starter.path),), width=width).tasks[0].memory_bytes
        for width in (1, 9)
    )
    assert many - few == 8 * 3072 * 23_040  # sequences, tokens of context, bytes of cache a token
    assert few > starter.bytes


def test_a_load_that_cannot_fit_is_refused_before_it_begins(home, starter):
    settings = load({"home": home, "rig": "here-0000", "model": (str(starter.path),), "width": 100_000})
    with pytest.raises(MachineError, match="--width"):
        engine_for(make_plan(settings).tasks[0], settings)


def test_a_gpu_that_was_asked_for_and_is_not_used_is_refused_with_the_cure(home, starter):
    if build_info.backend() != "cpu":
        pytest.skip("this llama.cpp can use a GPU")
    settings = load({"home": home, "rig": "here-0000", "model": (str(starter.path),), "backend": "cuda"})
    with pytest.raises(MachineError, match="BACKEND=cuda"):
        engine_for(make_plan(settings).tasks[0], settings)


def test_an_unknown_experiment_is_named_with_the_known_ones():
    with pytest.raises(PlanError, match=r"'jason'.*json-fidelity"):
        find_experiments(["jason"])


def test_a_build_is_named_as_its_package_is():
    assert build_info.version() == importlib.metadata.version("llama-cpp-python")


def test_another_build_of_llama_cpp_is_another_engine(tmp_path, monkeypatch):
    before = build_info.identity()
    copies = tmp_path / "lib"
    copies.mkdir()
    for path in build_info.libraries():
        (copies / path.name).write_bytes(path.read_bytes())
    largest = max(copies.iterdir(), key=lambda path: path.stat().st_size)
    monkeypatch.setenv("LLAMA_CPP_LIB_PATH", str(copies))
    build_info.identity.cache_clear()
    assert build_info.identity() == before
    with largest.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        last = file.read(1)
        file.seek(-1, os.SEEK_END)
        file.write(bytes([last[0] ^ 1]))
    build_info.identity.cache_clear()
    assert build_info.identity() != before
    build_info.identity.cache_clear()


@pytest.fixture
def with_twins(home):
    """A project that has two twins of the knowledge ladder."""
    twin = """
    [knowledge-f8-s{seed}]
    name = "Knowledge twin, dense f8, seed {seed}"
    licence = "Apache-2.0"
    sha256 = "{digest}"
    bytes = 12
    released = 2026-11-24
    sources = ["data/twins/none.gguf"]
    twin = {{ ladder = "knowledge", rung = "f8", seed = {seed} }}
    """
    (home / "data" / "twins").mkdir()
    texts = [twin.format(seed=seed, digest=str(seed) * 64) for seed in (1, 2)]
    (home / "data" / "twins" / "models.toml").write_text("\n".join(texts))
    return home


def asked(plan):
    return {(task.experiment.slug, task.model.slug) for task in plan.tasks}


def test_an_experiment_on_a_ladder_is_asked_of_all_its_twins_when_it_is_named(with_twins):
    plan = make_plan(load({"home": with_twins, "rig": "here-0000"}), ["twin-knowledge"])
    assert asked(plan) == {("twin-knowledge", "knowledge-f8-s1"), ("twin-knowledge", "knowledge-f8-s2")}


def test_a_named_twin_is_asked_what_its_ladder_was_taught_and_nothing_else(with_twins):
    taught = {slug for slug, experiment in find().items() if experiment.ladder == "knowledge"}
    assert asked(planned(with_twins, model=("knowledge-f8-s2",))) == {(slug, "knowledge-f8-s2") for slug in taught}


def test_a_run_without_names_leaves_the_twins_alone(with_twins):
    assert {slug for _, slug in asked(planned(with_twins))} == {"smollm2-135m"}


@pytest.mark.parametrize(("name", "model"), [("json-fidelity", "knowledge-f8-s1"), ("twin-knowledge", "smollm2-135m")])
def test_what_a_model_was_never_taught_is_not_asked(with_twins, name, model):
    with pytest.raises(PlanError, match="twins answer what their own ladder was taught"):
        make_plan(load({"home": with_twins, "rig": "here-0000", "model": (model,)}), [name])


def with_loads(monkeypatch, **loads):
    """The JSON twins' experiment on four items, with arms that need other loads."""
    base = find()["twin-json"]
    experiment = replace(base, slug="other-loads", items=base.items[:4], loads=loads)
    monkeypatch.setattr("runners.scheduling.plan.find", lambda: {"other-loads": experiment})


def test_arms_that_need_another_load_are_a_task_each_and_impossible_ones_none(home, monkeypatch):
    with_loads(monkeypatch, experts_used=(1, 4, 32), weights=("Q4_0", "Q8_0 experts"))
    sparse, dense = (str(HOUSE / "data" / "twins" / "json" / f"json-{rung}-s1.gguf") for rung in ("16x64", "f128"))
    monkeypatch.setattr("runners.models.model.Model.ladder", "json")
    plan = planned(home, model=(sparse, dense))

    assert [(task.load.experts_used, task.load.weights) for task in plan.tasks] == [
        (1, "Q4_0"), (1, "Q8_0 experts"), (4, "Q4_0"), (4, "Q8_0 experts"),
    ]  # fmt: skip
    for task in plan.tasks:
        assert {tuple(cell.arm.values())[:2] for cell in task.cells} == {(task.load.experts_used, task.load.weights)}
        assert len(task.cells) == 4 and task.engine["experts_used"] == task.load.experts_used
    assert len({cell.key for task in plan.tasks for cell in task.cells}) == 16
    assert all(task.memory_bytes > 2 * task.model.bytes + OVERHEAD for task in plan.tasks)


def test_an_experiment_on_routing_is_asked_of_models_with_experts_alone():
    settings = load({"home": HOUSE, "rig": "here-0000", "model": ("knowledge-8x64-s1", "knowledge-f128-s1")})
    assert asked(make_plan(settings, ["twin-misroute"])) == {("twin-misroute", "knowledge-8x64-s1")}
    used = [task.load.experts_used for task in make_plan(settings, ["twin-sparsity"]).tasks]
    assert used == [1, 2, 3, 4, 6, 8], "no more than there are"
