"""Weights quantized by llama.cpp: every tensor the type that was asked for, and no other tensor touched."""

import pytest

from runners.engine.protocol import EngineError, Load
from runners.engine.quantize import GROUPS, parse_type, quantize_to
from runners.models.gguf import read_header
from runners.twins import recipe, store
from tests.helpers.twin_files import DENSE, HOUSE, SPARSE

pytestmark = pytest.mark.engine

IN = {
    "experts": {"ffn_gate_exps", "ffn_up_exps", "ffn_down_exps"},
    "attention": {"attn_q", "attn_k", "attn_v", "attn_output"},
    "feed-forward": {"ffn_gate", "ffn_up", "ffn_down"},
    "embeddings": {"token_embd"},
}


def source(slug):
    return store.weights_of(HOUSE, recipe.find(HOUSE, slug))


def types(path):
    """Name of a tensor without its block -> its type."""
    return {tensor.name.removesuffix(".weight").split(".")[-1]: tensor.type for tensor in read_header(path).tensors}


@pytest.mark.parametrize("slug", [DENSE, SPARSE])
@pytest.mark.parametrize("wanted", ["Q4_0", "Q8_0 experts", "Q5_0 attention", "Q4_1 embeddings attention"])
def test_the_groups_that_are_asked_for_get_the_type_and_no_other_tensor_does(slug, wanted, tmp_path):
    before, after = types(source(slug)), types(quantize_to(source(slug), wanted, tmp_path / "q.gguf"))
    kind, groups = parse_type(wanted)
    meant = set().union(*(IN[group] for group in groups)) & set(before)

    assert {name for name, found in after.items() if found == kind} == meant
    assert all(after[name] == before[name] for name in set(before) - meant)


def test_a_type_whose_blocks_do_not_fit_a_row_is_told_by_the_file(tmp_path):
    found = types(quantize_to(source(SPARSE), "Q4_K", tmp_path / "q.gguf"))

    assert "Q4_K" not in found.values() and {"Q5_0"} == {found[name] for name in IN["attention"]}


def test_what_was_made_is_not_made_again(tmp_path):
    first = quantize_to(source(DENSE), "Q8_0", tmp_path / "q.gguf")
    stamp = first.stat().st_mtime_ns

    assert quantize_to(source(DENSE), "Q8_0", first).stat().st_mtime_ns == stamp
    assert [path.name for path in tmp_path.glob("[!.]*.gguf*")] == ["q.gguf"]


@pytest.mark.parametrize("spoil", ["cut", "flipped", "swapped", "without its note"])
def test_what_is_not_as_it_was_made_is_made_again(tmp_path, spoil):
    quantize_to(source(DENSE), "Q8_0", tmp_path / "q.gguf")
    whole = (tmp_path / "q.gguf").read_bytes()
    other = quantize_to(source(SPARSE), "Q8_0", tmp_path / "other.gguf").read_bytes()
    spoilt = {"cut": whole[:-100], "flipped": whole[:-1] + bytes([whole[-1] ^ 1]), "swapped": other}.get(spoil, whole)
    (tmp_path / "q.gguf").write_bytes(spoilt)
    if spoil == "without its note":
        (tmp_path / ".q.gguf.sha256").unlink()
    (tmp_path / "q.gguf.77.part").write_bytes(b"what a kill left")

    assert quantize_to(source(DENSE), "Q8_0", tmp_path / "q.gguf").read_bytes() == whole
    assert sorted(path.name for path in tmp_path.glob("[!.]*.gguf*")) == ["other.gguf", "q.gguf"]


def test_a_disk_too_small_is_a_clear_error_and_leaves_nothing_half_written(small_disk):
    with pytest.raises((EngineError, OSError), match=r"small/q\.gguf|quantized"):
        quantize_to(source("json-16x64-s1"), "Q8_0", small_disk / "q.gguf")
    assert list(small_disk.glob("[!.]*")) == []


@pytest.mark.parametrize("wanted", ["Q4_9", "Q4_0 heads", ""])
def test_what_is_no_type_or_group_is_answered_with_those_there_are(wanted):
    with pytest.raises(ValueError, match=r"types .*Q4_0.*groups experts"):
        parse_type(wanted)


def test_weights_that_are_no_weights_are_named(tmp_path):
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF and then nothing")

    with pytest.raises(EngineError, match=r"broken\.gguf cannot be quantized to Q8_0"):
        quantize_to(broken, "Q8_0", tmp_path / "q.gguf")
    assert [path.name for path in tmp_path.glob("[!.]*")] == ["broken.gguf"]


def test_settings_that_came_later_leave_older_keys_alone():
    assert not {"experts_used", "weights"} & set(Load("x").identity())
    assert {"experts_used": 2, "weights": "Q4_0"}.items() <= Load(
        "x", experts_used=2, weights="Q4_0"
    ).identity().items()


def test_every_group_of_the_weights_is_tested_here():
    assert set(GROUPS) == set(IN)
