"""Live experiments as pages offer them: what a click costs, and what is there without scripts or without npm."""

import re

import pytest

from explainers.guide.guide import gather
from explainers.live import tools
from explainers.site import live_data, live_pages, pages
from tests.helpers.planted import experiment, home_in, plant, usual

ASKED = {"json-fidelity": experiment(per_depth=2)}
BROUGHT = {
    "assets/pyodide/pyodide.asm.wasm": bytes(4_000_000),
    "assets/pyodide/python.snapshot": bytes(1_000_000),
    "assets/pyodide/python_stdlib.zip": bytes(3_000_000),  # fetched only where the snapshot is of no use
    "assets/wllama/llama.wasm": bytes(7_000_000),
}
CLAIM = "claims/json-contracts-break.md"


@pytest.fixture(scope="module")
def guide(tmp_path_factory):
    home = home_in(tmp_path_factory.mktemp("living") / "home")
    plant(home, usual, asked=ASKED["json-fidelity"])
    return gather(home, ASKED)


@pytest.fixture(scope="module")
def laid(guide):
    return live_data.files(guide)


@pytest.fixture(scope="module")
def with_npm(guide, laid):
    return pages.pages(guide, True, live_pages.offered(guide.verdicts, guide.demo_accuracy, laid, BROUGHT))


@pytest.fixture(scope="module")
def without_npm(guide, laid):
    return pages.pages(guide, False, live_pages.offered(guide.verdicts, guide.demo_accuracy, laid, {}))


def test_the_button_says_what_python_and_what_it_reads_weigh(laid, with_npm):
    told = {name: int(re.search(r'data-bytes="(\d+)"', with_npm[f"live/{name}.md"])[1]) for name in tools()}
    assert told["routing"] == 5_000_000
    assert told["sizes"] == 5_000_000 + len(laid["sizes.json"])
    assert "fetches 5 MB" in with_npm["live/routing.md"]


def test_a_claim_that_replies_bear_on_can_be_judged_and_no_other(guide, with_npm):
    offered = {path for path, page in with_npm.items() if path.startswith("claims/") and "Judge it yourself" in page}
    assert CLAIM in offered
    assert offered == {f"claims/{slug}.md" for slug, verdict in guide.verdicts.items() if verdict.findings}


@pytest.mark.parametrize("name", tools())
def test_without_npm_a_page_says_what_is_missing_and_shows_its_first_result(without_npm, name):
    page = without_npm[f"live/{name}.md"]
    assert (
        "the live part is missing: it needs Node.js, and Python 3.12 or newer" in page and 'class="live-said"' in page
    )
    assert "<form" not in page and "data-live" not in page


def test_without_npm_the_list_says_so_and_claims_offer_nothing(without_npm):
    assert "the parts that run Python are missing: they need Node.js" in without_npm["live/index.md"]
    assert "Judge it yourself" not in without_npm[CLAIM]
