"""Pictures of live experiments: bare specs that the theme dresses and vl-convert draws, on every ground and width."""

import json

import altair as alt
import pytest

from explainers.live import find, tools
from explainers.plotting.render import LOOKS, pictures
from tests.helpers.live_files import KNOWN, recorded, told_by_runs, told_by_twin


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return told_by_twin() | told_by_runs(tmp_path_factory.mktemp("sizes"), recorded(KNOWN[0]))


@pytest.mark.parametrize("name", tools())
def test_every_picture_is_drawn_on_every_ground_and_width(name, files):
    for picture in find(name).at_first(files).pictures:
        assert {look: b"<svg" in svg[:200] for look, svg in pictures(dict(picture.spec)).items()} == dict.fromkeys(
            LOOKS, True
        )


@pytest.mark.parametrize("name", tools())
def test_every_picture_is_written_in_the_grammar_of_vega_lite(name, files):
    for picture in find(name).at_first(files).pictures:
        alt.Chart.from_dict(dict(picture.spec), validate=True)


@pytest.mark.parametrize("name", tools())
def test_a_picture_leaves_colours_and_width_to_the_theme(name, files):
    for picture in find(name).at_first(files).pictures:
        assert not {"config", "title", "width", "autosize"} & picture.spec.keys()
        assert "#" not in json.dumps(picture.spec) and picture.alt and picture.title
