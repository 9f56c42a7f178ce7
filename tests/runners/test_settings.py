from pathlib import Path

import pytest

from runners.host.settings import SETTINGS, SettingError, load


def write(folder: Path, text: str) -> None:
    (folder / "incompressible.toml").write_text(text)


def test_a_flag_beats_a_variable_beats_the_file_beats_the_default(tmp_path):
    variable = {"INCOMPRESSIBLE_WIDTH": "3"}

    assert load({}, tmp_path, {}).get("width") == 8
    write(tmp_path, "width = 2")
    assert load({}, tmp_path, {}).get("width") == 2
    assert load({}, tmp_path, variable).get("width") == 3
    assert load({"width": 4}, tmp_path, variable).get("width") == 4


def test_every_value_knows_where_it_came_from(tmp_path):
    write(tmp_path, 'profile = "full"')
    settings = load({"gpu_layers": 0}, tmp_path, {"INCOMPRESSIBLE_MODEL": "a"})

    assert settings.origin("gpu_layers") == "flag --gpu-layers"
    assert settings.origin("model") == "INCOMPRESSIBLE_MODEL"
    assert settings.origin("profile") == "incompressible.toml"
    assert settings.origin("width") == "default"
    assert list(settings) == [setting.name for setting in SETTINGS]


def test_a_flag_or_variable_left_empty_does_not_hide_what_stands_below_it(tmp_path):
    write(tmp_path, "threads = 2")

    settings = load({"threads": None, "model": ()}, tmp_path, {"INCOMPRESSIBLE_THREADS": ""})

    assert settings.get("threads") == 2
    assert settings.get("model") == ("smollm2-135m",)


def test_a_zero_is_a_value_and_not_an_absence(tmp_path):
    assert load({"gpu_layers": 0}, tmp_path, {}).get("gpu_layers") == 0


@pytest.mark.parametrize("given", ["a, b", ("a", "b"), ["a", "b"], ("a,b",)])
def test_several_models_may_be_given_as_a_list_or_with_commas(tmp_path, given):
    assert load({"model": given}, tmp_path, {}).get("model") == ("a", "b")


def test_an_unknown_key_in_the_file_is_refused_by_name_and_the_known_ones_are_listed(tmp_path):
    write(tmp_path, "widht = 2")

    with pytest.raises(SettingError, match=r"incompressible\.toml: there is no setting 'widht'; there are .*width"):
        load({}, tmp_path, {})


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('width = "wide"', "a whole number, 1 or more"),
        ("width = 0", "a whole number, 1 or more"),
        ("width = 2.5", "a whole number"),
        ("width = true", "a whole number"),
        ("profile = 1", "one of quick, full"),
        ('profile = "half"', "one of quick, full"),
        ("model = 3", "a model's name"),
        ("model = []", "a model's name"),
        ('model = ","', "a model's name"),
        ("memory_gb = -1", "a number above 0"),
        ("memory_gb = inf", "a number above 0"),
        ("memory_gb = nan", "a number above 0"),
        ("cache = 1", "a folder"),
        ('rig = "My Rig"', "lower-case words"),
        ('rig = "../other"', "lower-case words"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_with_file_key_and_what_was_expected(tmp_path, line, expected):
    write(tmp_path, line)

    with pytest.raises(SettingError) as refusal:
        load({}, tmp_path, {})

    assert str(tmp_path / "incompressible.toml") in str(refusal.value)
    assert line.split()[0] in str(refusal.value)
    assert expected in str(refusal.value)


def test_a_wrong_variable_is_named_in_the_refusal(tmp_path):
    with pytest.raises(SettingError, match="INCOMPRESSIBLE_THREADS is 'many', but a whole number"):
        load({}, tmp_path, {"INCOMPRESSIBLE_THREADS": "many"})


def test_a_file_that_is_not_toml_is_refused_by_name(tmp_path):
    write(tmp_path, "width =")

    with pytest.raises(SettingError, match=r"incompressible\.toml cannot be read"):
        load({}, tmp_path, {})


def test_home_is_the_nearest_folder_upwards_that_holds_the_models(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "models.toml").touch()
    inner = tmp_path / "docs" / "notebooks"
    inner.mkdir(parents=True)

    assert load({}, inner, {}).get("home") == tmp_path


def test_home_is_the_checkout_when_no_folder_upwards_holds_the_models(tmp_path):
    assert (load({}, tmp_path, {}).get("home") / "runners" / "host" / "settings.py").is_file()


def test_a_folder_is_read_from_the_working_directory_and_from_the_home_sign(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "me"))

    assert load({"cache": "weights"}, tmp_path, {}).get("cache") == tmp_path / "weights"
    assert load({"cache": "~/weights"}, tmp_path, {}).get("cache") == tmp_path / "me" / "weights"


def test_an_unknown_setting_cannot_be_read(tmp_path):
    with pytest.raises(KeyError):
        load({}, tmp_path, {}).get("colour")
