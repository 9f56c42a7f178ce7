"""The notebooks of the guide: run by the build, whole, quiet, the same every time, and of this checkout's replies."""

import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from html import unescape
from posixpath import join, normpath

import nbformat
import psutil
import pytest

from explainers import charts
from explainers.notebook.display import NOTHING, show_table
from explainers.notebook.study import study
from explainers.plotting.render import build_spec, panel_spec
from explainers.schema import Sample
from explainers.site import fingerprint
from explainers.site.build import BuildError, build
from explainers.site.notebooks import BUILT, FOLDER, NotebookError, executed, sources
from explainers.stats.groups import by
from runners.experiments import find
from tests.helpers.planted import ROOT, home_in, without_npm
from tests.helpers.processes import below

SLUG = "reasoning-chain"
NAMES = [path.stem for path in sources(ROOT)]
silent = lambda text: None  # noqa: E731


def cells(content):
    """The code cells of a notebook's bytes: (source, outputs)."""
    return [(cell.source, cell.outputs) for cell in nbformat.reads(content, 4).cells if cell.cell_type == "code"]


def notebook(home, *code):
    """A home with one notebook, a cell for each piece of code."""
    path = home / FOLDER / "own.py"
    path.parent.mkdir(parents=True)
    path.write_text("".join(f"# %%\n{piece}\n\n" for piece in code))
    return home


def printed(home):
    """What the one notebook of a home prints."""
    (content,) = executed(home).values()
    return "".join(output.text for _, outputs in cells(content) for output in outputs)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The guide's notebooks, and the committed replies that they ask."""
    home = home_in(tmp_path_factory.mktemp("guide") / "home", notebooks=True)
    for there in (ROOT / "data" / "runs").glob(f"*/{SLUG}"):
        shutil.copytree(there, home / "data" / "runs" / there.parent.name / SLUG)
    return home


@pytest.fixture(scope="module")
def site(home):
    with pytest.MonkeyPatch.context() as patched:
        without_npm(patched)
        return build(home, progress=silent, experiments={SLUG: find()[SLUG]}).site


@pytest.fixture(scope="module")
def mine():
    return study(SLUG, ROOT)


# -- running them ------------------------------------------------------------------------------------------------


def test_every_notebook_is_generated_and_has_its_place_in_the_navigation():
    navigation = (ROOT / "mkdocs.yml").read_text()
    assert {"add-a-chart", "analyse-your-run"} <= set(NAMES)
    for name in NAMES:
        assert f": notebooks/{name}.ipynb\n" in navigation


@pytest.mark.slow
def test_a_second_run_gives_the_same_bytes(home, site):
    again = executed(home)
    assert again.keys() == {f"{BUILT}/{name}.ipynb" for name in NAMES}
    assert {name: (home / name).read_bytes() for name in again} == again


@pytest.mark.slow
def test_nothing_of_the_machine_or_the_moment_is_kept(home, site):
    for name in NAMES:
        content = (home / BUILT / f"{name}.ipynb").read_text()
        assert str(home) not in content and str(ROOT) not in content and sys.prefix not in content
        assert not re.search(r"0x[0-9a-f]{6,}|stderr|iopub|Warning|3\.1\d\.\d", content)
        assert json.loads(content)["metadata"]["language_info"] == {"name": "python"}


def test_an_error_in_a_cell_ends_the_build_with_its_place_and_its_words(tmp_path, monkeypatch):
    without_npm(monkeypatch)
    home = notebook(home_in(tmp_path / "home"), "1 + 1", "fine = 2", "{}['nowhere']", "print('never')")
    with pytest.raises(BuildError, match=r"own\.py: code cell 3 ends with KeyError: 'nowhere'\n\n\{\}\['nowhere'\]"):
        build(home, progress=silent, experiments={})
    assert not (home / "site").exists() and not (home / "build").exists()


def test_a_kernel_that_dies_ends_the_run_and_leaves_none_behind(tmp_path):
    home = notebook(tmp_path, "import os; os._exit(3)")
    with pytest.raises(NotebookError, match=r"own\.py was not run to its end"):
        executed(home)
    assert not below(os.getpid(), "ipykernel")


def test_no_kernel_outlives_its_notebook(tmp_path):
    home = notebook(tmp_path, "import os; print(os.getpid())")
    assert not psutil.pid_exists(int(printed(home)))


def test_a_notebook_runs_in_this_very_python_from_the_guides_folder(tmp_path, monkeypatch):
    """A kernel that a user has installed under the same name may be any Python, or none any more."""
    there = tmp_path / "jupyter" / "kernels" / "python3"
    there.mkdir(parents=True)
    (there / "kernel.json").write_text('{"argv": ["false"], "display_name": "Mine", "language": "python"}')
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    home = notebook(tmp_path / "home", "import os, sys", "print(sys.executable, os.getcwd(), sep='\\n')")
    assert printed(home).splitlines() == [sys.executable, str(home)]


def test_what_a_cell_whispers_is_not_kept(tmp_path):
    home = notebook(
        tmp_path, "import warnings, sys", "warnings.warn('old'); print('so', file=sys.stderr)\nprint('yes')"
    )
    assert printed(home) == "yes\n"


def test_a_changed_notebook_is_something_new_and_its_outputs_are_not(tmp_path):
    home = home_in(tmp_path / "home", notebooks=True)
    before = fingerprint.inputs(home)
    (home / BUILT).mkdir(parents=True)
    (home / BUILT / f"{NAMES[0]}.ipynb").write_text("{}")
    assert fingerprint.inputs(home) == before
    with (home / FOLDER / f"{NAMES[0]}.py").open("a") as file:
        file.write("# %%\n1\n")
    assert fingerprint.inputs(home) != before


# -- their pages -------------------------------------------------------------------------------------------------


def page_of(site, name):
    return (site / "notebooks" / name / "index.html").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_page_names_no_other_host_and_brings_no_styles_or_scripts_of_jupyter(site, name):
    page = page_of(site, name)
    prose = (site / "how-it-works" / "index.html").read_text()
    hosts = [set(re.findall(r"https?://[^\"'\s<)]*", text)) for text in (page, prose)]
    assert hosts[0] == hosts[1]
    assert page.count("<script") == prose.count("<script")
    assert not re.search(r"require\.js|mathjax|mermaid|cdn|jp-", page, re.IGNORECASE)
    assert len(re.sub(r"data:image[^\"]*", "", page)) < 130_000, "a notebook's page is not much heavier than any other"


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_links_and_downloads_of_a_page_lead_somewhere(site, name):
    main = page_of(site, name).partition("<article")[2].partition("</article>")[0]
    for to in re.findall(r'href="([^"#]+)"', main):
        target = site / normpath(join("notebooks", name, to))
        assert target.is_file() or (target / "index.html").is_file(), to
    assert f'href="{name}.ipynb"' in main and f'href="../{name}.py"' in main
    assert f"jupyter lab build/docs/notebooks/{name}.ipynb" in main


@pytest.mark.slow
def test_the_head_of_a_notebooks_page_promises_no_markdown(site):
    assert "text/markdown" not in page_of(site, NAMES[0])
    assert "text/markdown" in (site / "how-it-works" / "index.html").read_text()


@pytest.mark.slow
def test_the_analysis_shows_the_shares_of_this_checkout(site, mine):
    page = unescape(page_of(site, "analyse-your-run"))
    shares = by(mine.rows, Sample("final_right"), ["asked"], mine.metrics)
    assert len(shares) >= 9 and unescape(show_table(shares).html).strip() in page
    assert all(source.name in page for source in mine.models)
    assert "95% interval" in page and "at most 50%" in page and "at most 30%" in page
    assert page.count('<pre class="said"') == 6 and NOTHING not in page


@pytest.mark.slow
def test_the_chart_is_drawn_for_light_and_dark_and_told_in_words(site):
    page = page_of(site, "add-a-chart")
    pictures = re.findall(r'(?:src|srcset)="(data:image/svg\+xml,[^"]+)"', page)
    assert len(set(pictures)) == 4
    assert {"only-light", "only-dark"} == {one.rpartition("#")[2] for one in pictures if "#" in one}
    assert re.search(r'aria-label="Chart of the share of chains that end right\. direct: pointers', page)


@pytest.mark.slow
def test_notebooks_without_a_reply_say_what_is_missing(tmp_path):
    made = executed(home_in(tmp_path / "home", notebooks=True))
    for content in made.values():
        assert "Nothing is measured yet" in content.decode()
        assert f"incompressible run {SLUG}" in content.decode()
    assert "Fewer than two models have answered here" in made[f"{BUILT}/analyse-your-run.ipynb"].decode()


# -- the chart that one of them adds -----------------------------------------------------------------------------


def chart_file():
    """The cell that is to be saved as a file of its own."""
    text = (ROOT / FOLDER / "add-a-chart.py").read_text()
    (code,) = [cell for cell in text.split("# %%\n") if "CHART = Chart(" in cell]
    return code.partition("# %% [markdown]")[0].strip() + "\n"


@pytest.fixture
def added(tmp_path, monkeypatch):
    """The guide's charts with that file among them."""
    (tmp_path / "chain_kinds.py").write_text(chart_file())
    monkeypatch.setattr(charts, "__path__", [*charts.__path__, str(tmp_path)])
    importlib.invalidate_caches()
    yield charts.find()["chain-kinds"]
    sys.modules.pop("explainers.charts.chain_kinds")


def test_the_chart_of_the_page_is_found_where_the_page_says_and_keeps_the_rules(added, mine):
    table = added.table(mine.rows, mine.metrics)
    assert {row["skin"] for row in table} == {item.tags["skin"] for item in find()[SLUG].items}
    layers = panel_spec(build_spec(added, table))["layer"]
    assert any({"y", "y2"} <= layer["encoding"].keys() for layer in layers)
    assert any({"color", "shape"} <= layer["encoding"].keys() for layer in layers)
    assert "pointers" in added.title(table) and "pointers" in added.alt(table)
    assert set(added.columns) <= set(table[0])
    assert added.table([], mine.metrics) == []


def test_the_file_of_the_page_passes_the_linter():
    name = ["--stdin-filename", "explainers/charts/chain_kinds.py", "-"]
    for verb in (["check"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *verb, *name]
        done = subprocess.run(command, input=chart_file(), cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
