"""The calculator of sizes: bytes of weights and cache, the speed that memory allows, and what a mixture is worth."""

import json
from math import inf, sqrt
from types import SimpleNamespace

import gguf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explainers.analysis.provenance import list_weights
from explainers.analysis.skills import WINDOW
from explainers.live.sizes.memory import CACHES, Architecture, estimate_memory, sqrt_rule
from explainers.live.sizes.tool import TOOL, architecture, format_bytes
from explainers.schema import Estimate, Finding, Outcome, Source
from explainers.site.live_data import sizes
from tests.helpers.live_files import KNOWN, guide_of, recorded, told_by_runs

unhurried = settings(deadline=None)
MODELS = st.builds(
    lambda total, share, cached: Architecture(total, total * share, total * share, cached),
    st.floats(1e6, 1e12), st.floats(0.01, 1), st.integers(1, 10**6),
)  # fmt: skip
BITS, CONTEXTS, KEPT = st.floats(1, 32), st.integers(1, 10**6), st.sampled_from(sorted(CACHES))


@pytest.fixture(scope="module")
def guide(tmp_path_factory):
    return guide_of(tmp_path_factory.mktemp("sizes"), *map(recorded, KNOWN))


@pytest.fixture(scope="module")
def files(guide):
    return sizes.files(guide.measured.rows, guide.verdicts[sizes.CLAIM])


def shown(files, **filled):
    return TOOL.run(TOOL.read(filled, files), files)


def key(files, slug):
    return recorded(slug)["sha256"][:12]


@unhurried
@given(model=MODELS, bits=BITS, context=CONTEXTS, cache=KEPT, times=st.integers(1, 100))
def test_the_cache_grows_in_proportion_to_the_context_and_the_weights_not_at_all(model, bits, context, cache, times):
    one, more = estimate_memory(model, bits, context, cache), estimate_memory(model, bits, times * context, cache)
    assert more.cache == pytest.approx(times * one.cache)
    assert more.weights == one.weights


@unhurried
@given(model=MODELS, bits=BITS, context=CONTEXTS, cache=KEPT)
def test_what_is_read_for_a_token_is_never_more_than_what_is_resident(model, bits, context, cache):
    one = estimate_memory(model, bits, context, cache)
    assert one.moved <= one.resident * (1 + 1e-12)
    assert one.max_tokens_per_second(2e9) == pytest.approx(2 * one.max_tokens_per_second(1e9))


@unhurried
@given(model=MODELS)
def test_the_rule_lies_between_active_and_total_and_is_the_total_of_a_dense_model(model):
    assert model.active * (1 - 1e-12) <= sqrt_rule(model) <= model.total * (1 + 1e-12)
    assert sqrt_rule(Architecture(7e9, 7e9, 7e9, 1)) == 7e9


@pytest.mark.parametrize("slug", KNOWN)
def test_file_and_memory_of_a_measured_model_are_within_a_few_percent_of_what_was_recorded(slug, guide, files):
    model, told = recorded(slug), json.loads(files["sizes.json"])["models"][key(files, slug)]
    facts = Architecture(*(told[name] for name in ("total", "active", "read", "cached")))
    one = estimate_memory(facts, told["bits"], WINDOW, "F16")
    (row,) = (row for row in list_weights(guide.measured.cells) if row["sha256"] == model["sha256"])
    assert one.weights == pytest.approx(model["bytes"], rel=0.03)
    assert one.resident == pytest.approx(row["resident_bytes"], rel=0.03)
    assert estimate_memory(facts, told["bits"], 0, "F16").moved == pytest.approx(model["bytes_per_token"])


def test_a_model_typed_in_as_it_is_gives_the_numbers_of_the_one_that_is_known(files):
    """SmolLM2-135M has 30 layers of 3 key-value heads, 64 wide."""
    total = recorded("smollm2-135m")["parameters"] / 1e9
    typed = {"model": "typed", "total": total, "active": total, "layers": 30, "heads": 3, "width": 64}
    for cache in CACHES:
        known = shown(files, model=key(files, "smollm2-135m"), weights="Q8_0", cache=cache)
        own = shown(files, weights="Q8_0", cache=cache, **typed)
        assert (own.figures, own.rows, own.pictures) == (known.figures, known.rows, known.pictures)


def test_bits_are_those_of_the_published_blocks():
    for name, bits in sizes.bits().items():
        block, many = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[name]]
        assert bits == 8 * many / block


def test_a_number_in_the_cache_takes_what_its_type_says():
    for name, many in CACHES.items():
        block, taken_by_block = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[name]]
        assert many == taken_by_block / block


def test_the_sentence_and_the_chosen_row_say_what_the_formulas_give(files):
    found = shown(
        files, total=30.5, active=3.3, layers=48, heads=4, width=128, weights="Q4_K", context=8192, bandwidth=50
    )
    kept = 2 * 48 * 4 * 128 * 2 * 8192
    resident, moved = 30.5e9 * 4.5 / 8 + kept, 3.3e9 * 4.5 / 8 + kept
    assert f"{resident / 1e9:.1f} GB in memory with a cache of 8,192 tokens" in found.said
    assert f"at most {50e9 / moved:.1f} tokens per second" in found.said
    (row,) = (row for row in found.rows if row[0] == "Q4_K (chosen)")
    assert row[3:] == (f"{resident / 1e9:.1f} GB", f"{50e9 / moved:.1f}")
    assert ("Dense size by the square-root rule", f"{sqrt(30.5 * 3.3):.1f}B") in found.figures


def test_a_measured_model_can_be_taken_as_its_file_is(files):
    model = recorded("gemma-3-270m")
    found = shown(files, model=key(files, "gemma-3-270m"), weights="recorded")
    assert found.said.startswith(f"{model['name']} of ")
    assert found.rows[0][:3] == (
        "its file (chosen)",
        f"{model['bits_per_weight']:.5g}",
        format_bytes(model["bytes_per_token"]),
    )


def finding(name, value, low, high, label=""):
    known = Estimate(value, low, high, 100, 10, "t over 3 seeds")
    return Finding(Source("rig", "twin", name, ""), known, Outcome.NOT_SETTLED, 10, label)


def test_what_twins_were_measured_to_be_worth_stands_beside_the_rule_with_its_interval():
    findings = (
        finding("Twin A", 1.268, 1.047, 1.537, "facts"),
        finding("Twin B", 0.811, -inf, inf),
        finding("Twin C", 2.0, 1.5, inf),
        finding("Twin D", 0.5, -inf, 0.75),
        Finding(Source("rig", "twin", "Twin E", ""), None, Outcome.NOT_SETTLED, 10),
    )
    files = sizes.files((), SimpleNamespace(findings=findings))
    assert [pair for pair in shown(files).figures if pair[0].startswith("Measured")] == [
        ("Measured on Twin A (facts)", "1.27 times the rule, 95% interval 1.05 to 1.54"),
        ("Measured on Twin B", "0.81 times the rule, not bounded"),
        ("Measured on Twin C", "2.00 times the rule, 95% interval 1.50 or more"),
        ("Measured on Twin D", "0.50 times the rule, 95% interval 0.75 or less"),
    ]


def test_twins_and_models_of_which_too_little_is_recorded_are_not_offered(tmp_path):
    known = recorded("smollm2-135m")
    less = {name: value for name, value in known.items() if name != "kv_bytes_per_token"} | {
        "slug": "a",
        "sha256": "a" * 64,
    }
    odd = known | {"slug": "b", "sha256": "b" * 64, "bits_per_weight": "many"}
    files = told_by_runs(tmp_path, less, odd)
    assert json.loads(files["sizes.json"])["models"] == {}
    (model, *_), told = TOOL.fields(files), TOOL.at_first(files)
    assert [value for value, _ in model.options] == ["typed"]
    assert told.said.startswith("A model of 30.5B parameters, 3.30B of them active")


@pytest.mark.parametrize(
    ("filled", "complaint"),
    [
        ({"total": "3", "active": "4"}, "Active parameters: give at most as many as in total, 3 billion"),
        ({"weights": "recorded"}, "Weights: a model that is typed in has no file"),
        ({"context": "0"}, "Context: give a whole number"),
        ({"layers": "2.5"}, "Layers: give a whole number"),
        ({"bandwidth": "fast"}, "Memory bandwidth: give a number"),
        ({"model": "<b>"}, "Model: no such choice"),
    ],
)
def test_a_wrong_value_is_named_with_its_field(filled, complaint, files):
    with pytest.raises(ValueError, match=complaint):
        shown(files, **filled)


def test_a_typed_in_architecture_caches_a_key_and_a_value_for_every_head_and_layer():
    values = {"model": "typed", "total": 1, "active": 0.5, "layers": 3, "heads": 5, "width": 7}
    assert architecture(values, {}) == Architecture(1e9, 5e8, 5e8, 2 * 3 * 5 * 7)


@pytest.mark.parametrize(
    ("many", "said"),
    [(999.6e6, "1.00 GB"), (15.2e3, "15.2 kB"), (805.3e6, "805 MB"), (1.8e10, "18.0 GB"), (0, "0.00 kB")],
)
def test_bytes_are_written_to_three_digits_in_the_unit_that_fits(many, said):
    assert format_bytes(many) == said
