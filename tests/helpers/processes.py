"""What runs below a process."""

from contextlib import suppress

import psutil


def below(process, word):
    """All processes that it started, they or their children, whose command line holds a word."""
    found = []
    for child in psutil.Process(process).children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # it may have ended since, and a zombie has no command line to read
            if any(word in part for part in child.cmdline()):
                found.append(child)
    return found
