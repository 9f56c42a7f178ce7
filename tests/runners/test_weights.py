import ctypes
import os
import struct
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runners.models.gguf import TENSOR_TYPES, BadWeights, read_header
from runners.models.gguf_facts import GROUPS, inspect
from tests.helpers.gguf_maker import DENSE, DENSE_TENSORS, MOE, MOE_TENSORS, gguf, size, text, value, write_gguf


@pytest.fixture
def refuse(tmp_path):
    """Assert that some bytes are refused with a message that names the file and holds some words."""

    def check(data: bytes, words: str) -> None:
        path = tmp_path / "spoilt.gguf"
        path.write_bytes(data)
        with pytest.raises(BadWeights, match=words) as refusal:
            inspect(path)
        assert str(path) in str(refusal.value)
        assert "; " in str(refusal.value), "the cure is missing"

    return check


def test_a_dense_model_is_active_as_a_whole(tmp_path):
    weights = inspect(write_gguf(tmp_path / "dense.gguf"))

    assert weights.architecture == "llama"
    assert weights.name == "Tiny"
    assert weights.parameters == weights.active_parameters == 64 * 4 + 64 + 2 * 64 * 64
    assert (weights.experts, weights.experts_used) == (0, 0)
    assert (weights.layers, weights.context_length, weights.embedding_width) == (2, 512, 64)
    assert (weights.heads, weights.kv_heads, weights.vocab_size) == (4, 2, 4)
    assert weights.file_bytes == (tmp_path / "dense.gguf").stat().st_size


def test_of_a_mixture_only_the_chosen_share_of_the_experts_is_active(tmp_path):
    weights = inspect(write_gguf(tmp_path / "moe.gguf", MOE, MOE_TENSORS))
    experts, rest = 64 * 32 * 8, 2 * 64 * 4 + 64 + 64 * 64 + 64 * 8

    assert (weights.experts, weights.experts_used) == (8, 2)
    assert weights.parameters == experts + rest
    assert weights.active_parameters == experts * 2 // 8 + rest
    assert weights.parameters_by_group["experts"] == experts


def test_experts_that_are_stored_one_by_one_count_as_experts_too(tmp_path):
    tensors = {f"blk.0.ffn_{part}.{expert}.weight": ((64, 8), "F16") for part in ("up", "down") for expert in range(8)}
    weights = inspect(write_gguf(tmp_path / "old.gguf", MOE, tensors))

    assert weights.active_parameters == weights.parameters // 4


def test_a_shared_expert_and_the_router_are_not_among_the_experts(tmp_path):
    tensors = {"blk.0.ffn_up_shexp.weight": ((64, 8), "F16"), "blk.0.ffn_gate_inp.weight": ((64, 8), "F32")}

    assert set(inspect(write_gguf(tmp_path / "m.gguf", MOE, tensors)).parameters_by_group) == {"feed-forward"}


def test_the_groups_add_up_to_the_whole(tmp_path):
    weights = inspect(write_gguf(tmp_path / "moe.gguf", MOE, {**MOE_TENSORS, "rope_freqs.weight": ((32,), "F32")}))

    assert set(weights.bytes_by_group) == set(GROUPS)
    assert sum(weights.parameters_by_group.values()) == weights.parameters
    assert sum(weights.bytes_by_group.values()) == sum(weights.bytes_by_type.values())
    assert weights.bits_per_weight == pytest.approx(8 * sum(weights.bytes_by_type.values()) / weights.parameters)


def test_a_token_reads_the_whole_table_where_it_is_the_output_head_too(tmp_path):
    weights = inspect(write_gguf(tmp_path / "tied.gguf"))

    assert weights.bytes_per_token == sum(size(*tensor) for tensor in DENSE_TENSORS.values())


def test_a_token_reads_one_row_of_a_table_that_is_only_looked_up(tmp_path):
    weights = inspect(write_gguf(tmp_path / "untied.gguf", MOE, MOE_TENSORS))
    table, experts = size((64, 4), "Q8_0"), size((64, 32, 8), "Q4_0")
    everything = sum(size(*tensor) for tensor in MOE_TENSORS.values())

    assert weights.bytes_per_token == everything - table + table // 4 - experts + experts * 2 // 8


def test_a_cached_position_takes_two_bytes_for_each_key_and_value(tmp_path):
    assert inspect(write_gguf(tmp_path / "m.gguf")).kv_bytes_per_token == 2 * 2 * (16 + 16) * 2


def test_heads_that_differ_from_layer_to_layer_are_added_up(tmp_path):
    weights = inspect(write_gguf(tmp_path / "m.gguf", {**DENSE, "llama.attention.head_count_kv": [4, 1]}))

    assert weights.kv_heads == 4
    assert weights.kv_bytes_per_token == 2 * (16 + 16) * (4 + 1)


def test_declared_key_and_value_lengths_beat_the_width_of_a_head(tmp_path):
    lengths = {"llama.attention.key_length": 24, "llama.attention.value_length": 8}

    assert inspect(write_gguf(tmp_path / "m.gguf", {**DENSE, **lengths})).kv_bytes_per_token == 2 * 2 * (24 + 8) * 2


def test_a_model_without_attention_has_no_cache_to_grow(tmp_path):
    metadata = {"general.architecture": "mamba", "mamba.block_count": 2}

    assert inspect(write_gguf(tmp_path / "m.gguf", metadata)).kv_bytes_per_token == 0


def test_a_chat_template_is_noticed(tmp_path):
    plain = write_gguf(tmp_path / "plain.gguf")
    chat = write_gguf(tmp_path / "chat.gguf", {**DENSE, "tokenizer.chat_template": "{{ messages }}"})

    assert not inspect(plain).chat_template
    assert inspect(chat).chat_template


def test_version_2_is_read_like_version_3(tmp_path):
    two, three = write_gguf(tmp_path / "2.gguf", version=2), write_gguf(tmp_path / "3.gguf")

    assert inspect(two) == inspect(three)


def test_every_kind_of_value_is_read(tmp_path):
    path = write_gguf(tmp_path / "m.gguf", {**DENSE, "a": True, "b": 1.5, "c": -3, "d": "é", "e": [1, 2], "f": []})

    metadata = read_header(path).metadata
    assert [metadata[key] for key in "abcdef"] == [True, 1.5, -3, "é", (1, 2), ()]


def test_block_sizes_are_those_of_ggml_itself():
    ggml = pytest.importorskip("llama_cpp._ggml").libggml
    ggml.ggml_type_name.restype = ctypes.c_char_p
    ggml.ggml_type_size.restype = ctypes.c_size_t
    ggml.ggml_blck_size.restype = ctypes.c_int64

    for number, (name, block, width) in TENSOR_TYPES.items():
        assert ggml.ggml_type_name(number).decode().upper() == name.upper()
        assert (ggml.ggml_blck_size(number), ggml.ggml_type_size(number)) == (block, width)


def test_a_truncated_header_is_refused_wherever_it_ends(tmp_path):
    whole = gguf(MOE, {"a": ((32,), "F32")})
    path = tmp_path / "cut.gguf"
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(BadWeights, match=r"cut\.gguf: .*; "):
            inspect(path)


def test_weights_that_are_cut_off_are_refused_with_both_sizes(refuse):
    whole = gguf()
    refuse(whole[:-100], rf"is cut off: {len(whole) - 100:,} of {len(whole):,} bytes are there; fetch the file again")


def test_a_foreign_file_is_refused(refuse):
    refuse(b"PK\3\4" + bytes(100), "is not a GGUF file")
    refuse(b"", "too short")


def test_a_big_endian_file_is_refused_as_such(refuse):
    refuse(b"GGUF" + struct.pack(">IQQ", 3, 0, 0) + bytes(64), "is big-endian; convert")


@pytest.mark.parametrize("version", [0x1, 0x4, 0x01020304])
def test_an_unknown_version_is_refused(refuse, version):
    refuse(b"GGUF" + struct.pack("<IQQ", version, 0, 0) + bytes(64), f"version {version}")


def test_absurd_counts_are_refused_before_anything_is_read_by_them(refuse):
    huge = 2**62
    refuse(b"GGUF" + struct.pack("<IQQ", 3, huge, 0) + bytes(64), "tensors, more than there can be")
    refuse(b"GGUF" + struct.pack("<IQQ", 3, 0, huge) + bytes(64), "metadata entries, more than there can be")


def one_entry(data: bytes) -> bytes:
    """A header of one metadata entry, of which `data` is all that follows the key."""
    return b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("key") + data + bytes(64)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (struct.pack("<IQ", 8, 2**63), "bytes in one text"),
        (struct.pack("<IIQ", 9, 8, 2**63), "texts in its arrays"),
        (struct.pack("<IIQ", 9, 8, 2**20), "ends inside its header"),
        (struct.pack("<IIQQ", 9, 8, 3, 2**64 - 1), "ends inside its header"),
        (struct.pack("<IIQ", 9, 4, 2**63), "values in an array"),
        (struct.pack("<IIQ", 9, 9, 1) * 50, "an array of kind 9"),
        (struct.pack("<II", 13, 1), "unknown kind 13"),
    ],
)
def test_a_length_or_kind_that_cannot_be_is_refused(refuse, entry, words):
    refuse(one_entry(entry), words)


def test_a_large_file_of_nothing_is_refused_at_once(tmp_path):
    path = tmp_path / "hollow.gguf"
    path.write_bytes(one_entry(struct.pack("<IIQ", 9, 8, 2**22)))
    os.truncate(path, 2**30)

    start = time.process_time()
    with pytest.raises(BadWeights):
        inspect(path)
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    ("tensors", "words"),
    [
        ({"a": ((63, 4), "Q8_0")}, "which Q8_0 cannot hold"),
        ({"a": ((0, 4), "F32")}, "which F32 cannot hold"),
        ({"a": ((1, 1, 1, 1, 1), "F32")}, "5 dimensions"),
        ({"a": ((2**40, 2**20), "F32")}, "is cut off"),
        ({}, "holds no weights"),
    ],
)
def test_a_tensor_that_cannot_be_is_refused(refuse, tensors, words):
    data = gguf(DENSE, dict.fromkeys(tensors, ((32,), "F32")))
    for name, (shape, kind) in tensors.items():
        number = next(number for number, entry in TENSOR_TYPES.items() if entry[0] == kind)
        old = text(name) + struct.pack("<IQIQ", 1, 32, 0, 0)
        new = text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, number, 0)
        data = data.replace(old, new)
    refuse(data, words)


def test_a_tensor_of_unknown_type_is_refused_by_its_number(refuse):
    known = text("blk.0.attn_norm.weight") + struct.pack("<IQI", 1, 64, 0)
    refuse(gguf().replace(known, known[:-4] + struct.pack("<I", 77)), "unknown type 77; update")


def test_tensors_that_overlap_are_refused(refuse):
    first = size(*DENSE_TENSORS["token_embd.weight"])
    placed = struct.pack("<IQIQ", 1, 64, 0, -(-first // 32) * 32)
    refuse(gguf().replace(placed, placed[:-8] + bytes(8)), "twice or out of place")


def test_a_key_that_is_declared_twice_is_refused(refuse):
    twice = b"GGUF" + struct.pack("<IQQ", 3, 0, 2) + (text("key") + value(1)) * 2 + bytes(64)
    refuse(twice, "declares 'key' twice")


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"general.alignment": 0}, "no power of two"),
        ({"general.alignment": 24}, "no power of two"),
        ({"general.architecture": 3}, "does not name its architecture"),
        ({"general.type": "adapter"}, "holds no model but: adapter"),
        ({"split.count": 3}, "one part of a split model; join the parts"),
        ({"llama.block_count": "many"}, "llama.block_count as 'many', which is no count"),
        ({"llama.block_count": -1}, "which is no count"),
        ({"llama.attention.head_count_kv": [-1, 1]}, "which is no count"),
        ({"llama.expert_count": 4, "llama.expert_used_count": 5}, "uses 5 of 4 experts"),
        ({"llama.expert_count": 4}, "uses 0 of 4 experts"),
    ],
)
def test_metadata_that_would_end_an_engine_is_refused(refuse, entry, words):
    refuse(gguf({**DENSE, **entry}), words)


def test_what_is_not_a_file_is_refused_and_never_waited_for(tmp_path):
    pipe = tmp_path / "pipe.gguf"
    os.mkfifo(pipe)

    for path in (tmp_path, tmp_path / "none.gguf", pipe):
        with pytest.raises(BadWeights, match="is not a file that can be read; check the path"):
            inspect(path)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_damage_to_a_header_does_anything_but_be_read_or_refused(tmp_path_factory, data):
    damaged = bytearray(gguf(MOE, MOE_TENSORS))
    header = len(damaged) - sum(-(-size(*tensor) // 32) * 32 for tensor in MOE_TENSORS.values())
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, header - 1))] = data.draw(st.integers(0, 255))
    path: Path = tmp_path_factory.getbasetemp() / "damaged.gguf"
    path.write_bytes(damaged)

    try:
        assert inspect(path).parameters > 0
    except BadWeights as refusal:
        assert "damaged.gguf" in str(refusal)


def test_a_large_vocabulary_is_passed_over_quickly(tmp_path):
    tokens = ["token"] * 150_000
    path = write_gguf(
        tmp_path / "m.gguf", {**DENSE, "tokenizer.ggml.tokens": tokens, "tokenizer.ggml.scores": [0.5] * 9000}
    )

    start = time.process_time()
    weights = inspect(path)

    assert weights.vocab_size == 150_000
    assert time.process_time() - start < 0.5
