"""What a server answers is fitted to its text, token by token, or refused."""

import pytest

from runners.engine.openai_responses import Refused, read_echo, read_reply
from runners.schema import Generate
from tests.helpers.servers import chat


@pytest.mark.parametrize(
    ("tokens", "text", "pieces"),
    [
        (["", "", "", " Hey"], "🌟 Hey", ("", "", "🌟", " Hey")),
        (["a�", "�", "b"], "aüb", ("a", "ü", "b")),
        (["", ""], "ü", ("", "ü")),
        (["Hi", " th", "ere", "<|im_end|>"], "Hi th", ("Hi", " th")),
        (["Hi", " there"], "Hi th", ("Hi", " th")),
        ([], "", ()),
    ],
)
def test_pieces_that_a_server_cuts_inside_a_character_still_make_up_the_text(tokens, text, pieces):
    reply = read_reply(chat(text, tokens), Generate("x"), 1.0, ())
    assert reply.tokens == pieces and len(reply.logprobs) == len(pieces)


@pytest.mark.parametrize("tokens", [["Ho"], ["Hi"], ["Hi", "there"], [" there", "Hi"], []])
def test_tokens_that_do_not_make_up_the_text_are_refused(tokens):
    with pytest.raises(Refused, match="make up its text"):
        read_reply(chat("Hi there", tokens), Generate("x"), 1.0, ())


def test_an_echo_that_may_end_inside_a_character_is_refused():
    """The generated token would be taken for one of the text's."""
    answer = {
        "choices": [{"text": "a☃", "logprobs": {"tokens": ["a", "", "", ""], "token_logprobs": [None, -1, -1, -1]}}]
    }
    with pytest.raises(Refused, match="text's last"):
        read_echo(answer, "a☃")
    answer["choices"][0]["logprobs"]["tokens"][1] = "☃"
    assert read_echo(answer, "a☃") == (["a", "☃"], [0.0, -1.0])
