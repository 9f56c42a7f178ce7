"""Freezing: what a build drew is kept byte for byte, once, and shown only while it is whole."""

import gzip
import hashlib
import json
import tracemalloc
from dataclasses import replace

import pytest

from explainers import charts
from explainers.frozen.store import FOLDER, MANIFEST, FrozenError, file_names, load_versions
from explainers.guide.guide import gather
from explainers.site import fingerprint
from explainers.site import freeze as freezing
from explainers.site.build import BuildError, build, gathered
from explainers.site.freeze import freeze, make_draft
from tests.helpers.planted import home_in, scores, without_npm
from tests.helpers.shelved import ASKED, drawn, frozen, lying, measured, say
from tests.helpers.spoken import said

silent = lambda text: None  # noqa: E731


@pytest.fixture
def home(tmp_path, monkeypatch):
    without_npm(monkeypatch)
    home = home_in(tmp_path / "home")
    monkeypatch.setenv("INCOMPRESSIBLE_HOME", str(home))
    measured(home)
    return home


def told_otherwise(monkeypatch):
    """The same replies under a chart whose code changed."""
    known = charts.find()
    changed = replace(known["json-depth"], subtitle="Said in other words.")
    monkeypatch.setattr(charts, "find", lambda: known | {"json-depth": changed})


# -- keeping -----------------------------------------------------------------------------------------------------


def test_every_chart_is_kept_as_the_build_drew_it(home):
    guide = drawn(home)
    found = said("freeze")
    assert found.exit_code == 0 and "`incompressible build` makes their pages" in found.stderr
    (kept,) = load_versions(home)
    assert kept.version == guide.version and kept.charts == guide.chart_texts and set(kept.charts) > {"json-depth"}
    for slug in kept.charts:
        for name in file_names(slug):
            content = (home / "build" / "docs" / "charts" / slug / name).read_bytes()
            assert gzip.decompress((kept.folder / slug / f"{name}.gz").read_bytes()) == content
            assert kept.files[f"{slug}/{name}"].sha256 == hashlib.sha256(content).hexdigest()


def test_freezing_the_same_again_does_nothing_and_says_so(home):
    folder = frozen(home)
    before = lying(folder)
    at_once = said("freeze")
    drawn(home)
    after_a_build = said("freeze")
    for found in (at_once, after_a_build):
        assert found.exit_code == 0 and "already frozen, with the very same bytes" in found.stderr
    assert lying(folder) == before


def test_a_version_that_is_kept_with_other_bytes_is_never_written_again(home, monkeypatch):
    folder = frozen(home)
    before = lying(folder)
    told_otherwise(monkeypatch)
    drawn(home)
    found = said("freeze")
    assert found.exit_code == 1 and lying(folder) == before
    assert f"{folder} keeps data version {folder.name} as other code drew it" in found.stderr
    assert "json-depth/json-depth.json" in found.stderr and "delete that folder and freeze again" in found.stderr


def test_a_second_version_stands_beside_the_first(home):
    first = frozen(home)
    before = lying(first)
    measured(home, lambda item, arm: scores(True), model="other")
    second = frozen(home)
    assert lying(first) == before and {one.folder for one in load_versions(home)} == {first, second}


def test_what_an_interrupted_freeze_left_fails_the_build_until_it_is_frozen_again(home, monkeypatch):
    guide = drawn(home)
    write = freezing.write_whole

    def dies(path, content):
        if path.name == MANIFEST:
            raise KeyboardInterrupt
        write(path, content)

    monkeypatch.setattr(freezing, "write_whole", dies)
    with pytest.raises(KeyboardInterrupt):
        freeze(home, make_draft(home))
    with pytest.raises(
        BuildError, match=r"frozen\.json is missing; if `incompressible freeze` was interrupted, run it"
    ):
        gathered(home, ASKED)
    monkeypatch.setattr(freezing, "write_whole", write)
    assert said("freeze").exit_code == 0
    assert load_versions(home)[0].charts == guide.chart_texts


# -- refusing ----------------------------------------------------------------------------------------------------


def never_built(home):
    pass


def newer_replies(home):
    drawn(home)
    measured(home, model="other")


def touched_chart(home):
    drawn(home)
    path = home / "build" / "docs" / "charts" / "json-depth" / "light-wide.svg"
    path.write_bytes(path.read_bytes() + b" ")


def built_by_an_older_program(home):
    drawn(home)
    path = home / fingerprint.FILE
    path.write_text(json.dumps(json.loads(path.read_text()) | {"inputs": "0" * 64}))


@pytest.mark.parametrize("spoil", [never_built, newer_replies, touched_chart, built_by_an_older_program])
def test_only_a_current_and_untouched_build_is_frozen(home, spoil):
    spoil(home)
    found = said("freeze")
    assert found.exit_code == 4 and "run `incompressible build` first" in found.stderr
    assert not (home / FOLDER).exists()


def test_a_build_of_newer_replies_is_asked_for_even_when_the_older_version_is_frozen(home):
    frozen(home)
    measured(home, model="other")
    assert said("freeze").exit_code == 4


def test_without_a_chart_there_is_nothing_to_freeze(tmp_path, monkeypatch):
    home = home_in(tmp_path / "bare")
    monkeypatch.setenv("INCOMPRESSIBLE_HOME", str(home))
    drawn(home)
    found = said("freeze")
    assert found.exit_code == 1 and "no chart is drawn yet" in found.stderr


# -- showing -----------------------------------------------------------------------------------------------------


def test_a_dry_run_tells_charts_and_bytes_and_writes_nothing(home):
    drawn(home)
    found = said("freeze", "--dry-run")
    assert "would be frozen" in found.stderr and not (home / FOLDER).exists()
    head, *rows = [line.split("\t") for line in found.stdout.splitlines()]
    assert head == ["chart", "files", "bytes"] and "json-depth" in {row[0] for row in rows}
    plain = json.loads(said("freeze", "--dry-run", "--json").stdout)
    assert plain["outcome"] == "would be frozen"
    done = json.loads(said("freeze", "--json").stdout)
    assert done == {**plain, "outcome": "frozen"}
    assert sum(map(len, lying(home / FOLDER).values())) == done["bytes"]
    assert sum(row["bytes"] for row in done["charts"]) < done["bytes"]
    assert json.loads(said("freeze", "--json").stdout)["outcome"] == "already frozen"


def test_the_list_has_day_charts_and_bytes_of_every_version(home):
    assert "no data version is frozen yet" in said("freeze", "--list").stdout
    assert json.loads(said("freeze", "--list", "--json").stdout) == []
    folder, guide = frozen(home), gather(home, ASKED)
    (row,) = json.loads(said("freeze", "--list", "--json").stdout)
    size = sum(map(len, lying(folder).values()))
    day = max(row.at for row in guide.measured.rows)[:10]
    assert row == {"version": guide.version, "newest_reply": day, "charts": len(guide.chart_texts), "bytes": size}
    assert said("freeze", "--list").stdout.splitlines()[1].split("\t")[:2] == [guide.version, day]


# -- what lies there has to be whole -----------------------------------------------------------------------------


def altered(path):
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()).replace(b"0", b"1")))


def torn(path):
    path.write_bytes(path.read_bytes()[:-40])


def no_gzip(path):
    path.write_bytes(b"plain")


@pytest.mark.parametrize("spoil", [altered, torn, no_gzip, lambda path: path.unlink()])
@pytest.mark.parametrize("name", ["json-depth/light-wide.svg", "json-depth/json-depth.csv"])
def test_a_file_that_does_not_fit_its_sum_is_refused_by_name_with_the_cure(folder, spoil, name):
    spoil(folder / f"{name}.gz")
    (kept,) = load_versions(folder.parents[2])
    with pytest.raises(FrozenError) as fault:
        kept.content(name)
    assert f"{folder / name}.gz " in str(fault.value) and f"git checkout -- {FOLDER}/{folder.name}" in str(fault.value)


def test_a_file_that_unfolds_to_much_more_is_refused_before_it_has_unfolded(folder):
    path = folder / "json-depth" / "json-depth.csv.gz"
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()) + bytes(50_000_000)))
    (kept,) = load_versions(folder.parents[2])
    tracemalloc.start()
    with pytest.raises(FrozenError, match="does not fit its SHA-256"):
        kept.content("json-depth/json-depth.csv")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 5_000_000


def test_a_file_that_does_not_fit_its_sum_fails_build_check_and_freeze(folder):
    altered(folder / "json-depth" / "dark-narrow.svg.gz")
    for check in (True, False):
        with pytest.raises(FrozenError, match=r"dark-narrow\.svg\.gz does not fit its SHA-256"):
            build(folder.parents[2], check=check, progress=silent, experiments=ASKED)
    found = said("freeze")
    assert found.exit_code == 1 and "dark-narrow.svg.gz does not fit its SHA-256" in found.stderr


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"format": "incompressible-frozen-2"}, "format"),
        ({"version": "0123456789"}, "call its folder by that name again"),
        ({"version": "../../etc"}, "version"),
        ({"charts": {}}, "charts"),
        ({"files": {"../../../x/y.svg": {"sha256": "0" * 64, "bytes": 1}}}, "does not match"),
        ({"files": {"json-depth/evil.html": {"sha256": "0" * 64, "bytes": 1}}}, "does not match"),
        ({"files": {"json-depth/evil.svg": {"sha256": "0" * 64, "bytes": 1}}}, "exactly the files of its charts"),
    ],
)
def test_a_manifest_that_is_not_what_it_has_to_be_is_refused_by_name(folder, facts, says):
    say(folder, **facts)
    with pytest.raises(FrozenError, match=says) as fault:
        load_versions(folder.parents[2])
    assert str(folder / MANIFEST) in str(fault.value)


@pytest.mark.parametrize("content", [b"", b"{", b"[" * 100_000, b"\xff", b"[]"])
def test_a_manifest_that_cannot_be_read_is_refused_by_name(folder, content):
    (folder / MANIFEST).write_bytes(content)
    with pytest.raises(FrozenError, match=r"frozen\.json.*git checkout"):
        load_versions(folder.parents[2])


def test_what_is_frozen_counts_as_an_input_of_the_build_but_not_of_its_charts(folder):
    home = folder.parents[2]
    before, after = fingerprint.seen(home), fingerprint.inputs(home)
    assert after["drawn"] == before["drawn"] and after["frozen"] != before["frozen"]
    altered(folder / "json-depth" / "json-depth.csv.gz")
    assert fingerprint.inputs(home)["frozen"] != after["frozen"]
