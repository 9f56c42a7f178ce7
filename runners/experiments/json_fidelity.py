"""JSON fidelity: how often does a reply keep its schema, as nesting grows and decoding is constrained or free?

Varies    nesting depth; how the reply is constrained: free (a worked example, no schema), asked (example and schema),
          grammar (as asked, and the schema constrains the decoder), two-pass (plain words first, then JSON under the
          grammar).
Holds     records, seed, worked example, chat template, greedy sampling.
Does not show   whether the values are right: read `fields_right` beside `schema_valid`.
"""

from __future__ import annotations

import json
from math import nan
from typing import Any

from ..items.nested_records import records
from ..schema import Arm, Experiment, Generate, Item, Kind, Later, Metric, Reply
from ..scoring.json_contract import close_brackets, examine, fields_right, parse

LATE = 200
"""The token from which a violation counts as late: the position that the claim names."""

REPLY_TOKENS = 512
"""Room for a reply. The longest record takes about 270 tokens on one line, 430 when printed over many."""

EXAMPLE = """Write a record as one JSON object. An example:

Record:
title: Rinko
price: 12
fresh: true
grade: second
tags: dusty, grand
baker:
  name: Salito
  ovens: 3
  open: false
  day: monday
  tags: amber, hazel
JSON:
{"title": "Rinko", "price": 12, "fresh": true, "grade": "second", "tags": ["dusty", "grand"], \
"baker": {"name": "Salito", "ovens": 3, "open": false, "day": "monday", "tags": ["amber", "hazel"]}}

Now the same for the next record"""
"""Shown in every arm: what is tested is keeping a contract, not guessing which form is meant."""


def ask(item: Item, arm: Arm) -> Generate:
    """The one prompt of a cell. Nothing runs here."""
    schema: dict[str, Any] = item.target["schema"]
    record = f"\n\nRecord:\n{item.prompt}\nJSON:"
    if arm["held"] == "free":
        return Generate(f"{EXAMPLE}.{record}", max_tokens=REPLY_TOKENS)
    contract = f", valid against this JSON Schema. Reply with the JSON only.\n{_short(schema)}"
    if arm["held"] == "two-pass":
        return Generate(
            "Read this record. Say in plain words which parts it has, how they lie inside each other, and what each "
            f"field holds. Do not write JSON yet.\n\nRecord:\n{item.prompt}",
            max_tokens=REPLY_TOKENS // 2,
            then=Generate(f"{EXAMPLE}{contract}{record}", schema=schema, max_tokens=REPLY_TOKENS),
        )
    held = schema if arm["held"] == "grammar" else None
    return Generate(f"{EXAMPLE}{contract}{record}", schema=held, max_tokens=REPLY_TOKENS)


def score(item: Item, arm: Arm, reply: Reply) -> dict[str, float]:
    """Judge a stored reply. Pure, so a stricter rule never costs a rerun and the browser can repeat it."""
    schema: dict[str, Any] = item.target["schema"]
    found = examine(reply.tokens, schema, cut=reply.stop == "length")
    early = found.broken_at is not None and found.broken_at < LATE
    return {
        "schema_valid": float(found.complete),
        "bare_valid": float(found.complete and found.bare),
        "closed_valid": float(found.complete or examine((close_brackets(reply.text),), schema).complete),
        "fields_right": fields_right(parse(reply.text), item.target["values"]),
        "broken_at": nan if found.broken_at is None else float(found.broken_at),
        "at_risk": float(found.read),
        "early_breaks": float(early),
        "early_tokens": float(min(found.read, LATE)),
        "late_breaks": float(found.broken_at is not None and not early),
        "late_tokens": float(max(found.read - LATE, 0)),
        # A grammar that failed to compile must never pass for one that held.
        "constraint_active": float(reply.constrained == (arm["held"] in ("grammar", "two-pass"))),
        "tokens_per_second": len(reply.tokens) / reply.seconds if reply.seconds else nan,
    }


def _short(schema: dict[str, Any]) -> str:
    return json.dumps(schema, separators=(",", ":"))


EXPERIMENT = Experiment(
    slug="json-fidelity",
    version=1,  # raise when items, prompt or template change; a new score needs no raise
    question="Where does structured output break, and does constrained decoding mend it?",
    items=Later(lambda: records(depths=(1, 2, 3, 4, 5, 6), per_depth=40, seed=11)),
    varies={"held": ("free", "asked", "grammar", "two-pass")},
    ask=ask,
    score=score,
    metrics=(
        Metric("schema_valid", Kind.SHARE, "share of replies", label="valid, whatever stands around it"),
        Metric("bare_valid", Kind.SHARE, "share of replies", label="valid, and nothing but the JSON"),
        Metric("closed_valid", Kind.SHARE, "share of replies", label="valid once its open brackets are closed"),
        Metric("fields_right", Kind.SHARE, "share of fields"),
        Metric("broken_at", Kind.POSITION, "token position of the first violation"),
        Metric("at_risk", Kind.COUNT, "tokens read before a violation or the end"),
        Metric("early_breaks", Kind.COUNT, f"violations before token {LATE}", better="lower"),
        Metric("early_tokens", Kind.COUNT, f"tokens at risk before token {LATE}"),
        Metric("late_breaks", Kind.COUNT, f"violations from token {LATE}", better="lower"),
        Metric("late_tokens", Kind.COUNT, f"tokens at risk from token {LATE}"),
        Metric("constraint_active", Kind.SHARE, "share of replies constrained as meant"),
        Metric("tokens_per_second", Kind.RATE, "tokens/s"),
    ),
    strata=("depth",),
    quick=2,
    context=3072,
    labels={
        "held": {
            "free": "free: no schema shown",
            "asked": "asked: schema in the prompt",
            "grammar": "grammar: decoder held to it",
            "two-pass": "two-pass: reason, then grammar",
        },
    },
    tags={"domain": "field"},
)
