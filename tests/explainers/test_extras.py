"""What a plain installation can do, and how it says what it cannot."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from explainers.cli.extras import EXTRAS, cure
from runners.engine import build_info
from tests.helpers.command import HOUSE, finish


def without(folder: Path, *extras: str) -> dict[str, str]:
    """Variables under which Python does not find what these extras bring."""
    hidden = {module: None for extra in extras for module in EXTRAS[extra].modules}
    (folder / "sitecustomize.py").write_text(f"import sys\nsys.modules.update({hidden})\n")
    return {"PYTHONPATH": f"{folder}:{HOUSE}"}


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ("site", ("build",)),
        ("site", ("guide",)),
        ("engine", ("doctor",)),
        ("cluster", ("run", "--on", "ray")),
    ],
)
def test_a_missing_extra_is_one_line_with_the_cure(home, tmp_path, extra, words):
    said = finish(home, *words, more=without(tmp_path, extra))

    assert said.returncode == 3 and f"pip install 'incompressible[{extra}]'" in said.stderr
    assert "Traceback" not in said.stderr and said.stderr.count("\n") == 1


@pytest.mark.parametrize("words", [("--help",), ("status",), ("models", "list"), ("submit",), ("compare",)])
def test_what_reads_replies_needs_no_extra(home, tmp_path, words):
    said = finish(home, *words, more=without(tmp_path, *EXTRAS))

    assert said.returncode == 0, said.stderr


def test_a_server_is_asked_without_llama_cpp(home, tmp_path, server):
    said = finish(home, "plan", "--model", server.name, "knowledge", more=without(tmp_path, *EXTRAS))

    assert said.returncode == 0 and "knowledge" in said.stdout, said.stderr


def test_a_citation_needs_neither_mkdocs_nor_charts(tmp_path):
    """All that it imports, over nothing measured; the words that it makes are tested elsewhere."""
    script = (
        "from pathlib import Path; import sys; from explainers.site.build import gathered; "
        "from explainers.guide.site_url import site_address; "
        f"print(site_address(Path({str(HOUSE)!r})) == '', gathered(Path(sys.argv[1])).version)"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    said = subprocess.run(command, env=without(tmp_path, *EXTRAS), capture_output=True, text=True, check=False)

    assert said.returncode == 0 and said.stdout.startswith("True"), said.stderr


def test_without_llama_cpp_the_backend_is_the_processor_and_the_build_has_a_cure(monkeypatch):
    monkeypatch.delenv("LLAMA_CPP_LIB_PATH", raising=False)
    monkeypatch.setitem(sys.modules, "llama_cpp", None)

    assert build_info.backend() == "cpu"
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'incompressible\[engine\]'"):
        build_info.libraries()


def test_no_module_of_an_extra_comes_with_a_plain_installation():
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    core = {_normal(line) for line in project["dependencies"]}
    homes = packages_distributions()
    brought = {_normal(home) for extra in EXTRAS.values() for name in extra.modules for home in homes.get(name, ())}

    assert "altair" in brought and not brought & core
    assert EXTRAS.keys() | {"dev"} == project["optional-dependencies"].keys()
    assert cure("click") == "" and cure("llama_cpp.llama_grammar").endswith("'incompressible[engine]'")


def _normal(requirement: str) -> str:
    return re.match(r"[A-Za-z0-9._-]+", requirement)[0].lower().replace("_", "-")
