"""Live experiments in Chromium on the built site: CPU seconds from the click to the first result, until that is drawn
and nothing is left to do (Chromium compiles on in the background), and from a change to the second, drawn.

    python tests/bench/live.py [PAGE ...]     paths below site/; by default the tools and every claim

All of Chromium's processes are counted. The goals: 4 s to the first result, 0.3 s to the second.
Each time the browser is started anew, so that nothing is compiled or cached beforehand. `waited` is by the clock, from
a change to the second result; much of what that costs the processor is V8 compiling on behind it. Of three times the
least counts: whoever shares the processor makes the same work cost up to half as much again, and never less. `pace` is
what a loop of fixed length costs at that time, to tell such hours by.
"""

from __future__ import annotations

import shutil
import time
from threading import Thread

import psutil
from playwright.sync_api import Page, sync_playwright
from rows import HOUSE, Row, show, words

from explainers.live import TOOLS
from explainers.serve import server

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))

TIMES = 3


def rows():
    home = HOUSE
    claims = sorted(path.parent.name for path in (home / "site" / "claims").glob("*/index.html"))
    pages = words() or [*(f"live/{name}" for name in TOOLS), *(f"claims/{name}" for name in claims)]
    with server(home, 0) as listening:
        Thread(target=listening.serve_forever, daemon=True).start()
        for path in pages:
            told = [timed(f"http://127.0.0.1:{listening.server_address[1]}/{path}/") for _ in range(TIMES)]
            if not all(told):
                continue
            first, _, second, *_ = map(min, zip(*told, strict=True))
            yield Row(f"{path}, click to first result", first, "s CPU", most=4)
            yield Row(f"{path}, change to second result, drawn", second, "s CPU", most=0.3)
        listening.shutdown()


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
