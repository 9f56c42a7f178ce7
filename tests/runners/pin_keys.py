"""Write keys.json: from kept replies, everything that went into a key, one cell for each kind there is.

    python tests/runners/pin_keys.py

A kind is an experiment and its version, the shape of a request, an arm and a load. What is pinned already stays as it
is, so that the file remembers experiments, versions and loads of which the code knows nothing any more.
"""

from __future__ import annotations

import json
from pathlib import Path

from runners.experiments import find
from runners.schema import Cell, request_to_json
from runners.schema.digests import plain
from runners.storage import journal

HOME = Path(__file__).parents[2]
PINNED = Path(__file__).parent / "keys.json"


def kind(pin):
    """What of a cell is pinned once: the rest differs in its text alone."""
    shape = {name: value not in ("", 0, None, [], ()) for name, value in pin["request"].items() if name != "kind"}
    engine = {name: value for name, value in pin["engine"].items() if name != "build"}
    return json.dumps([pin["experiment"], pin["version"], pin["request"]["kind"], shape, pin["arm"], engine],
                      sort_keys=True)  # fmt: skip


def pins():
    """Every kept reply whose request today's code still makes, as what its key covers. Shortest first: long texts and
    grammars would only make the file large."""
    experiments = find()
    for where in sorted((HOME / "data" / "runs").glob("*/*")):
        experiment = experiments[where.name]
        items = {item.id: item for item in experiment.items}
        for entry in journal.entries(where):
            if entry.run["version"] == experiment.version and entry.item in items:
                yield from pin(experiment, items[entry.item], entry)


def pin(experiment, item, entry):
    """One pin, unless today's question is another than the one that was kept."""
    arm, run = dict(entry.arm), entry.run
    request = experiment.ask(item, arm)
    cell = Cell(
        experiment.slug, experiment.version, run["model"]["sha256"], run["engine"], arm, item, request, entry.seed
    )
    if cell.key == entry.key:
        yield {
            "key": entry.key, "experiment": cell.experiment, "version": cell.version, "model": cell.model,
            "engine": dict(cell.engine), "arm": arm, "item": plain(item), "request": request_to_json(request),
            "seed": cell.seed,
        }  # fmt: skip


def main():
    """Add a pin for every kind that has none."""
    known = json.loads(PINNED.read_text()) if PINNED.exists() else []
    shortest = {}
    for one in pins():
        size = len(json.dumps(one))
        if kind(one) not in shortest or size < shortest[kind(one)][0]:
            shortest[kind(one)] = size, one
    pinned = {kind(one) for one in known}
    known += [one for name, (_, one) in sorted(shortest.items()) if name not in pinned]
    PINNED.write_text("[\n" + ",\n".join(json.dumps(one, sort_keys=True) for one in known) + "\n]\n")


if __name__ == "__main__":
    main()
