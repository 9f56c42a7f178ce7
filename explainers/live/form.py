"""Form and result of a live experiment as data: the fields that a reader fills in, and what is shown.

A form is data, so that one template draws it, one script collects it and one rule checks it. Standard library only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, ClassVar

Files = Mapping[str, bytes]
"""Name under `docs/live/` -> what lies there."""


@dataclass(frozen=True)
class FormField:
    """Something to fill in. `default` is its value at first; `help` stands below it; a template draws it by `kind`."""

    kind: ClassVar[str] = ""
    name: str
    label: str
    default: Any
    help: str = ""

    def read(self, raw: Any) -> Any:
        """The value of what was filled in. Raises `ValueError` that says which field asks for what."""
        raise NotImplementedError


@dataclass(frozen=True)
class NumberField(FormField):
    """A number from `low` to `high`; with `slides` it is drawn as a slider. `unit` stands behind it."""

    kind = "number"
    low: float = 0.0
    high: float = 1.0
    step: float | None = None
    unit: str = ""
    slides: bool = False
    whole: bool = False

    def read(self, raw: Any) -> float:
        """A number within the ends, whole where it must be."""
        try:
            value = int(str(raw)) if self.whole else float(str(raw))
        except ValueError:
            value = float("nan")
        if not isfinite(value) or not self.low <= value <= self.high:
            kind = "a whole number" if self.whole else "a number"
            raise ValueError(f"{self.label}: give {kind} from {self.low:,g} to {self.high:,g}, not {str(raw)[:40]!r}")
        return value


@dataclass(frozen=True)
class ChoiceField(FormField):
    """One of several `options`, (value, label) each."""

    kind = "choice"
    options: tuple[tuple[str, str], ...] = ()

    def read(self, raw: Any) -> str:
        """The value of an option."""
        if raw not in dict(self.options):
            raise ValueError(f"{self.label}: no such choice as {str(raw)[:40]!r}")
        return str(raw)


@dataclass(frozen=True)
class MultiChoiceField(FormField):
    """Any of several `options`, at least one; the `default` is a tuple of their values."""

    kind = "several"
    options: tuple[tuple[str, str], ...] = ()

    def read(self, raw: Any) -> tuple[str, ...]:
        """The values of the options chosen, in the order of the form."""
        chosen = {raw} if isinstance(raw, str) else set(raw or ())
        if not chosen:
            raise ValueError(f"{self.label}: choose at least one")
        if unknown := sorted(chosen - set(dict(self.options))):
            raise ValueError(f"{self.label}: no such choice as {str(unknown[0])[:40]!r}")
        return tuple(value for value, _ in self.options if value in chosen)


@dataclass(frozen=True)
class Picture:
    """A chart as a bare Vega-Lite spec (no size, title or colours: the theme adds them), and the same in words."""

    spec: Mapping[str, Any]
    alt: str
    title: str = ""


@dataclass(frozen=True)
class Result:
    """What is shown: the sentence of what was just seen, figures in words, a table and pictures.

    Every text is plain: whoever shows it escapes it.
    """

    said: str
    figures: tuple[tuple[str, str], ...] = ()
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True)
class Tool:
    """A live experiment. `files` names what it reads under `docs/live/`; `fields` may depend on what lies there.

    `nav` is its name in the navigation, its title where there is none. `about` is the lead of its page, unless it has
    a template of its own under `site/templates/live/`.
    """

    name: str
    title: str
    fields: Callable[[Files], Sequence[FormField]]
    run: Callable[[Mapping[str, Any], Files], Result]
    files: tuple[str, ...] = ()
    nav: str = ""
    about: str = ""

    def read(self, filled: Mapping[str, Any], files: Files) -> dict[str, Any]:
        """The values of a form; a field that was not filled in keeps its default. Raises `ValueError`."""
        return {
            one.name: one.read(filled[one.name]) if one.name in filled else one.default for one in self.fields(files)
        }

    def at_first(self, files: Files) -> Result:
        """The result of the form as it stands at first."""
        return self.run(self.read({}, files), files)
