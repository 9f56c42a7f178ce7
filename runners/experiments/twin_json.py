"""Twin JSON: how large must a twin be to write out a form of depth 1, 2 or 3 as JSON?

Varies    nesting depth.
Holds     forms, tokenizer, training tokens; seeds differ in start and in the order of documents; greedy decoding.
Does not show   a contract that was only described: the twins were trained on these forms and see no schema. It shows
          how much of writing nested structure, and of copying into it, hangs on size and sparsity.
"""

from __future__ import annotations

from ..items.twin_forms import forms
from ..schema import Arm, Experiment, Generate, Item, Kind, Later, Metric, Reply
from ..scoring.json_contract import examine, fields_right, parse

REPLY_TOKENS = 120
"""The longest answer takes 84 tokens."""


def ask(item: Item, arm: Arm) -> Generate:
    """The outline as the corpus has it; a twin that has learned its forms goes on with the JSON and ends."""
    return Generate(item.prompt, chat=False, max_tokens=REPLY_TOKENS)


def score(item: Item, arm: Arm, reply: Reply) -> dict[str, float]:
    """Judge a stored reply: the structure, the fields, and both at once."""
    found = examine(reply.tokens, item.target["schema"], cut=reply.stop == "length")
    right = fields_right(parse(reply.text), item.target["values"])
    return {
        "schema_valid": float(found.complete),
        "fields_right": right,
        "exact": float(found.complete and right == 1.0),
    }


EXPERIMENT = Experiment(
    slug="twin-json",
    version=1,
    question="Does nested structure need parameters, when dense and sparse models read the same forms?",
    items=Later(lambda: forms(per_depth=60, seed=5)),
    varies={"form": ("outline",)},
    ask=ask,
    score=score,
    metrics=(
        Metric("schema_valid", Kind.SHARE, "share of forms"),
        Metric("fields_right", Kind.SHARE, "share of fields"),
        Metric("exact", Kind.SHARE, "share of forms, all right"),
    ),
    strata=("depth",),
    quick=12,
    context=256,
    ladder="json",
    tags={"domain": "field"},
)
