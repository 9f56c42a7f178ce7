"""A fault at the n-th write of a process to a folder. Python imports this file by its name when it starts, so that a
test disturbs the real command, which knows nothing of it.

    FAULT="kill 17 /folder"    killed at the 17th write, of which half is done
    FAULT="full 17 /folder"    from the 17th write on the disk is full
    FAULT="jump 17 /folder"    the clock jumps by years, back and forth, drawn by 17
    FAULT="count /file /folder"    nothing; how many writes there were is in that file afterwards

What counts as a write: to make or open a file for writing, to write, to force to disk, to rename, to take away, to make
a folder. Only the process that a test starts is disturbed, and not what that starts in turn (FAULT_OF).
"""

import atexit
import datetime
import errno
import os
import random
import signal
import stat
import sys
import time
from pathlib import Path

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
GROWING = {"open", "os.mkdir"}
CHANGING = {*GROWING, "os.rename", "os.remove", "os.rmdir"}


class Fault:
    """What happens at which write below which folder."""

    def __init__(self, kind: str, place: str, folder: str) -> None:
        self.kind, self.place, self.folder, self.seen = kind, place, os.path.abspath(folder), 0

    def audit(self, event: str, values: tuple) -> None:
        """A hook as of `sys.addaudithook`, which sees what pathlib and `open` do in the end."""
        if event not in CHANGING or (event == "open" and not (values[2] or 0) & WRITING):
            return
        name = values[0]
        if isinstance(name, (str, bytes, os.PathLike)) and self.below(os.fsdecode(name)) and self.next():
            self.strike(event in GROWING, os.fsdecode(name))

    def below(self, name: str) -> bool:
        return os.path.abspath(name).startswith(self.folder)

    def next(self) -> bool:
        """Whether the time has come."""
        self.seen += 1
        return self.kind in ("kill", "full") and self.seen >= int(self.place)

    def strike(self, grows: bool = True, name: str | None = None) -> None:
        if self.kind == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if grows:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), name)

    def write(self, file: int, data: bytes) -> int:
        if not stat.S_ISREG(os.fstat(file).st_mode) or not self.next():
            return self.written(file, data)
        # A disk that fills up takes the first half, and says no only to the next write.
        half = self.written(file, data[: len(data) // 2]) if self.seen == int(self.place) else 0
        if half and self.kind == "full":
            return half
        return self.strike()

    def fsync(self, file: int) -> None:
        if self.next():
            self.strike()
        self.synced(file)

    def watch(self) -> None:
        self.written, self.synced = os.write, os.fsync
        os.write, os.fsync = self.write, self.fsync
        sys.addaudithook(self.audit)
        if self.kind == "count":
            atexit.register(lambda: Path(self.place).write_text(str(self.seen)))


def jump(seed: int) -> None:
    """Let every look at the clock show another time within thirty years of now."""
    draw, now = random.Random(seed), time.time

    class Jumping(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return cls.fromtimestamp(time.time(), tz)

    time.time = lambda: now() + draw.uniform(-1e9, 1e9)
    datetime.datetime = Jumping


if os.environ.get("FAULT") and int(os.environ["FAULT_OF"]) == os.getppid():
    _kind, _place, _folder = os.environ["FAULT"].split(" ", 2)
    if _kind == "jump":
        jump(int(_place))
    else:
        Fault(_kind, _place, _folder).watch()
