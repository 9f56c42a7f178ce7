"""A kept picture is a plain drawing, or it is not published."""

import pytest

from explainers.frozen import svg_check
from explainers.frozen.store import FrozenError, load_versions
from tests.helpers.shelved import put


def svg(inside="", attributes=""):
    return f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}>{inside}</svg>'.encode()


EVIL = {
    "script": svg("<script>owned()</script>"),
    "handler": svg(attributes='onload="owned()"'),
    "handler in capitals": svg(attributes='ONLOAD="owned()"'),
    "html": svg('<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"/></foreignObject>'),
    "link": svg('<a href="javascript:owned()"><text>x</text></a>'),
    "old link": svg('<g xlink:href="//owned.invalid"/>', 'xmlns:xlink="http://www.w3.org/1999/xlink"'),
    "image": svg('<image href="//owned.invalid/x.png"/>'),
    "style": svg("<style>@import '//owned.invalid'</style>"),
    "style of an element": svg('<g style="background:url(//owned.invalid)"/>'),
    "paint from elsewhere": svg('<g fill="url(//owned.invalid#x)"/>'),
    "entity": b'<!DOCTYPE svg [<!ENTITY x "y">]>' + svg("<text>&x;</text>"),
    "style sheet": b'<?xml-stylesheet href="//owned.invalid"?>' + svg(),
    "animation": svg('<set attributeName="href" to="javascript:owned()"/>'),
    "another namespace": svg('<script xmlns="http://www.w3.org/1999/xhtml">owned()</script>'),
    "no picture": b'<html xmlns="http://www.w3.org/1999/xhtml"/>',
    "no xml": b"GIF89a",
}


@pytest.mark.parametrize("name", EVIL)
def test_a_picture_that_could_do_anything_is_not_published_even_with_a_fitting_sum(folder, name):
    put(folder, "json-depth/dark-wide.svg", EVIL[name])
    (kept,) = load_versions(folder.parents[2])
    with pytest.raises(FrozenError, match=r"dark-wide\.svg\.gz is not shown: it "):
        kept.content("json-depth/dark-wide.svg")


def test_a_plain_drawing_has_no_fault(shelf):
    drawings = list((shelf[0] / "build" / "docs" / "charts").rglob("*.svg"))
    assert len(drawings) > 5 and {svg_check.fault(path.read_bytes()) for path in drawings} == {""}
    assert svg_check.fault(svg('<path fill="url(#gradient_0)" d="M0,0"/>')) == ""
