"""An engine that aborts, hangs or runs out of memory costs the cells in flight at most, and says why."""

import os
import re
import signal
import subprocess
import sys

import psutil
import pytest

from runners.engine.protocol import EngineError, Limits, Load
from runners.engine.subprocess_engine import ChildEngine
from runners.schema import Generate

pytestmark = pytest.mark.engine

REQUESTS = [Generate(f"Tell me about the number {n}.", max_tokens=24) for n in range(12)]


@pytest.fixture
def engine(starter):
    with ChildEngine(Load(str(starter.path), context=256, width=4), Limits(cell_seconds=20)) as engine:
        yield engine


def disturbed(engine, disturb):
    """All replies, with the engine process disturbed once when three are there."""
    replies = {}
    for index, reply in engine.answer(REQUESTS):
        assert index not in replies, "a request was answered twice"
        replies[index] = reply
        if len(replies) == 3:
            disturb(engine._process.pid)
    return [replies[index] for index in range(len(REQUESTS))]


def test_a_killed_engine_costs_no_reply(engine):
    whole = [reply.text for _, reply in sorted(engine.answer(REQUESTS), key=lambda pair: pair[0])]
    assert [reply.text for reply in disturbed(engine, lambda pid: os.kill(pid, signal.SIGKILL))] == whole


def test_an_aborting_engine_costs_no_reply(engine):
    assert not any(reply.failed for reply in disturbed(engine, lambda pid: os.kill(pid, signal.SIGABRT)))


def test_an_engine_that_stands_still_is_noticed_and_replaced(starter):
    with ChildEngine(Load(str(starter.path), context=256, width=4), Limits(cell_seconds=3)) as engine:
        assert not any(reply.failed for reply in disturbed(engine, lambda pid: os.kill(pid, signal.SIGSTOP)))


def test_an_engine_that_is_closed_while_it_is_at_work_says_so_and_is_not_begun_anew(engine):
    with pytest.raises(EngineError, match="closed while it was at work"):
        disturbed(engine, lambda pid: engine.close())
    assert engine._process is None


def test_a_request_that_always_kills_the_engine_fails_alone_with_the_reason(engine, monkeypatch):
    poison = Generate("poison", max_tokens=4)
    send = engine._send

    def poisoned(**message):
        send(**message)
        if any(request["prompt"] == "poison" for request in message.get("requests", ())):
            os.kill(engine._process.pid, signal.SIGSEGV)

    monkeypatch.setattr(engine, "_send", poisoned)
    replies = dict(engine.answer([*REQUESTS[:3], poison]))
    assert [replies[index].failed for index in range(4)] == [False, False, False, True]
    assert "exit -11, SIGSEGV" in replies[3].error


def test_an_engine_built_for_another_processor_says_how_to_build_it_for_this_one(starter):
    with ChildEngine(Load(str(starter.path), context=256)) as engine:
        os.kill(engine._process.pid, signal.SIGILL)
        assert re.search("SIGILL; .* pip install", engine._bury("the engine process ended"))


def test_too_little_memory_is_a_clear_error_and_not_a_dead_machine(starter):
    with pytest.raises(EngineError, match=starter.path.name):
        ChildEngine(Load(str(starter.path), context=8192, width=32), Limits(memory_bytes=1_000_000_000))


def test_weights_that_are_none_are_a_clear_error(tmp_path):
    path = tmp_path / "foreign.gguf"
    path.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(EngineError, match=r"foreign\.gguf"):
        ChildEngine(Load(str(path)))


def test_the_engine_dies_with_its_parent(starter):
    code = f"""
from runners.engine.subprocess_engine import ChildEngine
from runners.engine.protocol import Load
from runners.schema import Generate
engine = ChildEngine(Load({str(starter.path)!r}, context=4000, width=1))
print(engine._process.pid, flush=True)
list(engine.answer([Generate("Tell a very long story.", max_tokens=3900)]))
"""
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    gone, alive = psutil.wait_procs([child], timeout=30)
    assert gone and not alive
