"""Live experiments in Chromium on the built site: CPU seconds from the click to the first result, until that is drawn
and nothing is left to do (Chromium compiles on in the background), and from a change to the second, drawn.

    python -m tests.bench.live [PAGE ...]     paths below site/; by default the tools and the slowest of all claims

All of Chromium's processes are counted. The goals: 4 s to the first result, 0.3 s to the second.
Each time the browser is started anew, so that nothing is compiled or cached beforehand. `waited` is by the clock, from
a change to the second result; much of what that costs the processor is V8 compiling on behind it. Of three times the
least counts: whoever shares the processor makes the same work cost up to half as much again, and never less. `pace` is
what a loop of fixed length costs at that time, to tell such hours by.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from threading import Thread

import psutil
from playwright.sync_api import Page, sync_playwright

from explainers.cli.serve import server
from explainers.live import tools
from tests.bench.rows import HOUSE, Row, show, words

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))

TIMES = 3


def rows():
    with server(HOUSE, 0) as listening:
        Thread(target=listening.serve_forever, daemon=True).start()
        site = f"http://127.0.0.1:{listening.server_address[1]}"
        for path in words() or [f"live/{name}" for name in tools()]:
            if least := quickest(f"{site}/{path}/"):
                yield from shown(path, least[0], path, least[1])
        if not words():
            yield from slowest(site, sorted(path.parent.name for path in (HOUSE / "site/claims").glob("*/index.html")))
        listening.shutdown()


def slowest(site: str, claims: list[str]) -> Iterator[Row]:
    """Of the pages of all claims, the one that takes longest for its first result, and for its second."""
    asked = {name: quickest(f"{site}/claims/{name}/") for name in claims}
    told = {name: least for name, least in asked.items() if least}
    first, second = (max(told, key=lambda name: told[name][place]) for place in (0, 1))
    of = f"the slowest of {len(told)} claims"
    yield from shown(f"claims/{first}, {of}", told[first][0], f"claims/{second}, {of}", told[second][1])


def shown(first: str, clicked: float, second: str, changed: float) -> Iterator[Row]:
    """The rows of a page, or of two: where it was clicked and where something was changed, and what that took."""
    yield Row(f"{first}: click to first result", clicked, "s CPU", most=4)
    yield Row(f"{second}: change to second result, drawn", changed, "s CPU", most=0.3)


def quickest(address: str) -> tuple[float, float] | None:
    """`first` and `second` of one page, the least of several times each; None where there is nothing to try."""
    told = [timed(address) for _ in range(TIMES)]
    if not all(told):
        return None
    first, _, second, *_ = map(min, zip(*told, strict=True))
    return first, second


def timed(address: str) -> tuple[float, ...] | None:
    """`first`, `drawn`, `second`, `waited` and `pace` of one page; None where there is nothing to try."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(address)
        if not page.locator(".live-start").count():
            return None
        settle()
        first, drawn, _ = answered(page, lambda: page.locator(".live-start").click())
        _, second, waited = answered(page, lambda: change(page))
        browser.close()
        return first, drawn, second, waited, pace()


def pace() -> float:
    before = time.process_time()
    sum(one * one for one in range(5_000_000))
    return time.process_time() - before


def change(page: Page) -> None:
    """Move the first number of the form by a step, or by a hundredth of itself."""
    page.locator(".live-form input:is([type=number], [type=range])").first.evaluate(
        """field => {
            const step = field.step === "any" ? Math.abs(+field.value) / 100 || 0.01 : +field.step;
            field.value = +field.value + step <= +field.max ? +field.value + step : +field.value - step;
            field.dispatchEvent(new Event("input", { bubbles: true }));
        }"""
    )


def answered(page: Page, ask) -> tuple[float, float, float]:
    """Ask; CPU seconds until a result stands there, and until nothing is left to draw; seconds waited for the first."""
    page.evaluate(
        """() => {
            const asked = performance.now();
            const seen = () => { document.title = `answered ${performance.now() - asked}`; };
            new MutationObserver((_, all) => { all.disconnect(); seen(); }).observe(
                document.querySelector(".live-result"), { childList: true });
            document.title = "asked";
        }"""
    )
    before = cpu()
    ask()
    while not page.title().startswith("answered"):
        if wrong := page.locator(".live-state.is-wrong").all_inner_texts():
            raise SystemExit(f"{page.url}: {wrong[0]}")
        time.sleep(0.05)
    first, waited = cpu() - before, float(page.title().split()[1]) / 1000
    settle()
    return first, cpu() - before, waited


def cpu() -> float:
    """User and system seconds of all processes of Chromium."""
    told = 0.0
    for process in psutil.Process().children(recursive=True):
        try:
            if "chrom" in process.name():
                told += sum(process.cpu_times()[:2])
        except psutil.Error:
            continue
    return told


def settle() -> None:
    """Wait until Chromium has been idle for half a second."""
    while True:
        before = cpu()
        time.sleep(0.5)
        if cpu() - before < 0.03:
            return


if __name__ == "__main__":
    show(__file__, rows())
