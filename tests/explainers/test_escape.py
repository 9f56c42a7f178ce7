"""What a model wrote stays text through every layer: template, Markdown, HTML."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from explainers.text.escape import block, cell, shown
from tests.helpers.hostile import HOSTILE


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


@pytest.mark.parametrize(
    "text", ["=1+1", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "\r\n=1", " =1", "\x00=1", "\uff1d1"]
)
def test_what_a_spreadsheet_would_run_is_text_in_a_cell(text):
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-0.5", "+3", "-1.5e-05", "", " ", "7B", "a=b", "<b>", "−3"])
def test_numbers_and_other_text_stay_as_they_are_in_a_cell(text):
    assert cell(text) == text


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_begins_with_a_formula(text):
    assert not re.match(r"[\s\x00-\x1f]*[=+\-@＝]", cell(text))
