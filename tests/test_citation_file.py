"""CITATION.cff says of the project what the project says of itself (Citation File Format 1.2.0)."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from explainers.exports.citation import AUTHOR, PROJECT

HOUSE = Path(__file__).parents[1]
KEYS = {
    "abstract", "authors", "cff-version", "commit", "contact", "date-released", "doi", "identifiers", "keywords",
    "license", "license-url", "message", "preferred-citation", "references", "repository", "repository-artifact",
    "repository-code", "title", "type", "url", "version",
}  # fmt: skip
"""All that the format allows at its top."""


@pytest.fixture(scope="module")
def said():
    return yaml.safe_load((HOUSE / "CITATION.cff").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_it_keeps_the_format(said):
    assert said["cff-version"] == "1.2.0" and said["type"] in ("software", "dataset")
    assert said.keys() <= KEYS and {"message", "title", "authors"} <= said.keys()
    assert all(isinstance(value, str) and value for name, value in said.items() if name not in ("authors", "keywords"))
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", said["date-released"])
    assert len(set(said["keywords"])) == len(said["keywords"])


def test_its_version_and_licence_are_the_packages(said, project):
    assert (said["version"], said["license"]) == (project["version"], project["license"])


def test_it_names_the_same_author_and_title_as_every_citation_and_no_person(said):
    assert said["authors"] == [{"name": AUTHOR}]
    assert said["title"] == PROJECT
