"""`incompressible twins ...` as its users meet it. What needs torch is tried in tests/runners/test_twins_torch.py."""

import importlib.util
import json

import pytest

from tests.helpers.command import HOUSE
from tests.helpers.spoken import said

WITHOUT_TORCH = pytest.mark.skipif(importlib.util.find_spec("torch") is not None, reason="torch is installed here")


@pytest.fixture(autouse=True)
def in_the_project(monkeypatch):
    monkeypatch.setenv("INCOMPRESSIBLE_HOME", str(HOUSE))


@pytest.mark.parametrize("verb", ["", "list", "corpus", "train", "export", "verify"])
def test_every_verb_explains_itself(verb):
    found = said("twins", *verb.split(), "--help")
    assert found.exit_code == 0 and found.output.startswith("Usage:") and len(found.output) > 100


def test_the_list_names_every_twin_of_the_recipe_and_whether_it_is_here():
    rows = json.loads(said("twins", "list", "--json").stdout)
    assert {"twin", "weights", "tokens"} <= set(rows[0])
    assert next(row for row in rows if row["twin"] == "knowledge-f256-s1")["weights"].endswith("kB")


def test_the_corpus_is_shown_as_a_twin_reads_it():
    first, again = (said("twins", "corpus", "knowledge-f64-s1", "--documents", "5").stdout for _ in range(2))
    assert first == again and len(first.splitlines()) == 5
    assert first != said("twins", "corpus", "knowledge-f64-s2", "--documents", "5").stdout


@pytest.mark.parametrize("verb", ["corpus", "train", "export", "verify"])
def test_an_unknown_twin_is_a_mistake_in_usage_and_the_known_ones_are_named(verb):
    found = said("twins", verb, "knowledge-f7-s1")
    assert found.exit_code == 2 and "knowledge-f128-s1" in found.stderr and "Traceback" not in found.stderr


@WITHOUT_TORCH
@pytest.mark.parametrize("verb", ["train", "export", "verify"])
def test_without_torch_the_cure_is_named(verb):
    found = said("twins", verb, "knowledge-f64-s1")
    assert found.exit_code == 3 and "pip install 'incompressible[twins]'" in found.stderr
