"""The Content-Security-Policy as a browser keeps it."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_neither_a_script_slipped_into_a_page_nor_a_request_to_elsewhere_gets_through(chromium, address):
    page = chromium.new_page()
    said = []
    page.on("console", lambda one: said.append(one.text))
    page.goto(f"{address}/claims/grammar-fixes-json/")
    page.evaluate(
        """() => {
            document.body.append(Object.assign(document.createElement("script"), { textContent: "window.owned = 1" }));
            document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.owned = 2'>");
        }"""
    )
    refused = page.evaluate("fetch('https://elsewhere.example/').then(() => 'got through', () => 'refused')")
    assert refused == "refused"
    assert page.evaluate("window.owned") is None
    assert len([text for text in said if "Content Security Policy" in text]) >= 3
    page.close()
