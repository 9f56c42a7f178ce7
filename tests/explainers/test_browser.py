"""The browser's Python: our wheel in Pyodide's lock file, precompiled, and of nothing but the standard library."""

import hashlib
import io
import json
import subprocess
import sys
import zipfile

import pytest

from explainers.site import pyodide as browser


@pytest.fixture(scope="module")
def made(pyodide):
    return {path.removeprefix("assets/pyodide/"): content for path, content in pyodide.items()}


@pytest.fixture(scope="module")
def wheel(made):
    own = json.loads(made["pyodide-lock.json"])["packages"]["incompressible"]
    assert hashlib.sha256(made[own["file_name"]]).hexdigest() == own["sha256"]
    return made[own["file_name"]]


def test_the_lock_file_has_our_wheel_and_no_package_that_does_not_lie_here(made):
    assert list(json.loads(made["pyodide-lock.json"])["packages"]) == ["incompressible"]


def test_making_it_again_gives_the_same_bytes(made):
    browser._made.cache_clear()
    assert {f"assets/pyodide/{name}": content for name, content in made.items()} == browser.python(print)


def test_sources_are_precompiled_where_this_python_is_the_browsers(made, wheel):
    theirs = json.loads(made["pyodide-lock.json"])["info"]["python"]
    here = f"{sys.version_info[0]}.{sys.version_info[1]}"
    ends = ".pyc" if theirs.startswith(here + ".") else ".py"
    for archive in (wheel, made["python_stdlib.zip"]):
        names = [name for name in zipfile.ZipFile(io.BytesIO(archive)).namelist() if name.endswith((".py", ".pyc"))]
        assert names and all(name.endswith(ends) for name in names)


def test_all_that_a_page_calls_runs_on_the_standard_library_alone(wheel, tmp_path):
    (tmp_path / "ours.whl").write_bytes(wheel)
    calls = f"import sys; sys.path.insert(0, {str(tmp_path / 'ours.whl')!r}); from explainers import live\n"
    calls += "for name in live.tools(): live.find(name)\nfrom explainers import claims, charts\n"
    calls += "from explainers.measurements import score\nfrom explainers.verdicts import judge\n"
    calls += "from runners.experiments import find; assert find() and claims.find() and charts.find()\n"
    subprocess.run([sys.executable, "-I", "-S", "-c", calls], check=True, cwd=tmp_path)


def test_what_pyodide_build_complains_of_reaches_the_reader(tmp_path):
    with pytest.raises(browser.BrowserError, match=r"pyodide_cli py-compile .*failed"):
        browser._pyodide(tmp_path, "py-compile", "missing.whl")


def test_a_python_without_pyodide_build_is_told_and_does_without(monkeypatch):
    monkeypatch.setattr(browser, "find_spec", lambda name: None)
    said = []
    assert browser.python(said.append) == {}
    assert said == ["pyodide-build is not here (it needs Python 3.12 or newer), so no page runs Python"]
