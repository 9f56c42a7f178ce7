"""What `build --check` says of a built site: nothing from elsewhere, no dead link, no missing value."""

import pytest

from explainers.site.build import build
from explainers.site.check import faults
from explainers.text.escape import shown
from tests.helpers.planted import experiment, home_in, plant, without_npm

PAGE = '<h1 id="top">A page</h1><p>31% of <a href="other/#there">replies</a></p>'


@pytest.fixture
def site(tmp_path):
    """Two pages, a picture, a sheet, a script."""
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "index.html").write_text('<h2 id="there">Another</h2><a href="../#top">back</a>')
    (tmp_path / "index.html").write_text(PAGE)
    (tmp_path / "a.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"><text>31</text></svg>')
    (tmp_path / "a.css").write_text("p { background: url('data:image/png;base64,AAAA') }")
    (tmp_path / "a.js").write_text('const ns = "http://www.w3.org/2000/svg";')
    return tmp_path


def having(site, more, address=""):
    (site / "index.html").write_text(PAGE + more)
    return faults(site, address)


def test_a_sound_site_has_no_fault(site):
    assert faults(site) == ()


@pytest.mark.parametrize(
    "more",
    [
        '<script src="https://cdn.invalid/x.js"></script>',
        '<script src="//cdn.invalid/x.js"></script>',
        '<link rel="stylesheet" href="https://cdn.invalid/x.css">',
        '<link rel="preload" as="font" href="https://cdn.invalid/x.woff2">',
        '<link rel="icon" href="https://cdn.invalid/x.svg">',
        '<link rel="alternate stylesheet" href="https://cdn.invalid/x.css">',
        '<img src="https://cdn.invalid/x.png">',
        '<img srcset="a.svg 1x, https://cdn.invalid/x.png 2x">',
        '<picture><source srcset="https://cdn.invalid/x.svg"></picture>',
        '<iframe src="https://cdn.invalid/"></iframe>',
        '<svg><image href="https://cdn.invalid/x.png"/></svg>',
        '<svg><use xlink:href="https://cdn.invalid/x.svg#y"/></svg>',
        '<object data="https://cdn.invalid/x"></object>',
        '<video poster="https://cdn.invalid/x.png"></video>',
        '<form action="https://cdn.invalid/"></form>',
        '<p style="background: url(https://cdn.invalid/x.png)"></p>',
        "<style>@import 'https://cdn.invalid/x.css';</style>",
        '<script>fetch("https://cdn.invalid/x.json")</script>',
        '<script type="module">import x from "https://cdn.invalid/x.js"</script>',
    ],
)
def test_what_a_page_loads_from_elsewhere_is_named_with_the_page(site, more):
    (fault,) = having(site, more)
    assert fault.startswith("index.html: loads ") and "cdn.invalid" in fault and fault.endswith(" from elsewhere")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.css", "@import url(https://cdn.invalid/x.css);"),
        ("a.css", "p { background: url('//cdn.invalid/x.png') }"),
        ("a.js", "fetch('https://cdn.invalid/x')"),
        ("a.js", "new Worker(`//cdn.invalid/x.js`)"),
        ("a.svg", '<svg><image href="https://cdn.invalid/x.png"/></svg>'),
    ],
)
def test_sheets_scripts_and_pictures_are_read_too(site, name, text):
    (site / name).write_text(text)
    (fault,) = faults(site)
    assert fault.startswith(f"{name}: loads ") and "cdn.invalid" in fault


@pytest.mark.parametrize(
    "more",
    [
        '<a href="https://elsewhere.invalid/">a paper</a>',
        '<link rel="canonical" href="https://guide.example/">',
        '<script type="application/ld+json">{"license":"https://spdx.org/licenses/Apache-2.0"}</script>',
        '<img src="data:image/png;base64,AAAA">',
        '<pre>&lt;img src="https://cdn.invalid/x.png"&gt;</pre>',
        '<a href="mailto:someone@example.invalid">write</a>',
        '<a href="#top">up</a><a href="?q=x">search</a><a href="">here</a>',
        '<div data-chart="other/"></div>',
    ],
)
def test_links_for_readers_and_what_is_in_the_page_itself_are_no_fault(site, more):
    assert having(site, more) == ()


@pytest.mark.parametrize(
    ("more", "url"),
    [
        ('<a href="nowhere/">x</a>', "nowhere/"),
        ('<a href="other/#nowhere">x</a>', "other/#nowhere"),
        ('<a href="#nowhere">x</a>', "#nowhere"),
        ('<a href="../index.html">x</a>', "../index.html"),
        ('<img src="nowhere.svg">', "nowhere.svg"),
        ('<img src="a.svg" srcset="nowhere.svg">', "nowhere.svg"),
        ('<link rel="stylesheet" href="nowhere.css">', "nowhere.css"),
        ('<link rel="alternate" href="nowhere.xml">', "nowhere.xml"),
        ('<div data-chart="nowhere/"></div>', "nowhere/"),
    ],
)
def test_a_dead_address_is_named_with_its_page(site, more, url):
    (fault,) = having(site, more)
    assert fault.startswith("index.html: ") and f" {url}, which is not there" in fault


def test_a_published_sites_whole_addresses_are_its_own(site):
    own = '<a href="https://guide.example/x/other/#there">x</a><link rel="canonical" href="https://guide.example/x/">'
    assert having(site, own + '<a href="/x/other/">x</a>', "https://guide.example/x/") == ()
    assert len(having(site, '<a href="https://guide.example/x/no/">x</a>', "https://guide.example/x/")) == 1
    assert len(having(site, '<a href="/other/">beside the site</a>', "https://guide.example/x/")) == 1


def test_a_link_that_runs_is_a_fault(site):
    assert having(site, '<a href="javascript:alert(1)">x</a>') == (
        "index.html: has a link that runs: javascript:alert(1)",
    )


@pytest.mark.parametrize(
    "more",
    [
        "<td>nan</td>",
        "<td> None </td>",
        "<td></td>",
        "<p><strong>undefined</strong></p>",
        "<p>right in nan% of replies</p>",
        "<p>a gain of +inf points</p>",
        "<p>{{ verdict.value }}</p>",
        "<p>{% if value %}</p>",
        '<img src="@base@/light.svg">',
        '<p aria-label="right in nan% of replies"></p>',
        "<svg><text>undefined</text></svg>",
    ],
)
def test_a_missing_value_is_a_fault(site, more):
    assert [fault for fault in having(site, more) if fault.startswith("index.html: a value is missing: ")]


def test_a_picture_with_a_missing_label_is_a_fault(site):
    (site / "a.svg").write_text("<svg><text>NaN</text></svg>")
    assert faults(site) == ("a.svg: a value is missing: <text> is NaN",)


@pytest.mark.parametrize(
    "more",
    [
        "<p>None: every cell gave an answer. What does not apply is NaN.</p>",
        "<p>A score is <code>nan</code> where it does not apply.</p>",
        "<pre>{{ in an example }} nan%</pre>",
        f"<p>{shown('{{ 7 * 7 }} {% x %} @base@')}</p>",
        f'<p aria-label="{shown("{{ 7 * 7 }} {% x %} @base@")}"></p>',
        '<script type="application/ld+json">{"name":"@base@"}</script>',
        "<td>none</td>",
    ],
)
def test_words_code_and_what_a_model_said_are_no_missing_value(site, more):
    assert having(site, more) == ()


@pytest.mark.slow
def test_a_check_ends_with_4_and_names_page_and_fault(tmp_path, monkeypatch):
    from tests.helpers.spoken import said

    asked = {"json-fidelity": experiment(per_depth=2)}
    without_npm(monkeypatch)
    import runners.scheduling.plan  # noqa: F401  # or it would be loaded while `find` is another, and keep that one

    monkeypatch.setattr("runners.experiments.find", lambda: asked)
    home = home_in(tmp_path / "home")
    monkeypatch.setenv("INCOMPRESSIBLE_HOME", str(home))
    plant(home, asked=asked["json-fidelity"])
    build(home, progress=lambda text: None)
    assert said("build", "--check").exit_code == 0
    page = home / "site" / "claims" / "sqrt-rule" / "index.html"
    page.write_text(page.read_text() + '<img src="https://cdn.invalid/x.png"><a href="../no/">x</a>')
    found = said("build", "--check")
    assert found.exit_code == 4
    assert found.stdout.splitlines() == [
        "claims/sqrt-rule/index.html: loads https://cdn.invalid/x.png from elsewhere",
        "claims/sqrt-rule/index.html: links to ../no/, which is not there",
    ]
    assert "2 faults in the built site" in found.stderr
