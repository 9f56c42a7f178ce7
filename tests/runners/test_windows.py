"""What is known to differ on Windows, held here on any system."""

import io
import os
import signal
import subprocess
import sys
from types import SimpleNamespace

import psutil
import pytest

from runners.host import machine, processes
from runners.scheduling.local import sigterm_interrupts
from runners.storage import atomic, journal
from tests.helpers.command import HOUSE

BARE = """
import asyncio, contextlib, click, filelock, httpx, importlib, jinja2, markupsafe, os, pkgutil, psutil, rich
import runners, explainers, signal, sys
with contextlib.suppress(ModuleNotFoundError):
    import llama_cpp, numpy
sys.modules.update({name: None for name in ("fcntl", "grp", "pwd", "resource", "termios", "tty", "pty")})
for name in ("fork", "geteuid", "getuid", "getpgid", "killpg", "setsid", "sched_getaffinity", "statvfs", "getloadavg"):
    vars(os).pop(name, None)
for name in ("SIGALRM", "SIGHUP", "SIGKILL", "SIGUSR1", "setitimer", "ITIMER_REAL"):
    vars(signal).pop(name, None)
optional = ("torch", "gguf", "ray", "llama_cpp")
for package in (runners, explainers):
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        try:
            importlib.import_module(found.name)
        except ModuleNotFoundError as fault:
            if (fault.name or "").split(".")[0] not in optional:
                raise
print(len([name for name in sys.modules if name.startswith(("runners.", "explainers."))]))
"""


def test_every_module_is_imported_without_what_only_posix_has():
    environment = os.environ | {"PYTHONPATH": str(HOUSE)}
    said = subprocess.run([sys.executable, "-c", BARE], env=environment, capture_output=True, text=True, check=False)

    assert said.returncode == 0, said.stderr
    assert int(said.stdout) > 180


def test_a_journal_is_opened_so_that_bytes_stay_what_they_are(monkeypatch):
    """Where there are text files that differ, O_BINARY is asked for; the flag is settled when the module is loaded."""
    monkeypatch.setattr(os, "O_BINARY", 1 << 29, raising=False)
    import importlib.util

    spec = importlib.util.find_spec("runners.storage.journal")
    again = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, again)
    spec.loader.exec_module(again)

    assert again._APPENDING == journal._APPENDING | 1 << 29


class TestAFileThatSomebodyReads:
    @pytest.fixture
    def refusals(self, monkeypatch):
        """Windows, where so many attempts to rename are refused; the pauses take no time."""
        left = []
        rename = atomic.Path.replace

        def replace(draft, path):
            if left:
                raise left.pop()
            return rename(draft, path)

        monkeypatch.setattr(atomic, "os", SimpleNamespace(**{**vars(os), "name": "nt"}))
        monkeypatch.setattr(atomic.time, "sleep", lambda seconds: None)
        monkeypatch.setattr(atomic.Path, "replace", replace)
        return left

    def test_is_replaced_once_it_is_free(self, refusals, tmp_path):
        refusals += [PermissionError(13, "in use")] * 3
        atomic.write_whole(tmp_path / "facts.json", "new")

        assert (tmp_path / "facts.json").read_text() == "new" and not refusals

    def test_is_named_when_it_never_is(self, refusals, tmp_path):
        refusals += [PermissionError(13, "in use")] * 99
        with pytest.raises(PermissionError, match=r"facts\.json"):
            atomic.write_whole(tmp_path / "facts.json", "new")

        assert list(tmp_path.iterdir()) == [], "the draft is taken away"


class TestTheProcessThatAsked:
    """Windows goes on naming a parent that has ended."""

    @pytest.fixture
    def windows(self, monkeypatch):
        monkeypatch.setattr(processes, "os", SimpleNamespace(**{**vars(os), "name": "nt"}))

    def test_is_there_until_it_ends(self, windows):
        other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        alive = processes._watcher(other.pid)
        assert alive()

        other.communicate(b"\n")
        assert not alive()

    def test_may_have_ended_already(self, windows):
        free = next(number for number in range(90_000, 99_000) if not psutil.pid_exists(number))
        assert not processes._watcher(free)()


class TestTheProcessorsName:
    @pytest.fixture
    def registry(self, monkeypatch):
        """A registry that gives one answer, or raises it."""

        def holds(answer):
            def query(key, name):
                assert name == "ProcessorNameString"
                if isinstance(answer, Exception):
                    raise answer
                return answer, 1

            opened = lambda root, where: io.StringIO()  # noqa: E731
            module = SimpleNamespace(HKEY_LOCAL_MACHINE=0, OpenKey=opened, QueryValueEx=query)
            monkeypatch.setitem(sys.modules, "winreg", module)
            monkeypatch.setattr(machine.platform, "system", lambda: "Windows")
            monkeypatch.setattr(machine.platform, "processor", lambda: "Intel64 Family 6 Model 158")

        return holds

    def test_is_the_registrys(self, registry):
        registry("Intel(R) Core(TM) i7-8700 CPU @ 3.20GHz ")
        assert machine.cpu_model() == "Intel(R) Core(TM) i7-8700 CPU @ 3.20GHz"

    def test_is_its_family_where_the_registry_says_nothing(self, registry):
        registry(FileNotFoundError(2, "no such key"))
        assert machine.cpu_model() == "Intel64 Family 6 Model 158"


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="Windows has no signal to spare")
def test_closing_the_console_ends_a_run_as_ctrl_c_does(monkeypatch):
    """SIGBREAK is what Python makes of it; another signal stands in for it here."""
    from runners.scheduling import local

    monkeypatch.setattr(local, "_ENDINGS", [signal.SIGTERM, signal.SIGUSR1])
    before = signal.getsignal(signal.SIGUSR1)
    with pytest.raises(KeyboardInterrupt), sigterm_interrupts():
        signal.raise_signal(signal.SIGUSR1)

    assert signal.getsignal(signal.SIGUSR1) is before
