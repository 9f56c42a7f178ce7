"""The published tables: described so that other programs read them, whatever a model is called or says."""

import csv
import hashlib
import html
import io
import json
import re
from dataclasses import replace

import pytest

from explainers.analysis.tables import data_version
from explainers.exports.columns import FIGURES, MACHINES, MODELS, REPLIES, TRAINING, VERDICTS
from explainers.exports.files import described, tables
from explainers.guide.guide import gather
from explainers.site.build import outputs
from explainers.text.escape import line
from tests.helpers.hostile import HOSTILE
from tests.helpers.planted import experiment, home_in, plant, usual

ASKED = {"json-fidelity": experiment(per_depth=2)}
BAD = 'B"a,d\n</script><script>alert(1)</script> ]]> `x` {{ 7*7 }} & \t\\ é Q4_0'


@pytest.fixture
def home(tmp_path):
    return home_in(tmp_path / "home")


def planted(home, name=BAD, **more):
    """Some cells fail, so that there is a table of them too."""
    failing = lambda item, arm: None if item.id == "d1-00" else usual(item, arm)  # noqa: E731
    plant(home, failing, asked=ASKED["json-fidelity"], name=name, **more)


def said(guide):
    return json.loads(tables(guide)["datapackage.json"])


def resource(guide, name):
    (found,) = (one for one in said(guide)["resources"] if one["name"] == name)
    return found


def types(guide, name):
    return {field["name"]: field["type"] for field in resource(guide, name)["schema"]["fields"]}


def validated(folder, files):
    from frictionless import Package, validate

    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    descriptor = folder / "datapackage.json"
    assert Package.metadata_validate(json.loads(descriptor.read_text())) is not None
    return validate(str(descriptor))


@pytest.mark.parametrize("evidence", ["none", "one hostile model", "two models"])
def test_the_package_is_valid_by_frictionless_own_validator(home, tmp_path, evidence):
    if evidence != "none":
        planted(home)
    if evidence == "two models":
        planted(home, name="\n".join(HOSTILE).encode("utf-8", "replace").decode(), model="other")
    report = validated(tmp_path / "package", tables(gather(home, ASKED)))
    assert report.valid, report.flatten(["type", "note"])
    assert len(report.tasks) == (1 if evidence == "none" else 6)


def test_the_validator_sees_a_table_that_was_altered(home, tmp_path):
    planted(home)
    files = tables(gather(home, ASKED))
    report = validated(tmp_path / "altered", files | {"verdicts.csv": files["verdicts.csv"] + b"\n"})
    assert not report.valid and {"byte-count", "hash-count"} & {kind for (kind,) in report.flatten(["type"])}


def test_every_table_has_its_hash_bytes_and_version(home):
    planted(home)
    guide = gather(home, ASKED)
    made = outputs(guide, {})
    assert said(guide)["version"] == guide.version == data_version(guide.tables)
    for one in said(guide)["resources"]:
        content = made[f"data/tables/{one['path']}"]
        assert made[f"build/docs/data/tables/{one['path']}"] == content
        assert one["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}" and one["bytes"] == len(content)
    names = {one["path"].removesuffix(".csv") for one in said(guide)["resources"]}
    assert names == {"json-fidelity", "failed", "figures", "machines", "models", "verdicts"}


def test_columns_have_types_and_meanings_with_the_units_of_their_metrics(home):
    planted(home)
    guide = gather(home, ASKED)
    kinds = types(guide, "json-fidelity")
    assert (kinds["name"], kinds["sha256"], kinds["at"], kinds["speaks"]) == ("string", "string", "datetime", "boolean")
    assert (kinds["depth"], kinds["held"], kinds["schema_valid"]) == ("integer", "string", "number")
    meant = {field["name"]: field["description"] for field in resource(guide, "json-fidelity")["schema"]["fields"]}
    assert meant["late_breaks"] == "Score in violations; lower is better" and all(meant.values())


def test_a_digest_of_digits_alone_stays_text_and_a_broken_clock_is_no_time(home):
    planted(home)
    guide = gather(home, ASKED)
    rows = [
        replace(row, source=replace(row.source, setup="0123"), at="2026-99-99T00:00:00Z") for row in guide.measured.rows
    ]
    odd = replace(guide, measured=replace(guide.measured, rows=tuple(rows)))
    assert types(odd, "json-fidelity")["setup"] == types(odd, "json-fidelity")["at"] == "string"
    assert types(guide, "json-fidelity")["at"] == "datetime"


def test_no_column_that_code_writes_lacks_a_meaning(home):
    from explainers.measurements.training_logs import read_logs
    from explainers.schema import Estimate

    planted(home)
    guide = gather(home, ASKED)
    known = REPLIES | dict.fromkeys(("depth", "held"), "") | guide.metrics("json-fidelity")
    heads = {name: next(csv.reader(io.StringIO(content.decode()))) for name, content in guide.every_table.items()}
    assert set(heads["json-fidelity.csv"]) | set(heads["failed.csv"]) <= known.keys()
    assert set(heads["figures.csv"]) == FIGURES.keys() and set(heads["models.csv"]) == MODELS.keys()
    assert set(heads["machines.csv"]) == MACHINES.keys()
    assert set(heads["verdicts.csv"]) == VERDICTS.keys() and Estimate.__annotations__.keys() <= VERDICTS.keys()
    from tests.helpers.planted import ROOT

    assert read_logs(ROOT / "data")[0].keys() == TRAINING.keys()


# -- Parquet -----------------------------------------------------------------------------------------------------


def test_parquet_holds_what_the_csv_holds(home):
    import pyarrow.parquet as pq

    planted(home)
    files = tables(gather(home, ASKED))
    read = pq.read_table(io.BytesIO(files["json-fidelity.parquet"]))
    rows = list(csv.DictReader(io.StringIO(files["json-fidelity.csv"].decode(), newline="")))
    assert read.num_rows == len(rows) == 44
    for typed, text in zip(read.to_pylist(), rows, strict=True):
        assert typed["name"] == text["name"] == BAD
        assert typed["speaks"] is True and typed["depth"] == int(text["depth"])
        assert typed["at"].isoformat() == text["at"]
        assert typed["broken_at"] == (float(text["broken_at"]) if text["broken_at"] else None)


def test_parquet_knows_neither_pandas_nor_arrow_schema(home):
    import pyarrow.parquet as pq

    planted(home)
    file = pq.ParquetFile(io.BytesIO(tables(gather(home, ASKED))["verdicts.parquet"]))
    assert file.metadata.metadata is None


def test_equal_tables_give_equal_bytes_in_every_process(home, tmp_path):
    import subprocess
    import sys

    from tests.helpers.planted import ROOT

    planted(home)
    files = tables(gather(home, ASKED))
    (tmp_path / "one.csv").write_bytes(files["verdicts.csv"])
    code = (
        "import hashlib, sys; from pathlib import Path; from explainers.exports.parquet import names, parquet; "
        "content = Path(sys.argv[1]).read_bytes(); kinds = dict.fromkeys(names(content), 'string'); "
        "print(hashlib.sha256(parquet(content, kinds)).hexdigest())"
    )
    run = lambda: subprocess.check_output([sys.executable, "-c", code, tmp_path / "one.csv"], cwd=ROOT)  # noqa: E731
    assert run() == run()
    assert tables(gather(home, ASKED)) == files


# -- the page ----------------------------------------------------------------------------------------------------


def test_the_page_lists_every_table_with_rows_columns_bytes_and_links(home):
    planted(home)
    guide = gather(home, ASKED)
    made = outputs(guide, {})
    page = made["build/docs/data.md"].decode()
    for one in described(guide):
        for kind, content in one.files.items():
            assert f'href="tables/{one.name}.{kind}" download' in page and f"{len(content):,} bytes" in page
    links = re.findall(r'href="(tables/[^"]+)"', page)
    assert {f"build/docs/data/{link}" for link in links} <= made.keys() and len(links) == 12
    assert "<td>44</td><td>30</td>" in page


def block(page):
    (found,) = re.findall(r'<script type="application/ld\+json">(.*)</script>', page)
    return json.loads(found)


def test_the_data_are_a_dataset_of_schema_org_on_the_data_page_and_at_home(home):
    planted(home)
    guide = gather(home, ASKED)
    made = outputs(guide, {})
    there, front = block(made["build/docs/data.md"].decode()), block(made["build/docs/index.md"].decode())
    assert there["@type"] == front["@type"] == "Dataset" and there["version"] == guide.version
    assert (there["url"], front["url"]) == ("../data/", "data/") and 50 <= len(there["description"]) <= 5000
    assert there["dateModified"] == max(row.at for row in guide.measured.rows).replace("+00:00", "Z")
    for one in there["distribution"]:
        content = made[f"build/docs/{one['contentUrl'].removeprefix('../')}"]
        assert one["sha256"] == hashlib.sha256(content).hexdigest()
    known = replace(guide, address="https://guide.example/")
    assert block(outputs(known, {})["build/docs/index.md"].decode())["url"] == "https://guide.example/data/"


def test_no_name_ends_the_script_element(home):
    planted(home, name=f"{BAD} </SCRIPT><!--<script> ]]> \u2028 ```")
    page = outputs(gather(home, ASKED), {})["build/docs/index.md"].decode()
    (text,) = re.findall(r'<script type="application/ld\+json">(.*)', page)
    text = text.removesuffix("</script>")
    assert not set("<>&`\x02") & set(text) and text.isascii()
    assert json.loads(text)["mentions"][0]["name"].startswith(
        'B"a,d </script><script>alert(1)</script> ]]> `x` {{ 7*7 }}'
    )


def test_without_replies_the_page_still_stands(home):
    page = html.unescape(outputs(gather(home, ASKED), {})["build/docs/data.md"].decode())
    assert "verdicts.csv" in page and "0 replies" in page and "dateModified" not in page
    assert line("\u202ex\x1b") == "x"
