"""The router sandbox: a token on a plane of experts, noise on the router, and what the wrong experts cost. A toy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import fsum, sqrt
from typing import Any

from ...text.formatting import listed
from ..form import Files, FormField, NumberField, Result, Tool
from .plot import draw_planes
from .toy_moe import Point, RoutedToken, ToyMoE, ToyRoute, make_toy_moe, output_distance, output_length

SIDE = 11
HEAD = ("Expert", "Score before", "Weight before", "Score after", "Weight after")
_AT = [round(-1 + 2 * place / (SIDE - 1), 3) for place in range(SIDE)]
TOKENS: tuple[Point, ...] = tuple((x, y) for y in _AT for x in _AT)
"""The tokens of the sample: a grid over the plane."""


def fields(files: Files) -> Sequence[FormField]:
    """The fields of the form: the token, the router and its noise."""
    return (
        NumberField("x", "Token, across", 0.3, low=-1, high=1, step=0.05, slides=True),
        NumberField("y", "Token, up", 0.1, low=-1, high=1, step=0.05, slides=True),
        NumberField("experts", "Experts", 8, low=4, high=16, step=1, slides=True, whole=True),
        NumberField("used", "Experts per token", 2, low=1, high=16, step=1, slides=True, whole=True),
        NumberField("noise", "Noise on the router's weights", 10,
                    "Root mean square of the noise over that of the weights.",
                    low=0, high=100, step=1, unit="%", slides=True),
        NumberField("seed", "Seed of the noise", 1, "Another seed draws other noise.", low=0, high=9999, whole=True),
    )  # fmt: skip


def run(values: Mapping[str, Any], files: Files) -> Result:
    """Route the token and the sample by both routers. Raises `ValueError` where a token uses too many experts."""
    if values["used"] > values["experts"]:
        raise ValueError(f"Experts per token: there are {values['experts']}, so give a whole number up to that")
    moe = make_toy_moe(values["experts"], values["used"])
    noisy = moe.with_noise(values["noise"] / 100, values["seed"])
    one = route_both(moe, noisy, (values["x"], values["y"]))
    sample = [route_both(moe, noisy, token) for token in TOKENS]
    return Result(
        said=_summarize(one, sample, values["noise"]),
        figures=_figures(moe, sample),
        head=HEAD,
        rows=_rows(moe, noisy, one),
        pictures=(draw_planes(one, sample, values["experts"]),),
    )


def route_both(moe: ToyMoE, noisy: ToyMoE, token: Point) -> RoutedToken:
    """Route a token by the router as it is and by the one with noise."""
    return RoutedToken(token, moe.route(token), noisy.route(token))


def cost(sample: Sequence[RoutedToken]) -> float:
    """How far off the MoE's output is: root mean square of the difference over that of the output."""
    wrong = sum(output_distance(token.before, token.after) ** 2 for token in sample)
    right = sum(output_length(token.before) ** 2 for token in sample)
    return sqrt(wrong / right) if right else 0.0


def _summarize(one: RoutedToken, sample: Sequence[RoutedToken], noise: float) -> str:
    x, y = one.token
    where = f"In this toy the token at ({x:g}, {y:g}) goes to {_experts_text(one.before)}"
    changed = f"to {_experts_text(one.after)} and is misrouted" if one.misrouted else "still to the same"
    many = sum(routed.misrouted for routed in sample)
    return (
        f"{where}; with {noise:g}% noise on the router {changed}, which puts the MoE's output off by "
        f"{_percent(cost([one]))}. Of {len(sample)} tokens all over the plane {many} are misrouted."
    )


def _experts_text(route: ToyRoute) -> str:
    return (
        f"expert{'s' if len(route.experts) > 1 else ''} {listed(sorted(expert + 1 for expert in route.experts), 'and')}"
    )


def _figures(moe: ToyMoE, sample: Sequence[RoutedToken]) -> tuple[tuple[str, str], ...]:
    moved = [one for one in sample if one.misrouted]
    others = [one for one in sample if not one.misrouted]
    return (
        ("Tokens misrouted", f"{len(moved)} of {len(sample)}, {_percent(len(moved) / len(sample))}"),
        ("Output off, all tokens", _percent(cost(sample))),
        ("Misrouted tokens", _describe(moe, moved)),
        ("The others", _describe(moe, others)),
    )


def _describe(moe: ToyMoE, sample: Sequence[RoutedToken]) -> str:
    """What sets some tokens apart: how far off the output is, and by how little the router had decided."""
    if not sample:
        return "none"
    found = f"output off by {_percent(cost(sample))}"
    if moe.used == len(moe.router):
        return f"{found}; no expert is left out"
    lead = fsum(moe.lead(one.token) for one in sample) / len(sample)
    return f"{found}; the last expert chosen led the best left out by {lead:.2f} on average"


def _rows(moe: ToyMoE, noisy: ToyMoE, one: RoutedToken) -> tuple[tuple[str, ...], ...]:
    scores = zip(moe.scores(one.token), noisy.scores(one.token), strict=True)
    return tuple(
        (str(expert + 1), f"{was:z.2f}", _weight(one.before, expert), f"{now:z.2f}", _weight(one.after, expert))
        for expert, (was, now) in enumerate(scores)
    )


def _weight(route: ToyRoute, expert: int) -> str:
    weights = dict(zip(route.experts, route.weights, strict=True))
    return f"{weights[expert]:.2f}" if expert in weights else "not used"


def _percent(value: float) -> str:
    return f"{100 * value:.1f}%"


TOOL = Tool("routing", "Send a token to the wrong expert", fields, run, nav="Send a token astray")
