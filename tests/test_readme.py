"""README.md shows what the committed replies say, and leads to pages that there are."""

import gzip
import re
from pathlib import Path

import pytest

from explainers.exports.readme import CHART, table

HOUSE = Path(__file__).parents[1]
TEXT = (HOUSE / "README.md").read_text(encoding="utf-8")


def test_every_link_and_picture_leads_somewhere():
    links = re.findall(r"\]\(([^)#]+)\)", TEXT)
    assert len(links) > 6 and [link for link in links if not (HOUSE / link).exists()] == []


def test_the_picture_is_the_chart_that_its_caption_names():
    version = re.search(r"frozen at data version ([0-9a-f]+)", TEXT)[1]
    frozen = HOUSE / "data" / "frozen" / version / CHART / f"{CHART}.svg.gz"
    assert (HOUSE / "docs" / "assets" / "readme.svg").read_bytes() == gzip.decompress(frozen.read_bytes())


@pytest.mark.slow
def test_the_table_is_what_the_replies_say(published):
    """`make readme` writes it anew. After new replies the picture may be older, and says of which version it is."""
    assert table(published.verdicts.values()) in TEXT
