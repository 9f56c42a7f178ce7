"""What Python decides, scripts read: no number, word or colour of it stands in a script a second time."""

import json
import re
from pathlib import Path

import pytest

from explainers.plotting import theme
from explainers.schema import Outcome
from explainers.text.formatting import SIGNS
from runners.twins import web_demo
from runners.twins.tokenizer import PIECE

ASSETS = Path(__file__).parents[2] / "docs" / "assets"
SCRIPTS = {path.name: path.read_text(encoding="utf-8") for path in sorted(ASSETS.glob("*.js"))}


def code(name):
    """A script without its comments."""
    return re.sub(r"/\*.*?\*/|(?<!:)//[^\n]*", "", SCRIPTS[name], flags=re.DOTALL)


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_script_repeats_a_size_of_a_chart(name):
    sizes = {theme.WIDE, theme.NARROW, theme.PHONE, theme.LAYOUT["narrow_below"]}
    sizes |= {theme.LAYOUT["axis"], theme.LAYOUT["gap"]} if name == "charts.js" else set()
    assert {number for number in map(int, re.findall(r"(?<![\w.])\d+\b", code(name))) if number in sizes} == set()
    assert theme.LAYOUT["autosize"]["type"] not in code(name)


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_script_names_a_colour_an_outcome_or_its_sign(name):
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b", code(name)) == []
    assert [
        word for word in [*SIGNS.values(), *map(str, Outcome)] if re.search(rf"[\"'`]{word}\b|{word} ", code(name))
    ] == []


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_script_holds_intervals_against_each_other_or_names_how_sure_they_are(name):
    assert re.findall(r"95|\.low\b|\.high\b|\bMB\b|1e6", code(name)) == []


def test_the_runtime_in_the_page_is_set_as_the_engine_that_recorded_the_routing():
    for name in ("mixture.js", "mixture-runtime.js", "mixture-words.js"):
        assert not [
            word for word in (f'"{web_demo.CACHE_TYPE}"', "expert_used_count", "A-Za-z0-9") if word in code(name)
        ]
    assert "threads: 1" not in code("mixture-runtime.js")


def test_a_browser_can_read_what_the_tokenizer_cuts_by():
    """JavaScript has no possessive quantifiers, atomic groups or named groups as Python writes them."""
    assert not re.search(r"\(\?P|\(\?>|[*+?]\+", PIECE.pattern)


def test_the_file_for_scripts_has_a_look_for_each_ground_and_width():
    told = json.loads(json.dumps(theme.for_scripts()))
    assert told["configs"].keys() == {"light-wide", "light-narrow", "dark-wide", "dark-narrow"}
    assert told["layout"] == theme.LAYOUT


@pytest.mark.parametrize(("width", "columns", "panel"), [("wide", 3, 193), ("narrow", 1, 620)])
def test_a_panel_has_its_part_of_the_width_without_the_axis_and_a_gap(width, columns, panel):
    made = theme.sized({"facet": {}, "columns": 3, "spec": {"height": 9}}, 680, width)
    assert made == {"facet": {}, "columns": columns, "spec": {"height": 9, "width": panel}}
