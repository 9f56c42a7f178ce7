"""The committed twins in llama.cpp, against a forward pass of our own in numpy."""

import itertools

import numpy as np
import pytest

from runners.engine.context import BatchRow, Context
from runners.engine.llama_engine import LlamaEngine
from runners.engine.probes.router_hook import RouterHook
from runners.engine.protocol import Load
from runners.experiments import twin_json, twin_knowledge, twin_skills
from runners.models.catalog import read_catalog
from runners.models.resolve import resolve
from runners.twins import recipe, store
from runners.twins.corpus import documents, tokenizer
from tests.helpers.forward import Forward
from tests.helpers.twin_files import DENSE, HOUSE, SPARSE, exact, window

pytestmark = pytest.mark.engine

TWINS = {slug: entry for slug, entry in read_catalog(HOUSE).items() if entry.twin}


@pytest.fixture(autouse=True)
def quiet_machine(monkeypatch):
    monkeypatch.setenv("GOMP_SPINCOUNT", "1000")


def loaded(path, routing=None):
    return Context(Load(str(path), context=256, width=1, gpu_layers=0, cache_type="f32"), routing)


def logits(context, tokens):
    context.keep(0, 0)
    return np.array(context.decode([BatchRow(token, place, 0, True) for place, token in enumerate(tokens)]))


@pytest.mark.parametrize("slug", [DENSE, SPARSE, "json-f256-s1", "json-16x64-s2", "skills-8x32-s1"])
def test_a_committed_twin_computes_what_numpy_computes(slug, tmp_path):
    path, tokens = exact(slug, tmp_path), window(slug)
    context = loaded(path)

    assert np.abs(logits(context, tokens) - Forward.read(path)(tokens)).max() < 1e-3
    context.close()


def test_a_committed_moe_sends_every_token_to_the_experts_that_numpy_chooses(tmp_path):
    path, tokens, routing = exact(SPARSE, tmp_path), window(SPARSE), RouterHook()
    context, forward = loaded(path, routing), Forward.read(path)
    logits(context, tokens)
    forward(tokens)

    chosen = routing.take()
    assert set(chosen) == set(forward.chosen) and len({tuple(row) for row in chosen[0].chosen}) > 10
    assert all(np.array_equal(chosen[layer].chosen, forward.chosen[layer]) for layer in chosen)
    context.close()


@pytest.mark.parametrize(
    "spoilt", ["blk.1.ffn_up_exps.weight", "blk.0.attn_q_norm.weight", "blk.0.ffn_gate_inp.weight"]
)
def test_the_comparison_sees_a_single_weight_that_is_wrong(spoilt, tmp_path):
    path, tokens = exact(SPARSE, tmp_path), window(SPARSE)
    context, forward = loaded(path), Forward.read(path)
    forward(tokens)
    used = forward.chosen[1][0][0] if "exps" in spoilt else 0
    forward.weights[spoilt][used] += 0.5

    assert np.abs(logits(context, tokens) - forward(tokens)).max() > 1e-2
    context.close()


@pytest.mark.parametrize("slug", TWINS)
def test_every_committed_twin_is_the_file_that_the_catalogue_names(slug):
    assert resolve(slug, home=HOUSE, fetch=False).path == store.weights_of(HOUSE, recipe.find(HOUSE, slug))


def test_the_catalogue_is_written_from_what_lies_on_the_shelf(tmp_path):
    before = (HOUSE / "data" / "twins" / "models.toml").read_text()
    copy = tmp_path / "data" / "twins"
    copy.mkdir(parents=True)
    (copy / "models.toml").write_text(before)
    for name in ("recipe.toml", *{TWINS[slug].twin["ladder"] for slug in TWINS}):
        (copy / name).symlink_to(HOUSE / "data" / "twins" / name)

    assert store.write_catalogue(tmp_path).read_text() == before
    whole = {TWINS[slug].twin["ladder"] for slug in TWINS}
    rungs = recipe.rungs(HOUSE)
    wanted = {slug for slug, rung in rungs.items() if rung.ladder in whole and not rung.teacher}
    assert wanted <= set(TWINS) <= set(rungs), "a twin of a ladder is missing, or one is not of the recipe"


LEARNED = {
    "knowledge": (twin_knowledge.EXPERIMENT, {"form": "card"}, {"tier": 1}, "known_bits", 0.3),
    "json": (twin_json.EXPERIMENT, {}, {"depth": 1}, "exact", 0.9),
    "skills": (twin_skills.EXPERIMENT, {}, {"skill": "walk", "size": 4}, "correct", 0.6),
}
"""Ladder -> the experiment on it, an arm, its easiest questions, and what every twin reaches on them."""


@pytest.mark.parametrize("slug", TWINS)
def test_every_committed_twin_loads_and_has_learned_the_easiest_part(slug):
    experiment, arm, easy, metric, least = LEARNED[TWINS[slug].twin["ladder"]]
    items = [item for item in experiment.items if easy.items() <= item.tags.items()][:20]
    path = store.weights_of(HOUSE, recipe.find(HOUSE, slug))
    engine = LlamaEngine(Load(str(path), context=experiment.context, gpu_layers=0))
    replies = dict(engine.answer([experiment.ask(item, arm) for item in items]))
    engine.close()

    assert np.mean([experiment.score(item, arm, replies[at])[metric] for at, item in enumerate(items)]) > least


@pytest.mark.parametrize("slug", [DENSE, "json-f256-s1", "skills-f32-s1"])
def test_llama_cpp_cuts_the_corpus_into_the_tokens_that_the_twins_were_trained_on(slug):
    rung = recipe.find(HOUSE, slug)
    context, reader = loaded(store.weights_of(HOUSE, rung)), tokenizer(rung.mix)
    for document in itertools.islice(documents(rung.mix, 5), 200):
        assert context.tokenize(document.text, special=False) == [0, *reader.encode(document.text)]
    context.close()
