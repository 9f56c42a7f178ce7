"""requirements.lock names one version of everything that pyproject.toml asks for, within its bounds."""

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.lock import EXTRAS, pinned

HOUSE = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def locked():
    lines = (HOUSE / "requirements.lock").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


def wanted():
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [line for name in sorted(EXTRAS) for line in project["optional-dependencies"][name]]
    return [Requirement(line) for line in [*project["dependencies"], *extras]]


@pytest.mark.parametrize("one", wanted(), ids=str)
def test_a_dependency_has_a_line_within_its_bounds(locked, one):
    assert one.specifier.contains(locked[canonicalize_name(one.name)])


def test_the_lock_is_sorted_names_with_versions_and_nothing_else(locked):
    assert list(locked) == sorted(locked) and len(locked) > 50
    assert all(name == canonicalize_name(name) and version[0].isdigit() for name, version in locked.items())


def test_what_is_walked_ends_at_what_a_package_needs():
    found = pinned("click", ())
    assert found == {}, "a package is not among its own needs"
    assert {"jinja2", "markupsafe"} <= pinned("mkdocs", ()).keys()
