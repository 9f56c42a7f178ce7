"""Claims as declarations: a module here that exposes `CLAIMS` adds its claims to the guide."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from ..schema import Claim


def find() -> dict[str, Claim]:
    """Every claim by its slug. Raises `ValueError` when two declarations share one slug."""
    claims: dict[str, Claim] = {}
    for module in sorted(iter_modules(__path__), key=lambda module: module.name):
        for claim in getattr(import_module(f"{__name__}.{module.name}"), "CLAIMS", ()):
            if claims.setdefault(claim.slug, claim) is not claim:
                raise ValueError(f"two claims are called {claim.slug}")
    return claims
