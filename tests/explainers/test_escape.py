"""What a model wrote stays text through every layer: template, Markdown, HTML."""

import html
import re

import pytest
from hostile import HOSTILE
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from explainers.escape import block, shown


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_any_layer_reads_is_left(text):
    assert re.fullmatch(r"(?:[\w ,.;()/%?]|&#\d+;)*", str(shown(text)))


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_plain_text_comes_out_as_it_went_in(text):
    assert html.unescape(str(shown(text))) == text


@given(st.text(max_size=50))
def test_a_block_is_one_line_that_no_fence_or_heading_can_start(text):
    assert "\n" not in block(text)
    assert block(text).startswith('<pre class="said"')
    assert block(text).count("<") == 2


def test_control_and_turning_characters_are_seen():
    assert html.unescape(str(shown("\x1b[0m\u202e"))) == "␛[0m⟨U+202E⟩"


def test_long_text_says_how_much_is_left_out():
    assert "1,000 more characters" in block("a" * 5000)


def test_shown_text_is_not_escaped_twice():
    assert isinstance(shown("<"), Markup)
    assert shown("<") == "&#60;"
