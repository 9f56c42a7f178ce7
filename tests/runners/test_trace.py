"""Texts traced through llama.cpp: log-probabilities, experts, and other experts, against a pass of our own in numpy."""

import shutil

import numpy as np
import pytest

from runners.engine import thread_pool
from runners.engine.llama_engine import LlamaEngine
from runners.engine.probes.router_override import override_experts
from runners.engine.protocol import EngineError, Load
from runners.engine.quantize import quantize_to
from runners.schema import Choose, Generate, Route, Trace
from runners.scoring import expert_routes
from runners.twins import recipe
from runners.twins.corpus import tokenizer
from tests.helpers.forward import Forward, softmax
from tests.helpers.twin_files import DENSE, HOUSE, SPARSE, exact, window

pytestmark = pytest.mark.engine


@pytest.fixture(autouse=True)
def quiet_machine(monkeypatch):
    monkeypatch.setenv("GOMP_SPINCOUNT", "1000")


@pytest.fixture(scope="module")
def sparse(tmp_path_factory):
    return exact(SPARSE, tmp_path_factory.mktemp("sparse"))


@pytest.fixture(scope="module")
def dense(tmp_path_factory):
    return exact(DENSE, tmp_path_factory.mktemp("dense"))


def text_of(slug):
    """A text that no twin was trained on, and its tokens."""
    tokens = [token for token in window(slug) if token]
    return tokenizer(recipe.find(HOUSE, slug).mix).decode(tokens), tokens


def traced(path, *requests):
    engine = LlamaEngine(Load(str(path), context=128, width=2, gpu_layers=0, cache_type="f32"))
    replies = [reply for _, reply in sorted(engine.answer(requests))]
    engine.close()
    return replies


def values(logits, tokens):
    """The log-probability of each token after the first."""
    rows = logits[:-1] - np.log(np.exp(logits[:-1]).sum(-1, keepdims=True))
    return rows[np.arange(len(tokens) - 1), tokens[1:]]


def test_the_log_probability_of_every_token_is_the_one_that_numpy_finds(dense):
    text, tokens = text_of(DENSE)
    (reply,) = traced(dense, Trace(text, window=1_000))
    read = [0, *tokens]

    assert reply.stop == "traced" and "".join(reply.tokens) == text
    assert np.allclose(reply.logprobs, [0.0, *values(Forward.read(dense)(read), read)], atol=1e-3)


def test_every_window_is_read_on_its_own_and_begins_as_the_model_begins_texts(dense):
    text, tokens = text_of(DENSE)
    (reply,) = traced(dense, Trace(text, window=20))
    forward, whole = Forward.read(dense), [0, *tokens]
    starts = range(0, len(whole) - 19, 20)
    parts = [[0, *whole[start + 1 : start + 20]] for start in starts]

    assert len(reply.logprobs) == 20 * len(starts) < len(whole), "what is left over is not read"
    for start, part in zip(starts, parts, strict=True):
        assert np.allclose(reply.logprobs[start : start + 20], [0.0, *values(forward(part), part)], atol=1e-3)


def test_what_is_said_of_a_text_does_not_depend_on_the_longer_ones_before_it(sparse):
    text, _ = text_of(SPARSE)
    short = Trace(" ".join(text.split()[:9]), routing=True, compared=True)
    after = traced(sparse, Trace(text, routing=True, compared=True), short)[1]
    (alone,) = traced(sparse, short)

    assert len(alone.tokens) < 15
    assert (after.logprobs, after.routes, after.against) == (alone.logprobs, alone.routes, alone.against)


def test_the_experts_of_every_token_are_those_that_numpy_chooses(sparse):
    text, tokens = text_of(SPARSE)
    (reply,) = traced(sparse, Trace(text, window=1_000, routing=True))
    forward = Forward.read(sparse)
    forward([0, *tokens])

    assert reply.routes["layers"] == sorted(forward.chosen)
    for layer, (rows, shares, apart) in enumerate(
        zip(
            expert_routes.chosen(reply.routes),
            expert_routes.weights(reply.routes),
            expert_routes.margins(reply.routes),
            strict=True,
        )
    ):
        ranked = -np.sort(-forward.likely[layer])
        assert np.array_equal(rows, forward.chosen[layer])
        assert np.allclose(shares, ranked[:, :2], atol=1e-3) and np.allclose(
            apart, ranked[:, 1] - ranked[:, 2], atol=1e-3
        )


def test_windows_of_a_trace_hold_their_experts_in_the_order_of_the_text(sparse):
    text, _ = text_of(SPARSE)
    whole, parts = traced(sparse, Trace(text, window=20, routing=True), Trace(text, window=20))

    assert whole.logprobs == parts.logprobs
    assert all(len(layer) == len(whole.tokens) for layer in expert_routes.chosen(whole.routes))


def test_the_experts_that_were_chosen_anyway_change_nothing(sparse):
    text, tokens = text_of(SPARSE)
    forward = Forward.read(sparse)
    forward([0, *tokens])
    place, layer = 7, 1
    same = Route(experts=tuple(int(one) for one in forward.chosen[layer][place]), layers=(layer,), places=(place,))
    plain, routed = traced(sparse, Trace(text), Trace(text, route=same))

    assert plain.logprobs == routed.logprobs


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize(
    "route",
    [
        Route(experts=(3, 11)),
        Route(experts=(3, 11), layers=(1,)),
        Route(experts=(3, 11), places=(5, 6, 20)),
        Route(swapped=1, by="next", seed=4),
        Route(swapped=2, by="least"),
        Route(swapped=2, by="random", seed=9, layers=(0,)),
    ],
    ids=str,
)
def test_other_experts_change_the_logits_as_numpy_says(sparse, route, kept):
    from dataclasses import replace

    route = replace(route, kept=kept)
    text, tokens = text_of(SPARSE)
    read = [0, *tokens]

    def other(layer, place, likely, chosen):
        return override_experts(route, layer, place, likely[None], chosen[None])[0]

    plain, reply = traced(sparse, Trace(text), Trace(text, route=route))
    forward = Forward.read(sparse)
    forward.other, forward.kept = other, kept

    assert np.allclose(reply.logprobs[1:], values(forward(read), read), atol=2e-3)
    assert reply.logprobs != plain.logprobs


@pytest.mark.parametrize(
    "route", [Route(experts=(3, 16)), Route(experts=(3,)), Route(experts=(3, 3)), Route(swapped=3)]
)
def test_experts_that_a_model_does_not_have_are_refused_before_they_reach_it(sparse, route):
    text, _ = text_of(SPARSE)
    refused, after = traced(sparse, Trace(text, route=route), Trace(text))

    assert refused.failed and "experts" in refused.error and not after.failed


def test_a_dense_model_has_no_experts_to_ask_about_and_none_to_change(dense):
    text, _ = text_of(DENSE)
    asked, routed = traced(dense, Trace(text, routing=True), Trace(text, route=Route(experts=(0, 1))))

    assert not asked.failed and asked.routes == {}
    assert "no experts" in routed.error


def test_texts_are_traced_beside_other_requests(dense):
    text, _ = text_of(DENSE)
    alone = traced(dense, Trace(text))
    mixed = traced(dense, Generate(text, chat=False, max_tokens=4), Trace(text), Choose(text, (" ,", " ."), chat=False))

    assert mixed[1].logprobs == alone[0].logprobs and mixed[0].text and len(mixed[2].options) == 2


@pytest.mark.parametrize("text", ["", " ,"])
def test_a_text_with_nothing_to_predict_says_so(dense, tmp_path, text):
    path = shutil.copy(dense, tmp_path)
    (reply,) = traced(path, Trace(text))

    assert (len(reply.tokens) == 2) if text else "nothing to predict" in reply.error


@pytest.mark.parametrize("used", [1, 2, 5, 16])
def test_another_number_of_experts_gives_what_numpy_gives_with_as_many(sparse, used):
    text, tokens = text_of(SPARSE)
    engine = LlamaEngine(Load(str(sparse), context=64, gpu_layers=0, cache_type="f32", experts_used=used))
    ((_, reply),) = engine.answer([Trace(text, routing=True)])
    engine.close()
    forward, read = Forward.read(sparse), [0, *tokens]
    forward.used = used

    assert np.allclose(reply.logprobs[1:], values(forward(read), read), atol=2e-3)
    assert reply.routes["used"] == used


@pytest.mark.parametrize(("slug", "used"), [(SPARSE, 17), (SPARSE, -1), (DENSE, 1)])
def test_an_impossible_number_of_experts_is_refused_and_ends_no_process(slug, used, sparse, dense):
    with pytest.raises(EngineError, match=f"{used} cannot be used"):
        LlamaEngine(Load(str(sparse if slug == SPARSE else dense), gpu_layers=0, experts_used=used))


def compared(path, source, text, **load):
    engine = LlamaEngine(Load(str(path), context=128, gpu_layers=0, source=str(source), **load))
    ((_, reply),) = engine.answer([Trace(text, window=20, compared=True, routing=path != source)])
    engine.close()
    return reply


def test_nothing_changed_is_no_distance_at_all(sparse):
    text, _ = text_of(SPARSE)
    reply = compared(sparse, sparse, text)

    assert set(reply.against["divergence"]) == {0.0} and set(reply.against["same_top"]) == {1}
    assert reply.against["logprobs"] == list(reply.logprobs) and reply.against["moved"] == []


def test_a_comparison_says_of_the_plain_model_what_it_says_of_itself(sparse, tmp_path):
    text, _ = text_of(SPARSE)
    beside = compared(quantize_to(sparse, "Q4_0", tmp_path / "q.gguf"), sparse, text, weights="Q4_0")
    alone = compared(sparse, sparse, text)

    assert tuple(beside.against["logprobs"]) == alone.logprobs != beside.logprobs


def test_threads_find_the_distances_that_one_row_after_the_other_gives(sparse, tmp_path, monkeypatch):
    text, _ = text_of(SPARSE)
    path = quantize_to(sparse, "Q4_0", tmp_path / "q.gguf")
    alone = compared(path, sparse, text, weights="Q4_0")
    monkeypatch.setattr(thread_pool, "LONG", 0)
    spread = compared(path, sparse, text, weights="Q4_0")

    assert (spread.logprobs, spread.against) == (alone.logprobs, alone.against)


def test_the_distance_of_quantized_weights_is_the_one_that_numpy_finds(sparse, tmp_path):
    text, tokens = text_of(SPARSE)
    path = quantize_to(sparse, "Q4_0", tmp_path / "q.gguf")
    reply = compared(path, sparse, text, weights="Q4_0")
    before, after, whole = Forward.read(sparse), Forward.read(path), [0, *tokens]
    apart, tops, moves = [], [], []
    for start in range(0, len(whole) - 19, 20):
        part = [0, *whole[start + 1 : start + 20]]
        p, q = (np.log(softmax(forward(part))) for forward in (before, after))
        apart += [0.0, *(np.exp(p) * (p - q)).sum(-1)[:-1]]
        tops += [1, *(p.argmax(-1) == q.argmax(-1))[:-1]]
        sets = [[np.sort(forward.chosen[layer], axis=-1) for layer in forward.chosen] for forward in (before, after)]
        moves += list(np.any(np.array(sets[0]) != np.array(sets[1]), axis=-1).sum(0))

    # llama.cpp multiplies Q4_0 with activations rounded to 8 bits, which numpy does not.
    assert np.corrcoef(apart, reply.against["divergence"])[0, 1] > 0.95
    assert np.mean(reply.against["divergence"]) == pytest.approx(np.mean(apart), rel=0.25) and np.mean(apart) > 0.01
    assert np.mean(np.array(tops) == reply.against["same_top"]) > 0.95
    assert np.mean(np.array(moves) == reply.against["moved"]) > 0.85 and max(moves) > 0


def test_other_experts_and_caches_are_compared_with_the_same_weights_left_alone(sparse):
    text, _ = text_of(SPARSE)
    fewer = compared(sparse, sparse, text, experts_used=1)
    other = compared(sparse, sparse, text, cache_type="f32")

    assert np.mean(fewer.against["divergence"]) > 10 * np.mean(other.against["divergence"]) > 0
