"""The same requests against a real OpenAI-compatible server, and against servers that lie, stall or break."""

import json
import re
import time

import pytest

from runners.engine.openai_engine import ServerEngine
from runners.engine.protocol import EngineError, Load
from runners.engine.subprocess_engine import ChildEngine
from runners.schema import Choose, Detour, Generate, Trace, reply_from_json, reply_to_json
from runners.scoring.json_contract import examine
from tests.helpers.schemas import PERSON
from tests.helpers.servers import StandIn, chat, held, llama_server

pytestmark = pytest.mark.engine

CHOICES = [
    Choose("The capital of France is", (" Rome", " Paris", " cheese on toast"), chat=False),
    Choose("Two and two make ", ("four", "five"), chat=False),  # the space merges with the option
    Choose("Größe: ünï", (" ☃☃!", " cöde"), chat=False, system="Words with marks."),
]


@pytest.fixture(scope="module")
def url(starter):
    with llama_server(starter.path) as url:
        yield url


@pytest.fixture(scope="module")
def engine(url):
    with ServerEngine(url, "starter", width=2, seconds=120) as engine:
        yield engine


@pytest.fixture(scope="module")
def in_process(starter):
    with ChildEngine(Load(str(starter.path), context=1024, width=1)) as engine:
        yield engine


def answers(engine, *requests):
    replies = dict(engine.answer(requests))
    assert sorted(replies) == list(range(len(requests)))
    return [replies[index] for index in range(len(requests))]


def asked_of(answer, *requests, seconds=5.0, width=1):
    """What a stand-in's engine makes of these requests."""
    with StandIn(answer) as server, ServerEngine(server.url, "x", width, seconds) as engine:
        return answers(engine, *requests)


# -- a real server -----------------------------------------------------------------------------------------------


def test_a_chat_is_answered_with_text_tokens_and_counts(engine):
    (reply,) = answers(engine, Generate("Say hi and an emoji.", max_tokens=12))
    assert not reply.failed and reply.text and reply.stop == "length" and not reply.constrained
    assert "".join(reply.tokens) == reply.text
    assert len(reply.tokens) == len(reply.logprobs) == 12 and all(value <= 0 for value in reply.logprobs)
    assert reply.prompt_tokens > 10 and reply.seconds > 0
    assert reply_from_json(reply_to_json(reply)) == reply


@pytest.mark.parametrize("chat", [True, False])
def test_greedy_text_is_what_the_engine_in_process_says(engine, in_process, chat):
    """Holds only with the server's own favourites switched off: it would punish repetition by 1.1."""
    request = Generate("Count: one, two, three, one, two, three, one, two,", chat=chat, max_tokens=20)
    (there,), (here,) = answers(engine, request), answers(in_process, request)
    assert there.text == here.text and there.tokens == here.tokens
    assert there.prompt_tokens == here.prompt_tokens
    assert there.logprobs == pytest.approx(here.logprobs, abs=0.05)


def test_a_schema_is_kept_and_said_to_be_kept(engine):
    free, reply = answers(engine, Generate("Hi", max_tokens=2), Generate("A person.", schema=PERSON, max_tokens=60))
    assert not free.constrained
    assert reply.constrained and set(json.loads(reply.text)) == {"name", "age"}
    assert examine(reply.tokens, PERSON).complete


@pytest.mark.parametrize("chat", [True, False])
def test_a_grammar_is_kept_and_said_to_be_kept(engine, chat):
    (reply,) = answers(engine, Generate("Is snow white?", chat=chat, grammar='root ::= "yes" | "no"', max_tokens=9))
    assert reply.constrained and reply.text in ("yes", "no") and reply.stop == "end"


def test_a_schema_that_this_server_would_ignore_outside_a_chat_is_refused(engine):
    """It knows response_format in chats only, and drops it without a word elsewhere."""
    (reply,) = answers(engine, Generate("A person:", chat=False, schema=PERSON, max_tokens=60))
    assert reply.failed and "ignores a JSON schema without a chat" in reply.error and not reply.constrained


@pytest.mark.parametrize("chat", [True, False])
def test_a_second_turn_knows_the_first(engine, in_process, chat):
    then = Generate("What did I ask you to remember?", chat=chat, max_tokens=16)
    request = Generate("Remember the word heron.", "You are brief.", chat=chat, max_tokens=8, then=then)
    (there,), (here,) = answers(engine, request), answers(in_process, request)
    assert (there.earlier[0].text, there.text) == (here.earlier[0].text, here.text)
    assert there.prompt_tokens == here.prompt_tokens > there.earlier[0].prompt_tokens


def test_a_stop_string_ends_the_reply_before_it(engine):
    (free,) = answers(engine, Generate("Count from one to nine in words.", max_tokens=30))
    (cut,) = answers(engine, Generate("Count from one to nine in words.", max_tokens=30, stop=(free.text[10:14],)))
    assert cut.text == free.text.split(free.text[10:14])[0] == "".join(cut.tokens)


def test_a_choice_is_refused_where_the_echo_is_off_by_one(engine):
    """The starter has no BOS, and for such models llama-cpp-python gives each token the log-probability that it
    has *after* itself: " Paris" after "The capital of France is" comes out below -8, though its own list of likeliest
    tokens has it at -0.3. The probe sees that, and nothing is scored wrongly."""
    for reply in answers(engine, *CHOICES):
        assert reply.failed and "off by a token" in reply.error and not reply.options


def test_a_choice_in_a_chat_is_refused_because_the_template_is_not_known(engine):
    (reply,) = answers(engine, Choose("Yes or no?", ("yes", "no")))
    assert reply.failed and "chat template" in reply.error


@pytest.mark.parametrize("request_", [Trace("The capital of France is Paris."), Detour("Yes or", (" no", " yes"))])
def test_a_server_traces_no_text_and_lets_nobody_choose_its_experts(engine, request_):
    (reply,) = answers(engine, request_)
    assert reply.failed and "in process" in reply.error


def test_where_the_echo_is_right_a_choice_is_what_the_engine_in_process_says(starter, tmp_path):
    """The same weights with a BOS, written into a copy of the file: now the echo is aligned."""
    weights = with_bos(starter.path, tmp_path / "bos.gguf")
    with ChildEngine(Load(str(weights), context=512, width=1)) as engine:
        here = answers(engine, *CHOICES)
    with llama_server(weights) as url, ServerEngine(url, "starter", width=1, seconds=60) as engine:
        there = answers(engine, *CHOICES)
    for one, other in zip(there, here, strict=True):
        assert one.stop == "scored" and not one.failed, one.error
        assert [count for _, count in one.options] == [count for _, count in other.options]
        assert [total for total, _ in one.options] == pytest.approx([total for total, _ in other.options], abs=0.05)


def with_bos(weights, path):
    data = bytearray(weights.read_bytes())
    place = data.index(b"tokenizer.ggml.add_bos_token") + len(b"tokenizer.ggml.add_bos_token") + 4
    data[place] = 1
    path.write_bytes(data)
    return path


# -- servers that are not there, lie, stall or break -------------------------------------------------------------


def test_a_server_that_is_not_there_is_named_with_the_cure():
    with pytest.raises(EngineError, match=r"http://127.0.0.1:9/v1 does not answer.*is it running\?.*check"):
        ServerEngine("http://127.0.0.1:9/v1", "x")


def test_something_else_that_answers_there_is_no_server():
    with StandIn(lambda path, body: {}) as server, pytest.raises(EngineError, match="does not answer as an OpenAI"):
        ServerEngine(server.url.replace("127.0.0.1", "user@127.0.0.1").replace("http://", "ftp://"), "x")


def test_a_server_that_goes_away_stops_the_run_and_costs_only_the_cell_in_flight():
    def leaving(path, body):
        if "last" in str(body):
            server.__exit__()
            return b"{"
        return chat("Hi")

    server, kept = StandIn(leaving), []
    requests, gone = [Generate(word) for word in ("first", "last", *"abcdefg")], re.escape(server.url) + " is gone"
    with ServerEngine(server.url, "x", width=1, seconds=5) as engine, pytest.raises(EngineError, match=gone):
        kept.extend(engine.answer(requests))
    assert [(index, reply.failed) for index, reply in kept] in ([], [(0, False), (1, True)])


def test_the_paths_that_a_server_lists_are_not_published():
    with StandIn(lambda path, body: {}) as server, ServerEngine(server.url, "x") as engine:
        assert engine.facts["models"] == ["weights.gguf"]


def test_a_server_that_ignores_the_constraint_gives_a_failed_reply_and_never_a_free_one():
    ignoring = lambda path, body: chat('{"say": "hello"}')  # noqa: E731
    for request in (Generate("x", schema=PERSON), Generate("x", grammar='root ::= "a"')):
        (reply,) = asked_of(ignoring, request)
        assert reply.failed and "ignores a" in reply.error and not reply.text and not reply.constrained


def test_a_server_that_knows_only_one_form_of_a_schema_is_told_in_that_one():
    def picky(path, body):
        form = body.get("response_format", {})
        return (400, "unknown") if form.get("type") == "json_schema" else held()(path, body)

    (reply,) = asked_of(picky, Generate("x", schema=PERSON))
    assert reply.constrained


def test_a_server_that_is_probed_once_is_not_probed_again():
    with StandIn(held()) as server, ServerEngine(server.url, "x", width=4, seconds=5) as engine:
        assert all(reply.constrained for reply in answers(engine, *[Generate("x", schema=PERSON)] * 8))
        assert len(server.asked) == 1 + 8


def test_a_server_that_lets_go_of_a_schema_later_is_noticed():
    def forgetful(path, body):
        return held()(path, body) if "Say hello." in str(body) else chat("Sure! Here is")

    (reply,) = asked_of(forgetful, Generate("x", schema=PERSON))
    assert reply.failed and "let go" in reply.error


def test_every_knob_is_named_so_that_the_server_adds_none_of_its_own():
    with StandIn(lambda path, body: chat("Hi")) as server, ServerEngine(server.url, "m", 1, 5) as engine:
        answers(engine, Generate("x", "be brief", max_tokens=7, seed=3, stop=("\n",)))
    (body,) = server.asked
    assert body["messages"] == [{"role": "system", "content": "be brief"}, {"role": "user", "content": "x"}]
    wanted = {"model": "m", "max_tokens": 7, "seed": 3, "temperature": 0, "top_p": 1, "top_k": 0, "min_p": 0}
    assert body.items() >= {**wanted, "repeat_penalty": 1, "stop": ["\n"]}.items()


TOKENS = chat("Hi")["choices"][0]["logprobs"]["content"]
BROKEN = {
    "no JSON": b"<html>busy</html>",
    "torn JSON": b'{"choices": [{"mess',
    "deep JSON": b"[" * 200_000,
    "no bytes": b"",
    "a list": [],
    "a text": "choices",
    "null": None,
    "no choices": {"choices": []},
    "choices of another kind": {"choices": ["x"]},
    "no message": {"choices": [{"index": 0}]},
    "text of another kind": {"choices": [{"message": {"content": 7}, "logprobs": {"content": TOKENS}}]},
    "500": (500, "the model fell over"),
    "404": (404, "no such model"),
    "an error in another kind": (500, b"\xff\xfe"),
    "no logprobs": {"choices": [{"message": {"content": "Hi"}, "logprobs": None}]},
    "logprobs of another text": chat("Hi", ["Ho"]),
    "logprobs of part of the text": chat("Hi there", ["Hi"]),
    "a logprob that is none": {"choices": [{"message": {"content": "Hi"}, "logprobs": {"content": [{"token": "Hi"}]}}]},
    "a logprob that is no number": b'{"choices": [{"message": {"content": "Hi"}, "logprobs": {"content": '
    b'[{"token": "Hi", "logprob": NaN}]}}]}',
    "counts of another kind": {**chat("Hi"), "usage": {"prompt_tokens": "many"}},
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_answer_is_a_failed_reply_with_a_reason(answer):
    broken = lambda path, body: answer if body.get("max_tokens") != 3 else chat("fine")  # noqa: E731
    held_too, choice = Generate("x", schema=PERSON), Choose("x", ("a", "b"), chat=False)
    bad, good, *others = asked_of(broken, Generate("x"), Generate("y", max_tokens=3), held_too, choice)
    assert good.text == "fine" and not good.failed
    for reply in (bad, *others):
        assert reply.failed and reply.stop == "failed" and "server" in reply.error and len(reply.error) <= 500


def test_a_broken_second_turn_keeps_the_first():
    answer = lambda path, body: chat("Hi") if len(body["messages"]) == 1 else (500, "no")  # noqa: E731
    (reply,) = asked_of(answer, Generate("x", then=Generate("y")))
    assert reply.failed and "500" in reply.error and reply.earlier[0].text == "Hi"


def test_a_server_that_hangs_costs_its_time_limit_and_no_more():
    def hanging(path, body):
        time.sleep(3 if "slow" in str(body["messages"]) else 0)
        return chat("Hi")

    began = time.monotonic()
    slow, quick = asked_of(hanging, Generate("slow"), Generate("quick"), seconds=0.5)
    assert slow.failed and "within 0.5 seconds" in slow.error and quick.text == "Hi"
    assert time.monotonic() - began < 2.5


def test_leaving_does_not_wait_for_answers_that_are_still_to_come():
    slow = lambda path, body: time.sleep(30 if "slow" in str(body["messages"]) else 0) or chat("Hi")  # noqa: E731
    with StandIn(slow) as server, ServerEngine(server.url, "x", width=2) as engine:
        replies = engine.answer([Generate("quick"), Generate("slow"), Generate("slow")])
        began = time.monotonic()
        assert next(replies)[0] == 0
        replies.close()
        assert time.monotonic() - began < 5
        assert len(server.asked) <= 3
