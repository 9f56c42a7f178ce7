"""Facts about this computer that may be published: no host name, no user name, no path.

A **rig** is one machine as results know it. Its slug ends in four random hex digits that are drawn once and kept, so
that two machines of one kind never merge, and nobody can tell from the slug whose machine it is.
"""

from __future__ import annotations

import csv
import json
import os
import platform
import re
import secrets
import shutil
import subprocess
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from .cgroups import memory_limits, read_text, usable_cores

PACKAGES = (
    "incompressible",
    "llama-cpp-python",
    "numpy",
    "pandas",
    "altair",
    "vl-convert-python",
    "huggingface_hub",
    "torch",
    "ray",
)
"""The packages whose versions can change a measurement or what is made of it."""

KIND = ("os", "arch", "cpu", "cores_physical")
"""Facts that stay when memory is added: where one differs, it is another machine."""

_RIG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*-[0-9a-f]{4}")


def facts(data: Path | None = None) -> dict[str, Any]:
    """What matters for speed and size: system, processor, memory and disk in bytes, GPUs.

    `data` is the folder whose disk counts (default: the working directory). What cannot be found out is None.
    """
    import psutil

    memory = psutil.virtual_memory()
    limits = memory_limits()
    return {
        "os": platform.system().lower(),
        "os_version": platform.release(),
        "arch": platform.machine().lower(),
        "cpu": cpu_model(),
        "cores_physical": psutil.cpu_count(logical=False),
        "cores_usable": usable_cores(),
        "memory_total": min([memory.total, *(limit for limit, _ in limits)]),
        "memory_available": max(min([memory.available, *(limit - held for limit, held in limits)]), 0),
        "disk_free": shutil.disk_usage(_nearest_existing(data or Path.cwd())).free,
        "gpus": gpus(),
        "python": platform.python_version(),
    }


def first_difference(ours: Mapping[str, Any], theirs: Mapping[str, Any], gpu: bool = False) -> str | None:
    """The first fact of `KIND`, and of GPUs where they compute, by which two machines are not of one kind; None where
    there is none. What one of them does not say, tells nothing."""
    told = [(fact, ours.get(fact), theirs.get(fact)) for fact in KIND]
    if gpu:
        told.append(("gpus", _cards(ours), _cards(theirs)))
    return next((fact for fact, one, other in told if None not in (one, other) and one != other), None)


def _cards(facts: Mapping[str, Any]) -> set[str] | None:
    return {card["name"] for card in facts.get("gpus") or ()} or None


def _nearest_existing(folder: Path) -> Path:
    return next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.exists())


def cpu_model() -> str:
    """The processor's name as its maker gives it."""
    if platform.system() == "Darwin":
        return _output("sysctl", "-n", "machdep.cpu.brand_string") or platform.machine()
    if platform.system() == "Windows":
        return _registered() or platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith(("model name", "Model"))]
    return names[0] if names else platform.processor() or platform.machine()


def _registered() -> str:
    """The processor's name in the registry of Windows, whose `platform.processor()` gives a family and a stepping."""
    winreg: Any = import_module("winreg")  # only Windows has it, and its types

    where = r"HARDWARE\DESCRIPTION\System\CentralProcessor\0"
    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, where) as key:
            return str(winreg.QueryValueEx(key, "ProcessorNameString")[0]).strip()
    except OSError:
        return ""


def gpus() -> list[dict[str, Any]]:
    """Each GPU's maker, name, memory in bytes (None where it shares the machine's) and driver."""
    if platform.system() == "Darwin" and platform.machine() == "arm64":
        return [{"maker": "apple", "name": cpu_model(), "memory": None, "driver": platform.release()}]
    return _nvidia() + _amd()


def _nvidia() -> list[dict[str, Any]]:
    fields = "--query-gpu=name,memory.total,driver_version"
    rows = csv.reader(
        _output("nvidia-smi", fields, "--format=csv,noheader,nounits").splitlines(), skipinitialspace=True
    )
    return [
        {"maker": "nvidia", "name": row[0], "memory": int(row[1]) << 20 if row[1].isdigit() else None, "driver": row[2]}
        for row in rows
        if len(row) == 3
    ]


def _amd() -> list[dict[str, Any]]:
    try:
        cards = json.loads(_output("rocm-smi", "--showproductname", "--showmeminfo", "vram", "--json") or "{}")
        return [
            {
                "maker": "amd",
                "name": card.get("Card Series") or card.get("Card series") or "AMD GPU",
                "memory": int(card["VRAM Total Memory (B)"]),
                "driver": None,
            }
            for card in cards.values()
            if "VRAM Total Memory (B)" in card
        ]
    except (ValueError, AttributeError, TypeError):
        return []


def _output(*command: str) -> str:
    """What a command prints, or nothing when it is missing, fails or takes longer than ten seconds."""
    found = shutil.which(command[0])
    if not found:
        return ""
    try:
        done = subprocess.run([found, *command[1:]], capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError, UnicodeError):
        return ""
    return done.stdout.strip()


def rig(backend: str = "cpu") -> str:
    """This machine's slug, as in `linux-amd-epyc-2c-24gb-cpu-7f3a`; `INCOMPRESSIBLE_RIG` overrides it.

    The slug is made once for each backend and kept, so it stays when memory is added. Machines that share one home
    folder share the slug: give each its own `INCOMPRESSIBLE_RIG`. Raises `OSError` when the slug cannot be kept.
    """
    if chosen := os.environ.get("INCOMPRESSIBLE_RIG"):
        return chosen
    import platformdirs

    path, backend = Path(platformdirs.user_data_dir("incompressible")) / "rig", _slug(backend)
    if not _kept(path, backend):
        _keep(path, backend)
    # Read back even what was just written: of two processes that wrote at once, both take what came first.
    return _kept(path, backend)


def _kept(path: Path, backend: str) -> str:
    return next((slug for slug in _slugs(path) if slug[:-5].endswith(f"-{backend}")), "")


def _slugs(path: Path) -> list[str]:
    return [line for line in read_text(path).splitlines() if _RIG.fullmatch(line)]


def _keep(path: Path, backend: str) -> None:
    others = _slugs(path)
    token = others[0][-4:] if others else secrets.token_hex(2)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(f"\n{_kind()}-{backend}-{token}\n")
    except OSError as fault:
        cure = "the name of this rig cannot be kept; set INCOMPRESSIBLE_RIG to a name of your choice"
        raise OSError(fault.errno, f"{fault.strerror}: {cure}", str(path)) from None


def _kind() -> str:
    """System, processor, usable cores and gigabytes, readable in a folder's name."""
    import psutil

    gigabytes = round(min([psutil.virtual_memory().total, *(limit for limit, _ in memory_limits())]) / 2**30)
    return _slug(f"{platform.system()} {short_name(cpu_model())} {usable_cores()}c {gigabytes}gb")


def short_name(cpu: str) -> str:
    """A processor's name without trademarks, clock rates and words that every processor has."""
    cpu = re.sub(r"\((r|tm)\)|@.*|\b(cpu|processor|with .*|\d+-core|\d+(st|nd|rd|th) gen|core)\b", " ", cpu, flags=re.I)
    return " ".join(cpu.split()[:4])


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def packages() -> dict[str, str]:
    """Name -> version of those of `PACKAGES` that are installed."""
    from importlib import metadata  # a run that finds everything done must not pay for loading it

    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def git_state(root: Path) -> dict[str, Any] | None:
    """The commit a checkout is at, and whether anything but its results differs from it; None without git."""
    commit = _output("git", "-C", str(root), "rev-parse", "HEAD")
    if not commit:
        return None
    # Every run adds replies under data/runs: they must not make the code look altered.
    changed = _output("git", "-C", str(root), "status", "--porcelain", "--", ".", ":(exclude)data/runs")
    return {"commit": commit, "dirty": bool(changed)}
