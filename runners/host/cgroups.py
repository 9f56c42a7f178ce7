"""Cores and memory that the process may use: its affinity and its container's limits both count."""

from __future__ import annotations

import math
import os
import re
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")
"""Where Linux says how much of the machine this process may use."""


def usable_cores(root: Path = CGROUP) -> int:
    """Logical cores this process may use: its affinity and its container's quota both count."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quotas = [read_text(level / "cpu.max") for level in _levels(root)]
    quotas.append(read_text(root / "cpu" / "cpu.cfs_quota_us") + " " + read_text(root / "cpu" / "cpu.cfs_period_us"))
    for quota in quotas:
        if numbers := re.fullmatch(r"(\d+) ([1-9]\d*)", quota):
            allowed = min(allowed, math.ceil(int(numbers[1]) / int(numbers[2])))
    return max(allowed, 1)


def memory_limits(root: Path = CGROUP) -> list[tuple[int, int]]:
    """(limit, held) in bytes of each container around this process that has a limit, in both versions of cgroups.

    What is held leaves out the file cache, which the kernel takes back when memory runs short.
    """
    files = [(level / "memory.max", level / "memory.current", level / "memory.stat") for level in _levels(root)]
    old = root / "memory"
    files.append((old / "memory.limit_in_bytes", old / "memory.usage_in_bytes", old / "memory.stat"))
    limits = []
    for limit, held, stat in files:
        if read_text(limit).isdigit():
            cached = re.search(r"^(?:total_)?inactive_file (\d+)", read_text(stat), re.MULTILINE)
            limits.append((int(read_text(limit)), int(read_text(held) or 0) - int(cached[1] if cached else 0)))
    return limits


def _levels(root: Path) -> list[Path]:
    """This process's own group in version 2 of cgroups, and every group around it: each may set a limit."""
    own = re.search(r"^0::/(.*)$", read_text(Path("/proc/self/cgroup")), re.MULTILINE)
    here = root / (own[1] if own else "")
    return [here, *(parent for parent in here.parents if parent.is_relative_to(root))]


def read_text(path: Path) -> str:
    """A small text file without the blanks around it; nothing when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return ""
