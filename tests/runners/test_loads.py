"""Arms that need another load of the same weights, carried out for real."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import llama_cpp
import pytest

from runners.engine.context import Context
from runners.engine.protocol import Load
from runners.experiments import find
from runners.host.settings import load
from runners.scheduling.local import Listener, run
from runners.scheduling.plan import make_plan

pytestmark = pytest.mark.engine

HOUSE = Path(__file__).parents[2]


def test_arms_of_other_loads_are_asked_of_weights_that_were_quantized_for_them(tmp_path, monkeypatch):
    base = find()["twin-json"]
    experiment = replace(base, slug="other-loads", items=base.items[:2], loads={"weights": ("Q8_0", "Q4_0")})
    monkeypatch.setattr("runners.scheduling.plan.find", lambda: {"other-loads": experiment})
    monkeypatch.setattr("runners.models.model.Model.ladder", "json")
    twin = HOUSE / "data" / "twins" / "json" / "json-16x64-s2.gguf"
    shutil.copytree(HOUSE / "data", tmp_path / "data", ignore=shutil.ignore_patterns("runs", "twins", "tables"))
    settings = load({"home": tmp_path, "rig": "here-0000", "model": (str(twin),), "cache": tmp_path / "cache"})
    outcome = run(make_plan(settings), settings, Listener())
    facts = [json.loads(path.read_text()) for path in tmp_path.glob("data/runs/*/other-loads/*.run.json")]

    assert outcome.answered == 4 and not outcome.errors and make_plan(settings).left == 0
    assert sorted(fact["engine"]["weights"] for fact in facts) == ["Q4_0", "Q8_0"]
    for fact in facts:
        assert set(fact["quantized"]["bytes_by_type"]) == {"F32", fact["engine"]["weights"]}
    assert len(list((tmp_path / "cache" / "quantized").glob("[!.]*"))) == 2


@pytest.mark.parametrize("built", [b"AVX2 = 1 | AMX_INT8 = 1", b"AVX2 = 1"])
def test_weights_are_packed_for_no_kernel_that_a_virtual_machine_may_only_advertise(monkeypatch, starter, built):
    monkeypatch.setattr(llama_cpp, "llama_print_system_info", lambda: built)
    seen = []
    load = llama_cpp.llama_model_load_from_file
    keep = lambda path, params: seen.append(params.use_extra_bufts) or load(path, params)  # noqa: E731
    monkeypatch.setattr(llama_cpp, "llama_model_load_from_file", keep)
    Context(Load(str(starter.path), context=64, width=1)).close()
    assert seen == [b"AMX" not in built]
