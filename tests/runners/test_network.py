"""Whoever wrote the weights, the process that runs them reaches nobody, where the system allows that."""

import os
import socket
import subprocess
import sys
import threading

import pytest

from runners.engine.protocol import Limits, Load
from runners.engine.subprocess_engine import ChildEngine
from runners.schema import Generate

TALK = """
import socket, sys
from runners.engine.worker import cut_network
if sys.argv[2] == "cut":
    cut_network()
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])), 2).close()
    print("reached")
except OSError:
    print("alone")
"""


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=lambda: [server.accept() for _ in range(2)], daemon=True).start()
        yield server.getsockname()[1]


def talk(port, how):
    return subprocess.run(
        [sys.executable, "-c", TALK, str(port), how], capture_output=True, text=True, check=True
    ).stdout.strip()


def _unshares():
    probe = "from runners.engine.worker import cut_network; print(cut_network())"
    return subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True).stdout.strip() == "True"


needs_namespaces = pytest.mark.skipif(not _unshares(), reason="this system lets no ordinary user make a namespace")


@needs_namespaces
def test_a_process_that_was_cut_off_reaches_not_even_its_own_machine(port):
    assert (talk(port, "open"), talk(port, "cut")) == ("reached", "alone")


@needs_namespaces
@pytest.mark.engine
def test_an_engine_on_the_processor_has_no_network_and_answers_all_the_same(starter):
    with ChildEngine(Load(str(starter.path), context=256, width=1, gpu_layers=0), Limits(cell_seconds=60)) as engine:
        ((_, reply),) = engine.answer([Generate("One, two,", max_tokens=4)])
        theirs = os.readlink(f"/proc/{engine._process.pid}/ns/net")
        assert reply.text and theirs != os.readlink("/proc/self/ns/net")
