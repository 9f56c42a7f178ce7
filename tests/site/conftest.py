"""A built site with planted evidence, served on loopback, and a real Chromium that may reach nothing else."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from threading import Thread

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "explainers"))

from hostile import HOSTILE
from planted import experiment, home_in, plant, scores

from explainers.build import build
from explainers.serve import server

QUIET = ("background-networking", "component-update", "gpu", "quic", "sync")
ARGUMENTS = ["--no-sandbox", "--no-first-run", *(f"--disable-{name}" for name in QUIET)]


def answer(item, arm):
    """Deeper is harder when asked, easy when held; and every arm has a right and a wrong reply."""
    place = int(item.id[-2:])
    right = {"free": place == 0, "asked": place >= item.tags["depth"]}.get(arm["held"], place > 0)
    return scores(right, broken_at=None if right else 20 + 31 * place)


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    """One model, whose replies all carry every hostile string."""
    home = home_in(tmp_path_factory.mktemp("guide") / "home")
    asked = experiment(per_depth=6)
    said = "\n".join(HOSTILE)
    plant(home, answer, asked=asked, said=said, model="hostile", name="Hostile <b>1B</b> {{ 7*7 }} Q4_1")
    build(home, progress=print, experiments={asked.slug: asked})
    return home


@pytest.fixture(scope="session")
def address(home):
    with server(home, 0) as listening:
        Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_address[1]}"
        listening.shutdown()


@pytest.fixture(scope="session")
def chromium():
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        pytest.fail("no Chromium here: install it (Debian: `apt-get install chromium`) and run the tests again")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium, address):
    """`visit(path, **context)` opens a page; whatever it asked of other hosts, or complained of, fails the test."""
    outside, faults, contexts = [], [], []

    def guard(route):
        if route.request.url.startswith((address, "data:", "blob:")):
            return route.continue_()
        outside.append(route.request.url)
        return route.abort()

    def open_page(path="/", **options):
        context = chromium.new_context(**options)
        contexts.append(context)
        context.route("**/*", guard)
        page = context.new_page()
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        page.on("console", lambda said: faults.append(said.text) if said.type in ("error", "warning") else None)
        page.goto(address + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert outside == []
    assert faults == []
