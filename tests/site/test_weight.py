"""What a reader's line has to carry, gzipped as a web host sends it."""

import gzip

import pytest

from tests.helpers.looking import CLAIM, drawn

pytestmark = pytest.mark.browser

KB = 1000


def weights(page):
    """Path -> gzipped bytes of every answer so far, filled as they come. An answer without a body weighs nothing."""
    seen = {}

    def weigh(reply):
        seen[reply.url.split("/", 3)[3]] = len(gzip.compress(reply.body())) if reply.ok else 0

    page.on("response", weigh)
    return seen


def interactive(path):
    """Asked for by a chart that is drawn anew, and by nothing else."""
    return path.startswith("assets/vega/") or path.endswith(("/chart.json", "theme/charts.json"))


def test_a_claims_page_and_its_live_charts_keep_within_their_budgets(visit):
    page = visit("/404.html")
    page.goto("about:blank")
    seen = weights(page)
    page.goto(visit.address + CLAIM)
    for chart in page.locator(".chart").all():
        chart.scroll_into_view_if_needed()
    drawn(page)
    page.wait_for_load_state("networkidle")
    live = {path: size for path, size in seen.items() if interactive(path)}
    before = {path: size for path, size in seen.items() if path not in live}
    assert 60 * KB < sum(before.values()) <= 150 * KB, before
    assert 200 * KB < sum(live.values()) <= 320 * KB, live


def test_the_search_index_waits_until_somebody_searches(visit):
    page = visit(CLAIM)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    page.wait_for_load_state("networkidle")
    assert any(url.endswith(".css") for url in asked) and not any("search_index" in url for url in asked)
    page.keyboard.press("/")
    page.keyboard.type("grammar")
    page.locator(".md-search-result__item").first.wait_for()
    assert [url.rsplit("/", 1)[1] for url in asked if "search_index" in url] == ["search_index.json"]
