"""Settings: a flag beats an `INCOMPRESSIBLE_*` variable, that beats `incompressible.toml`, that beats the default.

    settings = load({"model": "smollm2-135m"})
    settings.get("width"), settings.origin("width")     # 8, "default"

Every value knows where it came from, so that `doctor` can say so.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = "incompressible.toml"
"""The file that is read from the working directory."""


class SettingError(ValueError):
    """A setting cannot be used. The message names where it was made, which one it is, and what was expected."""


@dataclass(frozen=True)
class Setting:
    """One thing a user may set. `parse` takes text or a TOML value and raises `ValueError` or `TypeError`."""

    name: str
    default: Any
    expects: str
    parse: Callable[[Any], Any]
    help: str


@dataclass(frozen=True)
class Settings:
    """Every setting's value, and where it came from."""

    _values: Mapping[str, tuple[Any, str]]

    def get(self, name: str) -> Any:
        """The value. Raises `KeyError` for a setting that does not exist."""
        return self._values[name][0]

    def origin(self, name: str) -> str:
        """Where the value was set: "flag --model", "INCOMPRESSIBLE_MODEL", "incompressible.toml" or "default"."""
        return self._values[name][1]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)


def load(
    flags: Mapping[str, Any] | None = None, cwd: Path | None = None, environ: Mapping[str, str] | None = None
) -> Settings:
    """Settle every setting. A flag that is None or an empty tuple, and an empty variable, count as not given.

    Raises `SettingError` for an unknown key in the file and for a value of the wrong kind, wherever it stands.
    """
    cwd = cwd or Path.cwd()
    environ = os.environ if environ is None else environ
    file = _read(cwd / FILE)
    return Settings({setting.name: _settle(setting, flags or {}, environ, file, cwd) for setting in SETTINGS})


def _settle(
    setting: Setting, flags: Mapping[str, Any], environ: Mapping[str, str], file: Mapping[str, Any], cwd: Path
) -> tuple[Any, str]:
    variable = f"INCOMPRESSIBLE_{setting.name.upper()}"
    offers = (
        (flags.get(setting.name), f"flag --{setting.name.replace('_', '-')}"),
        (environ.get(variable), variable),
        (file.get(setting.name), FILE),
    )
    for raw, origin in offers:
        if raw not in (None, "", ()):
            return _parse(setting, raw, origin, cwd), origin
    default = setting.default(cwd) if callable(setting.default) else setting.default
    return default, "default"


def _parse(setting: Setting, raw: Any, origin: str, cwd: Path) -> Any:
    try:
        value = setting.parse(raw)
    except (TypeError, ValueError):
        where = f"{cwd / FILE}: {setting.name}" if origin == FILE else origin
        raise SettingError(f"{where} is {raw!r}, but {setting.expects} is expected") from None
    return cwd / value if isinstance(value, Path) else value


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            values = tomllib.load(file)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as fault:
        raise SettingError(f"{path} cannot be read: {fault}; mend it or take it away") from None
    known = [setting.name for setting in SETTINGS]
    for key in values:
        if key not in known:
            raise SettingError(f"{path}: there is no setting {key!r}; there are {', '.join(known)}")
    return values


def _text(raw: Any) -> str:
    if not isinstance(raw, str):
        raise TypeError
    return raw


def _folder(raw: Any) -> Path:
    return (raw if isinstance(raw, Path) else Path(_text(raw))).expanduser()


def _names(raw: Any) -> tuple[str, ...]:
    listed = raw if isinstance(raw, (list, tuple)) else (raw,)
    names = tuple(name.strip() for text in listed for name in _text(text).split(",") if name.strip())
    if not names:
        raise ValueError
    return names


def _slug(raw: Any) -> str:
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", _text(raw)):
        raise ValueError
    return raw


def _one_of(*choices: str) -> dict[str, Any]:
    def parse(raw: Any) -> str:
        return choices[choices.index(raw)]

    return {"expects": f"one of {', '.join(choices)}", "parse": parse}


def _whole(least: int) -> dict[str, Any]:
    def parse(raw: Any) -> int:
        if isinstance(raw, (bool, float)) or int(raw) < least:
            raise ValueError
        return int(raw)

    return {"expects": f"a whole number, {least} or more", "parse": parse}


def _positive(raw: Any) -> float:
    if isinstance(raw, bool) or not 0 < float(raw) < float("inf"):
        raise ValueError
    return float(raw)


_MODELS: dict[str, Any] = {"expects": "a model's name, or several, parted by commas or as a list", "parse": _names}
_A_FOLDER: dict[str, Any] = {"expects": "a folder", "parse": _folder}
_A_NUMBER: dict[str, Any] = {"expects": "a number above 0", "parse": _positive}
_A_SLUG: dict[str, Any] = {"expects": "lower-case words joined by hyphens", "parse": _slug}


def _home(cwd: Path) -> Path:
    """The nearest folder that holds `data/models.toml`, or else the checkout that this file belongs to."""
    for folder in (cwd, *cwd.parents):
        if (folder / "data" / "models.toml").is_file():
            return folder
    return Path(__file__).resolve().parents[2]


def _cache(_: Path) -> Path:
    import platformdirs

    return Path(platformdirs.user_cache_dir("incompressible"))


SETTINGS = (
    Setting("home", _home, **_A_FOLDER, help="the project: the folder that holds data/models.toml"),
    Setting("model", ("smollm2-135m",), **_MODELS, help="which models to measure"),
    Setting("profile", "quick", **_one_of("quick", "full"), help="how many items to ask"),
    Setting("rig", None, **_A_SLUG, help="the name this machine's results are kept under"),
    Setting("backend", "auto", **_one_of("auto", "cpu", "cuda", "metal", "vulkan", "hip"), help="what computes"),
    Setting("gpu_layers", -1, **_whole(-1), help="layers given to the GPU; -1 is all that fit"),
    Setting("threads", None, **_whole(1), help="CPU threads; all usable cores unless set"),
    Setting("width", 8, **_whole(1), help="sequences decoded at once"),
    Setting("cell_seconds", 300.0, **_A_NUMBER, help="seconds without progress before an engine counts as hung"),
    Setting("load_seconds", 600.0, **_A_NUMBER, help="seconds that loading a model may take"),
    Setting("memory_gb", None, **_A_NUMBER, help="gigabytes that an engine may take; unlimited unless set"),
    Setting("cache", _cache, **_A_FOLDER, help="where fetched weights are kept"),
)
"""Every setting, in the order in which a reader wants to see them."""
