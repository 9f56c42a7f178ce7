"""The router sandbox: a token on a plane of experts, noise on the router, and what the wrong experts cost. A toy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import fsum, sqrt
from typing import Any

from ...text.formatting import listed
from ..form import Field, Files, Number, Result, Tool
from .plot import picture
from .toy_moe import Mixture, Point, Route, Routed, mixture, off, size

SIDE = 11
HEAD = ("Expert", "Score before", "Weight before", "Score after", "Weight after")
_AT = [round(-1 + 2 * place / (SIDE - 1), 3) for place in range(SIDE)]
TOKENS: tuple[Point, ...] = tuple((x, y) for y in _AT for x in _AT)
"""The tokens of the sample: a grid over the plane."""


def fields(files: Files) -> Sequence[Field]:
    """The token, the gate and its noise."""
    return (
        Number("x", "Token, across", 0.3, low=-1, high=1, step=0.05, slides=True),
        Number("y", "Token, up", 0.1, low=-1, high=1, step=0.05, slides=True),
        Number("experts", "Experts", 8, low=4, high=16, step=1, slides=True, whole=True),
        Number("used", "Experts a token uses", 2, low=1, high=16, step=1, slides=True, whole=True),
        Number("noise", "Noise on the gate's weights", 10, "Root mean square of the noise over that of the weights.",
               low=0, high=100, step=1, unit="%", slides=True),
        Number("seed", "Seed of the noise", 1, "Another seed draws other noise.", low=0, high=9999, whole=True),
    )  # fmt: skip


def run(values: Mapping[str, Any], files: Files) -> Result:
    """Route the token and the sample under both gates. Raises `ValueError` where a token uses more experts than are."""
    if values["used"] > values["experts"]:
        raise ValueError(f"Experts a token uses: there are {values['experts']}, so give a whole number up to that")
    gate = mixture(values["experts"], values["used"])
    shaken = gate.shaken(values["noise"] / 100, values["seed"])
    one = routed(gate, shaken, (values["x"], values["y"]))
    sample = [routed(gate, shaken, token) for token in TOKENS]
    return Result(
        said=_said(one, sample, values["noise"]),
        figures=_figures(gate, sample),
        head=HEAD,
        rows=_rows(gate, shaken, one),
        pictures=(picture(one, sample, values["experts"]),),
    )


def routed(gate: Mixture, shaken: Mixture, token: Point) -> Routed:
    """A token under both gates."""
    return Routed(token, gate.route(token), shaken.route(token))


def cost(sample: Sequence[Routed]) -> float:
    """How far off the mixture's output is: root mean square of the difference over that of the output."""
    wrong = sum(off(one.before, one.after) ** 2 for one in sample)
    right = sum(size(one.before) ** 2 for one in sample)
    return sqrt(wrong / right) if right else 0.0


def _said(one: Routed, sample: Sequence[Routed], noise: float) -> str:
    x, y = one.token
    where = f"In this toy the token at ({x:g}, {y:g}) goes to {_named(one.before)}"
    changed = f"to {_named(one.after)} and is misrouted" if one.misrouted else "still to the same"
    many = sum(routed.misrouted for routed in sample)
    return (
        f"{where}; with {noise:g}% noise on the gate {changed}, which puts the mixture's output off by "
        f"{_percent(cost([one]))}. Of {len(sample)} tokens all over the plane {many} are misrouted."
    )


def _named(route: Route) -> str:
    return f"expert{'s' if len(route.experts) > 1 else ''} {listed(sorted(one + 1 for one in route.experts), 'and')}"


def _figures(gate: Mixture, sample: Sequence[Routed]) -> tuple[tuple[str, str], ...]:
    moved = [one for one in sample if one.misrouted]
    kept = [one for one in sample if not one.misrouted]
    return (
        ("Tokens misrouted", f"{len(moved)} of {len(sample)}, {_percent(len(moved) / len(sample))}"),
        ("Output off, all tokens", _percent(cost(sample))),
        ("Misrouted tokens", _told(gate, moved)),
        ("The others", _told(gate, kept)),
    )


def _told(gate: Mixture, sample: Sequence[Routed]) -> str:
    """What sets some tokens apart: how far off the output is, and by how little the gate had decided."""
    if not sample:
        return "none"
    found = f"output off by {_percent(cost(sample))}"
    if gate.used == len(gate.gate):
        return f"{found}; no expert is left out"
    lead = fsum(gate.lead(one.token) for one in sample) / len(sample)
    return f"{found}; the last expert chosen led the best left out by {lead:.2f} on average"


def _rows(gate: Mixture, shaken: Mixture, one: Routed) -> tuple[tuple[str, ...], ...]:
    scores = zip(gate.scores(one.token), shaken.scores(one.token), strict=True)
    return tuple(
        (str(expert + 1), f"{was:z.2f}", _weight(one.before, expert), f"{now:z.2f}", _weight(one.after, expert))
        for expert, (was, now) in enumerate(scores)
    )


def _weight(route: Route, expert: int) -> str:
    weights = dict(zip(route.experts, route.weights, strict=True))
    return f"{weights[expert]:.2f}" if expert in weights else "not used"


def _percent(value: float) -> str:
    return f"{100 * value:.1f}%"


TOOL = Tool("routing", "Send a token to the wrong expert", fields, run, nav="Send a token astray")
