"""Built sites with planted evidence, served on loopback, and a real Chromium that may reach nothing else."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from explainers.cli.serve import server
from explainers.site import npm
from explainers.site.build import build
from runners.experiments import find
from tests.helpers.hostile import HOSTILE, NAMES
from tests.helpers.planted import ARMS, ROOT, experiment, home_in, plant, scores, usual

HERE = Path(__file__).parent
QUIET = ("background-networking", "component-update", "gpu", "quic", "sync")
ARGUMENTS = ["--no-sandbox", "--no-first-run", *(f"--disable-{name}" for name in QUIET)]


def answer(item, arm):
    """Deeper is harder when asked, easy when held; and every arm has a right and a wrong reply."""
    place = int(item.id[-2:])
    right = {"free": place == 0, "asked": place >= item.tags["depth"]}.get(arm["held"], place > 0)
    return scores(right, broken_at=None if right else 20 + 31 * place)


def said(arm):
    """A quarter of all hostile strings for each arm, so that no sample is longer than a page shows."""
    return "\n".join(HOSTILE[ARMS.index(arm["held"]) :: 4])


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    """One model, whose replies carry every hostile string."""
    home = home_in(tmp_path_factory.mktemp("guide") / "home")
    asked = experiment(per_depth=6)
    plant(home, answer, asked=asked, said=said, model="hostile", name="Hostile <b>1B</b> {{ 7*7 }} Q4_1")
    with_twin(home, "knowledge-16x32-s1")
    build(home, progress=print, experiments={asked.slug: asked})
    return home


def with_twin(home, name):
    """The weights of one committed twin, and the recipe that says what it is."""
    twins = Path("data") / "twins"
    (home / twins / "knowledge").mkdir(parents=True)
    for one in ("recipe.toml", f"knowledge/{name}.gguf"):
        shutil.copy(ROOT / twins / one, home / twins / one)


@pytest.fixture(scope="session")
def hostile_home(tmp_path_factory):
    """Models, arms, machines and errors that are called by every hostile string; nothing in it is friendly."""
    home = home_in(tmp_path_factory.mktemp("hostile") / "home")
    asked = experiment(per_depth=1, more_arms=("\n".join(HOSTILE[:60]),))
    for place, name in enumerate(NAMES):
        for rig in ("rig-a", "rig-<b>{{ 7*7 }}"):
            plant(home, usual, asked=asked, model=f"m{place}", name=name, recorded=called(name), build=name, rig=rig)
    errors = iter(HOSTILE)
    for place in range(-(-len(HOSTILE) // 30)):
        failing = lambda item, arm: None  # noqa: E731
        plant(home, failing, asked=asked, model=f"f{place}", error=lambda: next(errors, "out of memory"))
    build(home, progress=print, experiments={asked.slug: asked})
    return home


def called(name):
    """What a run records, where every fact about model and machine is `name`."""
    machine = {"cpu": name, "os": name, "arch": name, "gpus": [{"name": name}]}
    return lambda run: {
        **run,
        "machine": machine,
        "model": {**run["model"], "architecture": name, "licence": name, "source": name},
    }


@pytest.fixture(scope="session")
def judged_home(tmp_path_factory):
    """The committed replies of one experiment, which a page judges again by its own score."""
    home = home_in(tmp_path_factory.mktemp("judged") / "home")
    for replies in (ROOT / "data" / "runs").glob("*/json-fidelity"):
        shutil.copytree(replies, home / replies.relative_to(ROOT))
    build(home, progress=print, experiments={"json-fidelity": find()["json-fidelity"]})
    return home


@contextmanager
def serving(home):
    with server(home, 0) as listening:
        Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_address[1]}"
        listening.shutdown()


@pytest.fixture(scope="session")
def address(home):
    with serving(home) as address:
        yield address


@pytest.fixture(scope="session")
def judged_address(judged_home):
    with serving(judged_home) as address:
        yield address


@pytest.fixture(scope="session")
def hostile_address(hostile_home):
    with serving(hostile_home) as address:
        yield address


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


@pytest.fixture(scope="session")
def axe():
    """The source of axe-core, which judges a page from within."""
    fault = npm.install(HERE)
    if fault:
        pytest.fail(f"axe-core cannot be brought: {fault}")
    return (HERE / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@contextmanager
def visiting(chromium, address):
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

    open_page.address = address
    yield open_page
    for context in contexts:
        context.close()
    assert outside == []
    assert faults == []


@pytest.fixture
def visit(chromium, address):
    with visiting(chromium, address) as visit:
        yield visit


@pytest.fixture
def visit_judged(chromium, judged_address):
    with visiting(chromium, judged_address) as visit:
        yield visit


@pytest.fixture
def visit_hostile(chromium, hostile_address):
    with visiting(chromium, hostile_address) as visit:
        yield visit
