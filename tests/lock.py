"""The versions that a guide is built with, as lines for requirements.lock.

python -m tests.lock    what `.[engine,site]` needs, all the way down, in the versions of the Python that runs this
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import Distribution, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

EXTRAS = {"engine", "site"}


def pinned(name: str = "incompressible", extras: Iterable[str] = EXTRAS) -> dict[str, str]:
    """Normal name -> version of everything that a package with these extras needs here, itself left out."""
    found: dict[str, str] = {}
    waiting, seen = [(name, frozenset(extras))], set()
    while waiting:
        here = waiting.pop()
        if here not in seen:
            seen.add(here)
            package = distribution(here[0])
            found[canonicalize_name(here[0])] = package.version
            waiting += [(one.name, frozenset(one.extras)) for one in _needed(package, here[1])]
    found.pop(canonicalize_name(name))
    return found


def _needed(package: Distribution, extras: frozenset[str]) -> Iterable[Requirement]:
    """What a package needs on this machine under some of its extras."""
    for line in package.requires or ():
        wanted = Requirement(line)
        if wanted.marker is None or any(wanted.marker.evaluate({"extra": extra}) for extra in extras | {""}):
            yield wanted


if __name__ == "__main__":
    print("# What the published build is made of. `make guide LOCKED=1` installs it; `make lock` writes it anew.")
    print("\n".join(f"{name}=={version}" for name, version in sorted(pinned().items())))
