"""No rename orphans a reply: keys of kept replies are worked out again from what went into them.

`keys.json` was written once from committed journals (`pin_keys.py`). Nothing here asks an experiment what it would ask
today: only names of classes, of fields and of arms, and how they are hashed, are held.
"""

import json
from dataclasses import fields
from pathlib import Path

import pytest

from runners.engine.protocol import Load
from runners.experiments import find
from runners.schema import KINDS, Cell, Item, canonical, request_from_json, request_to_json
from runners.storage import journal

PINS = json.loads((Path(__file__).parent / "keys.json").read_text())
RUNS = Path(__file__).parents[2] / "data" / "runs"


def cell(pin):
    given = {name: pin[name] for name in ("experiment", "version", "model", "engine", "arm", "seed")}
    return Cell(**given, item=Item(**pin["item"]), request=request_from_json(pin["request"]))


@pytest.mark.parametrize("pin", PINS, ids=[f"{pin['experiment']}-{pin['key'][:8]}" for pin in PINS])
def test_the_key_of_a_kept_reply_is_worked_out_again_from_what_went_into_it(pin):
    assert cell(pin).key == pin["key"]


def test_every_pinned_reply_is_still_kept_under_its_key():
    kept = {key for where in RUNS.glob("*/*") for key in journal.finished(where)}
    assert {pin["key"] for pin in PINS} <= kept


def test_every_pinned_request_survives_the_way_through_json():
    for pin in PINS:
        assert canonical(request_to_json(request_from_json(pin["request"]))) == canonical(pin["request"])


def test_every_setting_of_a_pinned_load_is_still_a_field_of_loads_and_in_its_identity():
    names = {field.name for field in fields(Load)}
    for pin in PINS:
        engine = {name: value for name, value in pin["engine"].items() if name not in ("build", "backend")}
        assert set(engine) <= names
        assert Load("somewhere.gguf", **engine).identity() == engine


def test_every_arm_and_load_of_a_pinned_experiment_and_every_kind_of_request_is_pinned():
    pinned = {(pin["experiment"], canonical(pin["arm"])) for pin in PINS}
    slugs = {slug for slug, _ in pinned} & set(find())
    missing = {(slug, canonical(arm)) for slug in slugs for arm in find()[slug].arms()} - pinned
    assert not missing, "arms are new: once their replies are kept, add them with tests/runners/pin_keys.py"
    assert {pin["request"]["kind"] for pin in PINS} == set(KINDS)
