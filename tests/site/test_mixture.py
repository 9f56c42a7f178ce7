"""The page on a small MoE, in a real browser: twins that answer there as the guide's own engine does."""

import json
import re
import shutil
from pathlib import Path
from threading import Thread

import pytest

from explainers.cli.serve import server
from explainers.plotting import theme
from explainers.site import npm
from explainers.site.build import gathered
from explainers.site.live_data import moe_demo
from explainers.site.pages import rendered
from runners.items.twin_people import attributes
from runners.twins import web_demo
from tests.helpers.planted import ROOT, home_in
from tests.site.test_pages import judged

pytestmark = pytest.mark.browser

POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self' blob:; worker-src 'self' blob:; base-uri 'self'; form-action 'none'"
)
HEAD = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A mixture</title><link rel="icon" href="data:,">'
    f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="../../assets/theme/colours.css">'
    '<link rel="stylesheet" href="../../assets/extra.css"><link rel="stylesheet" href="../../assets/mixture.css">'
    '<script type="module" src="../../assets/mixture.js"></script></head>'
    '<body class="md-typeset" data-md-color-scheme="default"><main>'
)
WLLAMA = ("index.min.js", "wasm/wllama.wasm")
PROMPTS = [one.target["opening"] for one in web_demo.questions()]
ASKED = """async ({weights, used, prompts, engine}) => {
  const {started, completed} = await import("/assets/mixture-runtime.js");
  const twin = await started({weights: `/live/mixture/${weights}`, used, engine});
  const said = [];
  for (const prompt of prompts) said.push((await completed(twin, {prompt, likeliest: 1})).text);
  await twin.exit();
  return said;
}"""

CANCELLED = """async ({weights, engine}) => {
  let ended = 0;
  const made = new Promise((ok) => {
    globalThis.Worker = class extends Worker {
      constructor(...all) { super(...all); ok(); }
      terminate() { ended += 1; super.terminate(); }
    };
  });
  const { answer } = await import("/assets/mixture-runtime.js");
  const running = new AbortController();
  const asked = answer({ weights, engine, prompt: " Kuve" }, { signal: running.signal }).catch((fault) => fault.name);
  await made;
  running.abort();
  return [ended, await asked];
}"""
Q8 = "knowledge-8x64-s1-Q8_0.gguf"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A site of this page alone: the template's own markup, under the strictest policy that the guide may have."""
    from markdown import markdown

    assert npm.install(npm.LIVE) == ""
    home = home_in(tmp_path_factory.mktemp("mixture") / "home")
    site, modules = home / "site", npm.LIVE / "node_modules" / "@wllama" / "wllama" / "esm"
    runtime = {name: (modules / name).read_bytes() for name in WLLAMA}
    (home / "data" / "twins").symlink_to(ROOT / "data" / "twins")
    guide = gathered(home, {})
    made = moe_demo.files(home)
    shutil.copytree(ROOT / "docs" / "assets", site / "assets")
    put(site / "assets" / "wllama", {Path(name).name: content for name, content in runtime.items()})
    put(site / "assets" / "theme", {"colours.css": theme.css().encode()})
    put(site / "live", made)
    text = rendered("live/mixture.md.j2", guide=guide, **moe_demo.template_values(guide.demo_accuracy, made, runtime))
    put(site / "live" / "mixture", {"index.html": (HEAD + markdown(text.split("---", 2)[2])).encode()})
    put(site, {"index.html": b""})
    return home


def put(folder, files):
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


@pytest.fixture(scope="module")
def address(home):
    """Where `visit` goes."""
    with server(home, 0) as listening:
        Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_address[1]}"
        listening.shutdown()


@pytest.fixture
def opened(visit):
    return visit("/live/mixture/")


def ask(page, prompt=None, **chosen):
    """Fill in the form, ask, and wait for what is said."""
    if prompt is not None:
        page.get_by_label("The prompt").fill(prompt)
    if "used" in chosen:
        page.get_by_label("Experts per token").fill(str(chosen["used"]))
    if "kind" in chosen:
        page.get_by_label(chosen["kind"]).check()
    if "grammar" in chosen:
        page.get_by_label("Constrain the answer").set_checked(chosen["grammar"])
    page.locator("[name=send]").click()
    return told(page)


def told(page):
    """What is said once nothing runs any more."""
    page.wait_for_function("() => document.querySelector('[name=cancel]').hidden")
    return page.locator("[data-said]").text_content()


def answers(page):
    return [text.split()[0] for text in page.locator(".mixture-answer").all_text_contents()]


def bars(page):
    return page.locator(".mixture-twin").first.locator("meter").evaluate_all("all => all.map(one => one.value)")


@pytest.mark.engine
@pytest.mark.parametrize(("slug", "used"), [("8x64", 2), ("8x64", 5), ("f512", 0)])
def test_a_twin_says_in_the_page_what_the_guides_own_engine_says(opened, slug, used):
    from runners.engine.llama_engine import LlamaEngine
    from runners.engine.protocol import Load
    from runners.schema import Generate

    weights = f"knowledge-{slug}-s{web_demo.SEED}-Q8_0.gguf"
    load = Load(
        str(web_demo.folder(ROOT) / weights), context=64, width=1, threads=1, gpu_layers=0, cache_type="f32",
        experts_used=used,
    )  # fmt: skip
    engine = LlamaEngine(load)
    asked = [Generate(prompt, chat=False, max_tokens=16) for prompt in PROMPTS[:50]]
    ours = dict(engine.answer(asked))
    engine.close()

    theirs = opened.evaluate(
        ASKED, {"weights": weights, "used": used, "prompts": PROMPTS[:50], "engine": moe_demo.engine(ROOT)}
    )
    assert theirs == [ours[place].text for place in range(50)]


def test_nothing_is_fetched_before_the_first_click(visit):
    page = visit("/")
    fetched = []
    page.on("request", lambda request: fetched.append(request.url.rsplit("/", 1)[-1]))
    page.goto(visit.address + "/live/mixture/")
    page.locator("form").wait_for()

    ours = ["mixture-runtime.js", "mixture-words.js", "mixture.css", "mixture.js"]
    assert sorted(fetched) == ["", "colours.css", "extra.css", *ours]


def test_three_twins_answer_a_fact_that_is_picked_and_are_judged(opened):
    opened.get_by_label("A fact to ask for").select_option(PROMPTS[0].strip())
    said = ask(opened)
    right = web_demo.questions()[0].target["value"]

    assert len(answers(opened)) == 3 and f"The corpus says {right}." in said
    for word, verdict in zip(answers(opened), opened.locator(".mixture-answer").all_text_contents(), strict=True):
        assert verdict.endswith("✓ right" if word == right else "✕ wrong")


def test_answers_pass_axe_and_fit_a_phone(visit, axe):
    page = visit("/live/mixture/", viewport={"width": 360, "height": 800})
    ask(page, PROMPTS[0])

    assert judged(page, axe) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_number_of_experts_changes_what_the_mixture_finds_likely(opened):
    ask(opened, PROMPTS[1], used=2)
    two = bars(opened)
    opened.get_by_label("Experts per token").fill("1")  # asks again by itself, once it has been asked
    opened.wait_for_function("() => document.querySelector('[data-said]').textContent.includes('with 1 of 8')")
    one = bars(opened)

    assert max(abs(left - right) for left, right in zip(one, two, strict=True)) > 0.05


def test_the_routing_shown_is_that_of_the_setting(opened):
    routing = json.loads((web_demo.folder(ROOT) / "routing.json").read_text())
    for kind, used in (("Q8_0", 2), ("Q4_0", 3)):
        ask(opened, PROMPTS[3], used=used, kind=kind)
        rows = opened.locator("[data-routes] tbody tr").all_text_contents()
        last = routing["experts"][kind][str(used)][3][-2 * used :]  # the last layer's last token

        assert len(rows) == len(routing["tokens"][3])
        assert rows[-1].endswith(", ".join(f"{last[at]} ({last[at + 1]}%)" for at in range(0, 2 * used, 2)))
    ask(opened, "Kuve Latosen : job")

    assert opened.locator("[data-routing]").is_hidden()


def test_the_grammar_holds_an_answer_to_the_words_of_the_attribute(opened):
    ask(opened, "bread bread , , job")
    free = answers(opened)
    ask(opened, grammar=True)
    held = answers(opened)

    assert not set(free) <= set(attributes()["job"])
    assert set(held) <= set(attributes()["job"])


def test_what_is_cancelled_can_be_asked_again(opened):
    opened.route("**/wllama.wasm", lambda route: None)  # left waiting, as on a slow line
    opened.locator("[name=send]").click()
    opened.get_by_role("button", name="Cancel").click()
    assert told(opened).startswith("Cancelled") and answers(opened) == []

    opened.unroute("**/wllama.wasm")
    assert "says" in ask(opened) and len(answers(opened)) == 3


def test_cancelling_ends_the_worker_at_once(opened):
    assert opened.evaluate(CANCELLED, {"weights": f"/live/mixture/{Q8}", "engine": moe_demo.engine(ROOT)}) == [
        1,
        "AbortError",
    ]


def test_a_line_that_was_down_is_told_with_the_cure_and_the_next_try_works(opened):
    opened.evaluate(
        "() => { globalThis.real = fetch; globalThis.fetch = async () => { throw new TypeError('down'); }; }"
    )
    assert re.search("down.*Ask again", ask(opened))

    opened.evaluate("() => { globalThis.fetch = globalThis.real; }")
    assert "says" in ask(opened)


def test_a_broken_file_is_fetched_anew(opened):
    opened.route(f"**/{Q8}", lambda route: route.fulfill(body=b"no weights"))
    assert "Ask again" in ask(opened)

    opened.unroute(f"**/{Q8}")
    assert "says" in ask(opened)


def test_a_link_restores_the_settings_and_asks_nothing(visit):
    first = visit("/live/mixture/")
    ask(first, PROMPTS[2].strip(), used=6, kind="Q4_0", grammar=True)
    link = first.get_by_role("link", name="Link to these settings").get_attribute("href")
    assert first.url.endswith(link)

    second = visit(f"/live/mixture/{link}")
    chosen = "form => [form.prompt.value, form.pick.value, form.used.value, form.kind.value, form.grammar.checked]"
    assert second.locator("form").evaluate(chosen) == [PROMPTS[2].strip()] * 2 + ["6", "Q4_0", True]
    assert answers(second) == [] and answers(first) != []


@pytest.mark.parametrize(
    ("prompt", "grammar", "said"),
    [
        ("", False, "There is no prompt"),
        ("Zoë : home", False, "ASCII.* ë"),
        ("Kuve Latosen", True, "end with home, job"),
        ("Zorblax Latosen : home", False, "never taught Zorblax"),
        ("<img src=x onerror=alert(1)> : home", False, "never taught .*<"),
    ],
)
def test_what_cannot_be_asked_or_judged_is_told_with_what_to_do(opened, prompt, grammar, said):
    assert re.search(said, ask(opened, prompt, grammar=grammar))


def test_without_scripts_the_page_says_so_and_still_tells_who_answers(visit):
    page = visit("/live/mixture/", java_script_enabled=False)

    assert page.get_by_text("needs JavaScript").is_visible() and page.locator("form").is_hidden()
    assert page.get_by_role("row", name="MoE 8x64").is_visible()
