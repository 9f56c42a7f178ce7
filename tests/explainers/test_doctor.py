"""`doctor` and `build` as their users meet them: what is wrong is never called right, and the exit code says so."""

import json
import re

import pytest

from runners.engine import build_info
from tests.helpers.planted import home_in, without_npm
from tests.helpers.spoken import said


def test_the_doctor_tells_every_setting_and_where_it_came_from(home):
    found = said("doctor", "--json", "--model", "smollm2-135m")
    settings = json.loads(found.stdout)["settings"]
    assert found.exit_code == 0
    assert settings["model"] == {"value": ["smollm2-135m"], "origin": "flag --model"}
    assert settings["home"] == {"value": str(home), "origin": "INCOMPRESSIBLE_HOME"}
    assert settings["width"]["origin"] == "default"
    assert re.search(r"^  width +8  \(default\)$", said("doctor").stdout, re.M)


@pytest.mark.skipif(build_info.backend() != "cpu", reason="this llama.cpp was built for a GPU")
def test_the_doctor_gives_the_cure_when_the_build_cannot_use_the_gpu_asked_for(home):
    found = said("doctor", "--backend", "cuda")
    assert found.exit_code == 3
    assert "problem: cuda was asked for" in found.stdout and "make guide BACKEND=cuda" in found.stdout
    assert "no problems" not in found.stdout


def test_the_doctor_does_not_call_a_gpu_used_that_it_could_not_try(home, monkeypatch):
    monkeypatch.setattr(build_info, "backend", lambda: "cuda")
    found = said("doctor", "--backend", "cuda")
    assert found.exit_code == 3 and "models get smollm2-135m" in found.stdout
    assert said("doctor").exit_code == 0  # nobody asked for it by name


@pytest.mark.engine
def test_the_doctor_counts_the_layers_that_went_to_a_gpu(home, starter):
    found = json.loads(said("doctor", "--json", "--backend", "cpu", "--model", str(starter.path)).stdout)
    used, layers = found["llama_cpp"]["offloaded"]
    assert used == 0 and layers >= 30 and not found["problems"]


@pytest.mark.engine
@pytest.mark.skipif(build_info.backend() != "cpu", reason="this llama.cpp was built for a GPU")
def test_the_doctor_sees_that_no_layer_went_to_a_gpu_even_where_the_build_looks_right(home, starter, monkeypatch):
    monkeypatch.setattr(build_info, "backend", lambda: "cuda")
    found = said("doctor", "--backend", "cuda", "--model", str(starter.path))
    assert found.exit_code == 3 and "no layer of" in found.stdout


@pytest.mark.engine
@pytest.mark.skipif(build_info.backend() != "cpu", reason="this llama.cpp was built for a GPU")
def test_a_run_refuses_to_compute_elsewhere_than_asked(home, starter, monkeypatch):
    monkeypatch.setenv("INCOMPRESSIBLE_BACKEND", "cuda")
    found = said("run", "json-fidelity", "--limit", "1", "--model", str(starter.path))
    assert found.exit_code == 3 and "incompressible doctor" in found.stderr


def test_a_stale_page_is_told_by_exit_4(tmp_path, monkeypatch):
    without_npm(monkeypatch)
    home = home_in(tmp_path / "home")
    monkeypatch.setenv("INCOMPRESSIBLE_HOME", str(home))
    assert said("build").exit_code == 0
    assert said("build", "--check").exit_code == 0
    page = home / "build" / "docs" / "index.md"
    page.write_text(page.read_text(encoding="utf-8") + "by hand", encoding="utf-8")
    found = said("build", "--check")
    assert found.exit_code == 4 and "build/docs/index.md" in found.stdout and "incompressible build" in found.stderr
    assert page.read_text(encoding="utf-8").endswith("by hand")


def test_a_folder_that_is_no_checkout_cannot_be_built_or_served(home):
    for verb in ("build", "serve"):
        found = said(verb)
        assert found.exit_code == 1 and "Error:" in found.stderr and str(home) in found.stderr
