"""The quantization bench: weights quantized as by llama.cpp, and the experts that the router then chooses."""

import ctypes
import json
from pathlib import Path

import gguf
import llama_cpp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explainers.live.quantization.block_formats import (
    LLAMA_CPP_FORMATS,
    custom_format,
    quantize_signed,
    quantize_symmetric,
    to_half,
)
from explainers.live.quantization.tool import PARTS, TOOL
from explainers.live.quantization.twin_layer import BEFORE_ROUTER, EXPERT, ROUTER, read_layer
from explainers.site.live_data import tensors
from runners.engine.quantize import quantize_to
from tests.helpers.forward import Forward
from tests.helpers.live_files import ROOT, told_by_twin
from tests.helpers.twin_files import SPARSE, window

unhurried = settings(deadline=None)
FILES = told_by_twin()
LAYER = read_layer(FILES["rounding.json"])
TWIN = ROOT / "data" / "twins" / "knowledge" / f"{SPARSE}.gguf"
WEIGHTS = st.lists(st.floats(-(2.0**126), 2.0**126, width=32), min_size=64, max_size=64)
FORMATS = pytest.mark.parametrize("by", LLAMA_CPP_FORMATS, ids=lambda by: by.name)


def ours(by, rows):
    return np.array(by.quantize(rows.ravel().tolist()), dtype=np.float32)


def by_python(by, rows):
    """What the gguf package makes of rows."""
    kind = gguf.GGMLQuantizationType[by.name]
    with np.errstate(all="ignore"):
        return gguf.quants.dequantize(gguf.quants.quantize(rows, kind), kind).ravel()


def by_llama_cpp(by, rows):
    """What llama.cpp's own library makes of rows."""
    (path,) = (Path(llama_cpp.__file__).parent / "lib").glob("*ggml-base.*[bo]")
    quantize = ctypes.CDLL(str(path)).ggml_quantize_chunk
    many, pointer = ctypes.c_int64, ctypes.c_void_p
    quantize.argtypes = [ctypes.c_int, pointer, pointer, many, many, many, pointer]
    kind, rows = gguf.GGMLQuantizationType[by.name], np.ascontiguousarray(rows)
    out = np.zeros(gguf.quants.quant_shape_to_byte_shape(rows.shape, kind), dtype=np.uint8)
    quantize(int(kind), rows.ctypes.data, out.ctypes.data, 0, *rows.shape, None)
    with np.errstate(all="ignore"):
        return gguf.quants.dequantize(out, kind).ravel()


def drawn(scale=1.0, seed=1):
    return (np.random.default_rng(seed).normal(size=(64, 32)) * scale).astype(np.float32)


EDGES = {
    "zeros": np.zeros((1, 32), np.float32),
    "one value": np.full((1, 32), -3.25, np.float32),
    "largest below zero": -np.abs(drawn()),
    "largest above zero": np.abs(drawn()),
    "halves of a step": np.random.default_rng(2).integers(-16, 17, (64, 32)).astype(np.float32) / 2,
    "halves of a fine step": np.random.default_rng(3).integers(-254, 255, (64, 32)).astype(np.float32) / 2,
    "scales that half precision has as subnormal": drawn(1e-5),
    "scales that half precision has not": drawn(1e-7),
    "subnormal weights": drawn(1e-41),
    "scales beyond half precision": drawn(1e6),
    "huge": drawn(1e37),
}


@FORMATS
@pytest.mark.parametrize("theirs", [by_python, by_llama_cpp])
@pytest.mark.parametrize("rows", EDGES.values(), ids=EDGES)
def test_edge_cases_are_rounded_as_llama_cpp_rounds_them(by, theirs, rows):
    assert np.array_equal(ours(by, rows), theirs(by, rows), equal_nan=True)


@FORMATS
@pytest.mark.parametrize("theirs", [by_python, by_llama_cpp])
def test_every_tensor_of_a_twin_is_rounded_as_llama_cpp_rounds_it(by, theirs):
    for tensor in gguf.GGUFReader(TWIN).tensors:
        rows = np.asarray(tensor.data, dtype=np.float32).reshape(-1, tensor.data.shape[-1])
        if rows.shape[1] % 32 == 0:
            assert np.array_equal(ours(by, rows), theirs(by, rows)), tensor.name


@FORMATS
@unhurried
@given(weights=WEIGHTS)
def test_any_weights_are_rounded_as_the_gguf_package_rounds_them(by, weights):
    rows = np.array(weights, dtype=np.float32).reshape(2, 32)
    assert np.array_equal(ours(by, rows), by_python(by, rows), equal_nan=True)


@pytest.mark.parametrize("rule", [quantize_signed, quantize_symmetric])
@unhurried
@given(weights=st.lists(st.floats(-100, 100, width=16), min_size=4, max_size=64), bits=st.integers(2, 8))
def test_no_weight_moves_by_more_than_half_a_step(rule, weights, bits):
    most = 2 ** (bits - 1) - (rule is quantize_symmetric)
    extreme = max(weights, key=abs)
    step = abs(to_half(extreme / most))
    for weight, rounded in zip(weights, rule(weights, bits), strict=True):
        cut = rule is quantize_signed and weight * extreme < 0 and abs(weight) > abs(extreme) - step
        # The scale itself is rounded to half precision, which moves every weight in proportion.
        assert abs(weight - rounded) <= step * (1 if cut else 0.5) + abs(weight) * 2**-9 + most * 2**-24


@unhurried
@given(bits=st.integers(2, 8), block=st.integers(4, 300))
def test_bits_a_weight_count_every_scale_also_that_of_a_last_short_block(bits, block):
    by, weights = custom_format(bits, block), LAYER.weights([ROUTER])
    assert by.bits_per_weight(len(weights)) == pytest.approx(bits + 16 * -(-len(weights) // block) / len(weights))
    assert len(by.quantize(weights)) == len(weights)


def test_bits_of_the_published_formats_are_those_of_their_blocks():
    for by in LLAMA_CPP_FORMATS:
        weights, size = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[by.name]]
        assert by.bits_per_weight(weights) == 8 * size / weights


def test_what_the_page_reads_is_what_lies_in_the_twins_file():
    there = {tensor.name: np.asarray(tensor.data, np.float32) for tensor in gguf.GGUFReader(TWIN).tensors}
    for name in tensors.LAYER:
        assert LAYER.weights([name]) == there[f"blk.0.{name}.weight"].ravel().tolist(), name
    assert LAYER.weights([EXPERT]) == there["blk.0.ffn_up_exps.weight"][0].ravel().tolist()
    rows = there["token_embd.weight"][window(SPARSE)[: tensors.LENGTH]]
    assert [LAYER.tensors["token_embd"][token] for token in LAYER.tokens] == rows.tolist()
    assert told_by_twin() == FILES


def numpy_layer(path):
    """The numpy pass over the text of the page, run: what its first router chose."""
    forward = Forward.read(path)
    forward(window(SPARSE)[: len(LAYER.tokens)])
    return [frozenset(chosen.tolist()) for chosen in forward.chosen[0]]


def test_the_first_gate_chooses_the_experts_that_numpy_chooses():
    assert LAYER.chosen == numpy_layer(TWIN)
    assert len(set(LAYER.chosen)) > 10


@pytest.mark.engine
@pytest.mark.parametrize("kind", ["Q4_0", "Q5_1"])
def test_rounding_what_comes_before_the_gate_moves_the_tokens_that_a_file_of_llama_cpp_moves(kind, tmp_path):
    path = quantize_to(TWIN, f"{kind} attention embeddings", tmp_path / "rounded.gguf")
    (by,) = (one for one in LLAMA_CPP_FORMATS if one.name == kind)
    after = LAYER.quantize(BEFORE_ROUTER, by)
    assert after.chosen == numpy_layer(path)
    assert any(LAYER.moved(after))


def shown(**filled):
    return TOOL.run(TOOL.read(filled, FILES), FILES)


@pytest.mark.parametrize("part", PARTS)
def test_the_sentence_gives_error_and_moved_tokens_of_what_is_set(part):
    names = PARTS[part][1]
    weights, after = np.array(LAYER.weights(names)), LAYER.quantize(names, custom_format(3, 16))
    off = np.array(after.weights(names)) - weights
    said = shown(part=part, bits="3", block="16").said
    assert said.startswith("3 bits in blocks of 16, 4 bits per weight")
    assert f"{100 * np.sqrt((off**2).mean() / (weights**2).mean()):#.3g}%" in said
    moved = sum(one != other for one, other in zip(LAYER.chosen, after.chosen, strict=True))
    assert (f"{moved} of {len(LAYER.tokens)} tokens" in said) == (part != "expert")


def test_finer_formats_are_nearer_and_move_fewer_tokens_than_the_coarsest():
    rows = {row[0]: row for row in shown().rows}
    assert list(rows) == [by.name for by in LLAMA_CPP_FORMATS]
    errors = [float(row[2].rstrip("%")) for row in rows.values()]
    assert errors == sorted(errors)
    assert int(rows["Q8_0"][4].split()[0]) < int(rows["Q4_0"][4].split()[0])


def test_what_is_set_joins_the_formats_unless_it_is_one_of_them():
    assert len(shown(bits="4", block="32").rows) == len(LLAMA_CPP_FORMATS)
    assert "3 bits in blocks of 64" in [row[0] for row in shown(bits="3", block="64").rows]


def test_an_expert_comes_after_the_gate_and_is_said_to_move_nothing():
    assert "cannot move its choice" in shown(part="expert").said
    assert {row[4] for row in shown(part="expert").rows} == {"comes after the router"}


def test_the_words_that_change_experts_are_named():
    after = LAYER.quantize(PARTS["gate"][1], custom_format(2, 32))
    gone = {LAYER.words[token] for token, moved in zip(LAYER.tokens, LAYER.moved(after), strict=True) if moved}
    (named,) = (said for label, said in shown(part="gate", bits="2").figures if label.startswith("Words"))
    assert gone and all(word.strip() in named for word in gone)


def test_without_the_twin_there_is_nothing_to_show_and_that_is_said(tmp_path):
    files = tensors.files(tmp_path)
    assert json.loads(files["rounding.json"]) == {}
    assert "not among these data" in TOOL.at_first(files).said


@pytest.mark.parametrize(
    ("filled", "complaint"),
    [
        ({"bits": "1"}, "Bits: "),
        ({"block": "0"}, "Block: "),
        ({"block": "3.5"}, "Block: "),
        ({"part": "x"}, "Quantize: "),
    ],
)
def test_a_wrong_value_is_named_with_its_field(filled, complaint):
    with pytest.raises(ValueError, match=complaint):
        shown(**filled)
