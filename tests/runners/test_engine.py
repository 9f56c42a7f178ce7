"""The llama.cpp engine on the starter model: what it answers must not depend on how it is asked."""

import json

import llama_cpp
import numpy as np
import pytest

from runners.engine import thread_pool
from runners.engine.llama_engine import LlamaEngine
from runners.engine.protocol import EngineError, Load
from runners.schema import Choose, Generate
from runners.scoring.json_contract import examine
from tests.helpers.schemas import PERSON

pytestmark = pytest.mark.engine

MIXED = [
    *(Generate(f"Tell me about the number {n}." + " word" * (n * 7 % 11), max_tokens=6 + n) for n in range(9)),
    *(
        Generate(f"Why {n}?", max_tokens=9, then=Generate("Now a number.", grammar="root ::= [0-9]+", max_tokens=4))
        for n in (1, 2)
    ),
    *(Choose(f"The capital of {land} is", (" Paris", " Rome", " Lon don, of old")) for land in ("France", "Italy")),
    Generate("A person as JSON.", schema=PERSON, max_tokens=60),
    Generate("Hello", temperature=0.8, top_p=0.9, top_k=40, seed=3, max_tokens=12),
]


@pytest.fixture(scope="module")
def engine(starter):
    engine = LlamaEngine(Load(str(starter.path), context=512, width=8))
    yield engine
    engine.close()


def answers(engine, requests):
    return [reply for _, reply in sorted(engine.answer(requests), key=lambda pair: pair[0])]


def said(reply):
    return reply.text, reply.logprobs, reply.options, [said(turn) for turn in reply.earlier]


def test_every_reply_is_the_same_alone_in_threes_and_in_eights(engine, starter):
    together = [said(reply) for reply in answers(engine, MIXED)]
    assert not any(reply.error for reply in answers(engine, MIXED))
    for width in (1, 3):
        other = LlamaEngine(Load(str(starter.path), context=512, width=width, gpu_layers=0))  # not warmed up
        assert [said(reply) for reply in answers(other, MIXED)] == together
        other.close()


def test_rows_that_threads_look_through_give_what_one_row_after_the_other_gives(engine, monkeypatch):
    hopeless = Generate("x", grammar="root ::= (((")
    alone = [(said(reply), reply.error) for reply in answers(engine, [hopeless, *MIXED])]
    assert engine.context.vocab_size < thread_pool.LONG
    monkeypatch.setattr(thread_pool, "LONG", 0)
    assert [(said(reply), reply.error) for reply in answers(engine, [hopeless, *MIXED])] == alone


def test_warming_up_leaves_nothing_in_the_cache(starter):
    warm = LlamaEngine(Load(str(starter.path), context=64, width=2, gpu_layers=-1))
    longest = [llama_cpp.llama_memory_seq_pos_max(warm.context.memory, sequence) for sequence in range(3)]
    warm.close()
    assert longest == [-1, -1, -1]


def test_the_order_of_the_questions_changes_no_reply(engine):
    forward = [said(reply) for reply in answers(engine, MIXED)]
    assert [said(reply) for reply in answers(engine, MIXED[::-1])][::-1] == forward


def test_a_shared_prefix_is_read_once_and_changes_nothing(engine, starter):
    prefix = "Here is a list of rules that all must keep. " * 12
    asked = [Generate(prefix + question, max_tokens=4) for question in ("Why?", "Who asks?", "When, then?", "So?")]
    shared = answers(engine, asked)
    alone = LlamaEngine(Load(str(starter.path), context=512, width=8, share_prefix=False))
    assert [said(reply) for reply in shared] == [said(reply) for reply in answers(alone, asked)]
    assert sum(reply.cached_tokens > 100 for reply in shared) >= 3
    alone.close()


def test_the_tokens_of_a_reply_are_its_text_cut_up(engine):
    (reply,) = answers(engine, [Generate("Write a line with an emoji and ü.", max_tokens=30)])
    assert "".join(reply.tokens) == reply.text
    assert len(reply.tokens) == len(reply.logprobs) and all(value <= 0 for value in reply.logprobs)


def test_log_probabilities_are_those_of_the_whole_vocabulary(engine):
    """The log-likelihood of an option, token by token, against a softmax worked out here from raw logits."""
    from runners.engine.context import BatchRow

    (choice,) = answers(engine, [Choose("The capital of France is", (" Paris", " Rome"), chat=False)])
    context = engine.context
    tokens = context.tokenize("The capital of France is Paris", special=False)
    for slot in engine._slots:
        slot.tokens, slot.pure = [], 0
    context.keep(0, 0)
    rows = context.decode([BatchRow(token, place, 0, True) for place, token in enumerate(tokens)])
    logits = rows[-2].astype(np.float64)
    expected = logits[tokens[-1]] - np.log(np.exp(logits - logits.max()).sum()) - logits.max()
    assert choice.options[0][0] == pytest.approx(expected, abs=2e-4)
    assert choice.options[0][1] == 1


def test_a_choice_prefers_what_is_true(engine):
    (choice,) = answers(engine, [Choose("The capital of France is", (" Rome", " Paris", " cheese"), chat=False)])
    assert max(range(3), key=lambda at: choice.options[at][0]) == 1


def test_an_options_score_does_not_depend_on_the_others_or_on_what_is_read_of_them(engine):
    sets = [(" Paris", " Rome"), (" Paris", " cheese on toast"), (" Paris on the Seine", " Paris")]
    short, mixed, long = answers(engine, [Choose("The capital of France is", options, chat=False) for options in sets])

    assert short.options[0] == mixed.options[0] == long.options[1]
    assert long.options[0][0] < long.options[1][0] and long.options[0][1] > 1


def test_an_option_that_melts_into_the_only_token_of_a_prompt_cannot_be_scored(engine):
    (reply,) = answers(engine, [Choose("w", ("ord", "ay"), chat=False)])
    assert "melts into the prompt" in reply.error


def test_a_schema_is_kept_and_said_to_be_kept(engine):
    (reply,) = answers(engine, [Generate("A person as JSON.", schema=PERSON, max_tokens=60)])
    assert reply.constrained and set(json.loads(reply.text)) == {"name", "age"}
    assert examine(reply.tokens, PERSON).complete


def test_a_free_reply_is_not_called_constrained(engine):
    (reply,) = answers(engine, [Generate("Hi", max_tokens=2)])
    assert not reply.constrained


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (Generate("x", grammar="root ::= ((("), "cannot be parsed"),
        (Generate("x", grammar='start ::= "a"'), "cannot be parsed"),
        (Generate("x", schema={"$ref": "#/nowhere"}), "cannot become a grammar"),
        (Generate("word " * 900), "do not fit"),
        (Generate("x", max_tokens=4000), "do not fit"),
    ],
)
def test_what_cannot_be_answered_fails_alone_and_says_why(engine, request_, why):
    bad, good = answers(engine, [request_, Generate("Hi", max_tokens=2)])
    assert bad.failed and why in bad.error and not bad.constrained
    assert good.text and not good.failed


def test_a_failed_second_turn_keeps_the_first(engine):
    (reply,) = answers(
        engine, [Generate("Hi", max_tokens=3, then=Generate("So?", grammar="root ::= (((", max_tokens=3))]
    )
    assert reply.failed and reply.earlier[0].text


def test_a_stop_string_ends_the_reply_before_it(engine):
    (free,) = answers(engine, [Generate("Count from one to nine in words.", max_tokens=30)])
    stop = free.text[10:14]
    (cut,) = answers(engine, [Generate("Count from one to nine in words.", max_tokens=30, stop=(stop,))])
    assert cut.stop == "stop" and cut.text == free.text.split(stop)[0] == "".join(cut.tokens)


def test_sampling_follows_its_seed_and_nothing_else(engine):
    def drawn(seed):
        return Generate("Once upon a time", chat=False, temperature=1.0, seed=seed, max_tokens=12)

    one, again, other = (reply.text for reply in answers(engine, [drawn(1), drawn(1), drawn(2)]))
    assert one == again != other


def test_seconds_are_shared_out_so_that_they_add_up(engine):
    import time

    began = time.perf_counter()
    replies = answers(engine, MIXED[:9])
    spent = time.perf_counter() - began
    shares = sum(reply.seconds + reply.prompt_seconds for reply in replies)
    assert 0.7 * spent < shares <= spent


def test_foreign_and_truncated_files_are_refused_with_their_name(tmp_path, starter):
    foreign, truncated = tmp_path / "foreign.gguf", tmp_path / "truncated.gguf"
    foreign.write_bytes(b"no weights at all")
    truncated.write_bytes(starter.path.read_bytes()[:5_000_000])
    for path in (foreign, truncated):
        with pytest.raises(EngineError, match=path.name):
            LlamaEngine(Load(str(path)))
