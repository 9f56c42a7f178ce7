"""The page on setting one machine beside another: how to do it, and what there is."""

import csv
import html
import io
import re

import pytest

from explainers.analysis.tables import compared_table
from explainers.guide.guide import gather
from explainers.site import pages
from explainers.site.build import build
from tests.helpers.hostile import HOSTILE
from tests.helpers.planted import experiment, home_in, plant, scores, usual, without_npm

ASKED = {"json-fidelity": experiment(per_depth=2)}


@pytest.fixture
def home(tmp_path, monkeypatch):
    without_npm(monkeypatch)
    return home_in(tmp_path / "home")


def planted(home, answer=usual, **more):
    plant(home, answer, asked=ASKED["json-fidelity"], **more)


def page(home):
    return pages.pages(gather(home, ASKED), live=False)["compare.md"]


def table(home):
    return compared_table(gather(home, ASKED).comparisons)


def heard(text):
    return html.unescape(re.sub(r"<[^>]+>", "", text))


def test_the_page_says_how_with_two_commands_and_how_to_contribute(home):
    said = heard(page(home))
    assert "incompressible run --profile full" in said and "incompressible compare\n" in said
    assert "incompressible submit" in said and "incompressible merge" in said
    assert "Nothing has been measured" in said


def test_with_one_machine_it_says_that_there_is_nothing_to_set_beside_it(home):
    planted(home)
    assert "All replies in this data set are of one machine, rig-a" in heard(page(home))
    assert table(home) == {}


def test_with_two_machines_it_shows_the_table_that_the_data_has(home):
    planted(home, rig="rig-published")
    planted(home, rig="rig-published", model="other")
    planted(home, lambda item, arm: scores(True), rig="rig-a")
    said = heard(page(home))
    assert "+100.0 points (95% " in said and "12 of 12" in said and "not subtracted" in said
    rows = list(csv.DictReader(io.StringIO(table(home)["compare.csv"].decode())))
    (row,) = [row for row in rows if row["metric"] == "schema_valid" and row["arm"] == "asked"]
    assert (row["mine_rig"], row["theirs_rig"]) == ("rig-a", "rig-published")
    assert (row["mine_value"], row["theirs_value"], row["difference_value"]) == ("1.0", "0.0", "1.0")
    assert {row["difference_value"] for row in rows if row["speed"] == "true"} == {""}


def test_machines_with_nothing_in_common_are_not_forced_together(home):
    planted(home, rig="rig-published")
    planted(home, rig="rig-a", model="other")
    assert "no two of them measured the same weights" in heard(page(home))


def test_what_strangers_call_their_model_is_shown_as_text(home):
    for text in ("<script>x</script>", "{{ 7*7 }}", *HOSTILE[:24]):
        name = text.encode("utf-8", "replace").decode()
        planted(home, rig="rig-a", name=name, model=f"m{HOSTILE.index(text) if text in HOSTILE else text[1]}")
        planted(home, rig="rig-b", name=name, model=f"m{HOSTILE.index(text) if text in HOSTILE else text[1]}")
    found = page(home)
    assert "<script>" not in found and "{{" not in found and "\x1b" not in found and "<iframe" not in found
    assert "&#60;script" in found


@pytest.mark.slow
def test_a_site_with_two_machines_builds_strictly(home):
    planted(home, rig="rig-published")
    planted(home, rig="rig-a")
    site = build(home, progress=lambda text: None, experiments=ASKED).site
    built = heard((site / "compare" / "index.html").read_text())
    assert "rig-published" in built and "not subtracted" in built
    assert build(home, check=True, progress=lambda text: None, experiments=ASKED).stale in ((), ("site/.built.json",))
