"""The verb `doctor`: the machine, the llama.cpp build, the layers really offloaded, every setting and its origin."""

from __future__ import annotations

from typing import Any

from runners.engine import build_info
from runners.engine.protocol import EngineError, Limits, Load
from runners.host import machine
from runners.host.settings import Settings
from runners.models.model import Model
from runners.models.resolve import resolve


def examine(settings: Settings) -> dict[str, Any]:
    """Everything `doctor` says. `problems` holds what keeps the machine from doing what was asked, with the cure."""
    wanted, built = settings.get("backend"), build_info.backend()
    findings: dict[str, Any] = {
        "machine": machine.facts(settings.get("home") / "data"),
        "rig": settings.get("rig") or machine.rig(built if wanted == "auto" else wanted),
        "packages": machine.packages(),
        "llama_cpp": {"build": build_info.identity(), "backend": built},
        "settings": {name: {"value": settings.get(name), "origin": settings.origin(name)} for name in settings},
        "problems": [],
    }
    if wanted not in ("auto", "cpu", built):
        findings["problems"].append(
            f"{wanted} was asked for, but this llama.cpp was built for {built}; run `make guide BACKEND={wanted}`"
        )
    elif built == "cpu" and findings["machine"]["gpus"]:
        findings["hint"] = "there is a GPU that this build cannot use; `make guide BACKEND=cuda` (metal, vulkan, hip)"
    _load_model(settings, built, findings)
    return findings


def _load_model(settings: Settings, built: str, findings: dict[str, Any]) -> None:
    """Load the first of the models and see where its layers went; nothing is fetched."""
    from runners.engine.subprocess_engine import ChildEngine

    model = resolve(settings.get("model")[0], settings.get("home"), settings.get("cache"), fetch=False)
    if model.path is None:
        _report_not_loaded(model, settings.get("backend"), findings)
        return
    layers = 0 if settings.get("backend") == "cpu" or built == "cpu" else settings.get("gpu_layers")
    try:
        with ChildEngine(Load(str(model.path), context=256, width=1, gpu_layers=layers), Limits()) as engine:
            findings["llama_cpp"] |= dict(engine.facts)
    except EngineError as fault:
        findings["problems"].append(str(fault))
        return
    if layers and not findings["llama_cpp"]["offloaded"][0]:
        findings["problems"].append(
            f"this llama.cpp was built for {built}, but no layer of {model.name} went to a GPU; "
            "check the driver, and that the card has free memory"
        )


def _report_not_loaded(model: Model, wanted: str, findings: dict[str, Any]) -> None:
    """Without weights nothing is proven, which is a problem for those who asked for a GPU by name."""
    if model.server:
        why = f"{model.name} is served by {model.server}, and only that server knows"
    else:
        why = f"{model.slug} is not on this machine yet; fetch it with `incompressible models get {model.slug}`"
    findings["llama_cpp"]["offloaded"] = f"not known: {why}"
    if wanted not in ("auto", "cpu"):
        findings["problems"].append(f"whether {wanted} is used is not known: {why}")


def print_findings(findings: dict[str, Any]) -> None:
    """The findings for a person: sections, then problems."""
    for section in ("machine", "packages", "llama_cpp"):
        print(f"{section}:")
        for name, value in findings[section].items():
            print(f"  {name:24} {_in_words(value)}")
    print(f"rig: {findings['rig']}\nsettings:")
    for name, setting in findings["settings"].items():
        print(f"  {name:24} {_in_words(setting['value'])}  ({setting['origin']})")
    for line in findings["problems"] or [findings.get("hint", "no problems found")]:
        print(f"{'problem: ' if findings['problems'] else ''}{line}")


def _in_words(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        return ", ".join(_in_words(part) for part in value) or "none"
    if isinstance(value, dict):
        return " ".join(f"{name}={_in_words(part)}" for name, part in value.items())
    return f"{value:,}" if isinstance(value, int) and abs(value) > 99_999 else str(value)
