"""Whatever a cluster loses, every cell is kept once, with the reply to its own question."""

import time
from collections import Counter
from types import SimpleNamespace

import pytest

from runners.engine.protocol import EngineError
from runners.host.settings import load
from runners.scheduling.local import Listener, lock_of
from runners.scheduling.plan import make_plan
from runners.scheduling.ray.actor import Unfit
from runners.scheduling.ray.driver import Crew
from runners.scheduling.ray.work_queue import LOSSES
from runners.schema import Reply
from runners.storage import journal
from tests.helpers.command import project
from tests.helpers.kept import kept, where
from tests.helpers.ray_stand_in import MACHINE, Ray


class Told(Listener):
    def __init__(self):
        self.said, self.heard = [], Counter()

    def say(self, text):
        self.said.append(text)

    def reply(self, task, reply):
        self.heard[task.experiment.slug] += 1


@pytest.fixture
def settings(tmp_path):
    home = project(tmp_path / "home")
    return load({"home": home, "rig": "here-0000", "backend": "cpu", "width": 2, "cache": tmp_path / "cache"})


def carried_out(ray, settings, *names, **flags):
    """What became of a run and what was told of it."""
    crew = Crew(ray, make_plan(settings, names or ("json-fidelity",), **flags), settings, told := Told())
    try:
        crew.work()
    finally:
        crew.dismiss()
    return crew.outcome, told


def check_all_kept(settings):
    """Every cell once, each with what was said to its own question."""
    (task,) = make_plan(settings, ["json-fidelity"]).tasks
    prompts = {cell.key: cell.request.prompt for cell in task.cells}
    entries = list(journal.entries(where(settings.get("home"))))
    assert {entry.key: entry.reply.text for entry in entries} == prompts and len(entries) == len(prompts)


@pytest.mark.soak
def test_actors_and_nodes_that_are_lost_at_random_lose_no_reply_and_repeat_none(tmp_path, often):
    lost = 0
    for seed in range(often(6)):
        home = project(tmp_path / str(seed))
        settings = load({"home": home, "rig": "here-0000", "backend": "cpu", "width": 2})
        # No cell can be lost so often that it counts as failed.
        ray = Ray(nodes=1 + seed % 4, seed=seed, losing=0.15, most=LOSSES - 1)
        outcome, told = carried_out(ray, settings)
        assert not outcome.errors and outcome.failed == 0 and told.heard["json-fidelity"] == outcome.answered
        check_all_kept(settings)
        lost += ray.losses
    assert lost > often(6)


def test_the_only_node_gets_another_actor_at_once(settings):
    ray, calls = Ray(nodes=1), []
    ray.disturb = lambda handle: calls.append(handle) or setattr(handle, "dead", len(calls) == 3)
    outcome, told = carried_out(ray, settings)
    assert len(ray.loads) == 2 and not outcome.errors and any("lost an actor" in text for text in told.said)
    check_all_kept(settings)


def test_a_question_that_takes_its_actor_down_fails_alone_with_the_reason(settings):
    outcome, _ = carried_out(Ray(nodes=2, poison="patient:"), settings)
    entries = list(journal.entries(where(settings.get("home"))))
    failed = [entry for entry in entries if entry.reply.failed]
    assert failed and outcome.failed == len(failed) and set(kept(settings.get("home")).values()) == {1}
    (task,) = make_plan(settings, ["json-fidelity"], retry=True).tasks
    assert {cell.key for cell in task.left} == {entry.key for entry in failed}
    assert all("patient:" in cell.request.prompt for cell in task.left)
    assert all(f"{LOSSES} actors were lost with it" in entry.reply.error for entry in failed)


def test_a_node_that_cannot_do_it_is_named_and_the_others_do_all(settings):
    ray = Ray(nodes=2)
    ray.refuses = lambda node, order: EngineError("no room for it") if node == "node0" else None
    outcome, told = carried_out(ray, settings)
    assert not outcome.errors and "left out: node0: no room for it" in told.said
    check_all_kept(settings)


def test_a_node_that_is_unfit_for_the_run_is_tried_once_whatever_the_number_of_loads(settings):
    ray = Ray(nodes=2)
    ray.refuses = lambda node, order: Unfit("another build") if node == "node0" else None
    outcome, _ = carried_out(ray, settings, "json-fidelity", "throughput", "world-model")
    assert not outcome.errors and sum(node == "node0" for node, _ in ray.loads) == 1


def test_where_no_node_can_do_it_nothing_is_kept_and_every_reason_is_said(settings):
    ray = Ray(nodes=2)
    ray.refuses = lambda node, order: EngineError(f"no room on {node}")
    outcome, _ = carried_out(ray, settings)
    assert outcome.answered == 0 and not list(where(settings.get("home")).glob("*.json*"))
    (error,) = outcome.errors
    assert "no room on node0" in error and "no room on node1" in error and "cells of json-fidelity" in error


def test_replies_of_another_kind_of_machine_are_not_filed_under_a_rig(settings):
    ray = Ray(nodes=2)
    ray.machines = {"node1": {**MACHINE, "cpu": "Other CPU"}}
    outcome, told = carried_out(ray, settings)
    machines = {facts["cpu"] for facts in journal.machines(where(settings.get("home")).parent)}
    assert len(machines) == 1 and not outcome.errors and any("left out" in text for text in told.said)
    other = Ray(nodes=1)
    other.machines = {"node0": {**MACHINE, "cpu": "Third CPU"}}
    outcome, _ = carried_out(other, settings, "throughput")
    assert "Third CPU" in outcome.errors[0] and "--rig" in outcome.errors[0] and outcome.answered == 0


def test_a_few_nodes_load_each_model_once_and_many_share_one_load(settings):
    names = ("json-fidelity", "world-model", "reasoning-chain")
    few, many = Ray(nodes=1), Ray(nodes=3)
    carried_out(few, settings, *names)
    assert Counter(slug for _, slug in few.loads) == Counter(names)
    apart = load({"home": settings.get("home"), "rig": "there-0000", "backend": "cpu", "width": 2})
    carried_out(many, apart, "json-fidelity")
    assert {node for node, _ in many.loads} == {"node0", "node1", "node2"}


def test_each_gpu_has_an_actor_of_its_own(settings):
    gpu = load({"home": settings.get("home"), "rig": "here-0000", "backend": "cuda", "width": 2})
    ray = Ray(nodes=1, gpus=2)
    outcome, _ = carried_out(ray, gpu)
    assert len(ray.loads) == 2 and not outcome.errors
    check_all_kept(gpu)


def test_what_another_run_is_at_work_on_is_left_to_it(settings, monkeypatch):
    plan = make_plan(settings, ["json-fidelity"])
    lock = lock_of(plan.tasks[0])
    lock.acquire()

    def finished(seconds):  # the other run has done all but two by then, and is gone
        done = journal.Journal(plan.tasks[0].where, {"machine": MACHINE})
        for cell in plan.tasks[0].cells[2:]:
            done.keep(cell, Reply(text=cell.request.prompt))
        done.close()
        lock.release()

    clock = SimpleNamespace(monotonic=time.monotonic, sleep=finished)
    monkeypatch.setattr("runners.scheduling.ray.driver.time", clock)  # and not in the module: other threads sleep, too
    crew = Crew(Ray(), plan, settings, told := Told())
    crew.work()
    crew.dismiss()
    assert crew.outcome.answered == 2 and sum("another run" in text for text in told.said) == 1
    check_all_kept(settings)


def test_a_cluster_without_room_is_said_once_and_waited_for(settings):
    ray, calls = Ray(nodes=2), []
    answer = ray.wait
    ray.wait = lambda refs, timeout: calls.append(refs) or (([], refs) if len(calls) < 100 else answer(refs, timeout))
    outcome, told = carried_out(ray, settings)
    assert told.said == ["waiting for 2 actors to find room on the cluster and weights for it"] and not outcome.errors
    check_all_kept(settings)
